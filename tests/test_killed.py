"""A process that is killed in the middle of its work, and the next one that goes on.

Real processes, a real SIGKILL, a real database: what a killed worker had committed stays, what
it had not is as if it had never begun, and nothing happens twice. What is committed here is put
out of the way at the end, since the ledger cannot be deleted.
"""

import os
import subprocess
import sys
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import config

CARDS = 6
# The worker tells of each batch once it is booked and not committed, and then waits to be killed
# if it is told to.
WORKER = """
import sys, time
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

database, addons, job, stop_at = sys.argv[1:]
config.parse_config(["--database=" + database, "--no-http", "--addons-path=" + addons])
from odoo.addons.loyalty_service.models import loyalty_card_ledger

loyalty_card_ledger.BATCH = 2
registry = Registry(database)
Card = registry["loyalty.card"]
book = Card._post
batches = 0

def tell(self, *args, **kwargs):
    global batches
    moves = book(self, *args, **kwargs)
    if not moves:
        return moves
    self.env.flush_all()
    batches += 1
    print("BOOKED", batches, flush=True)
    if batches == int(stop_at):
        time.sleep(60)
    return moves

Card._post = tell
with registry.cursor() as cr:
    env = api.Environment(cr, SUPERUSER_ID, {})
    if job == "expire":
        env["loyalty.card"]._cron_expire()
    else:
        kind, *partners = job.split(",")
        for number in range(0, len(partners), 2):
            env["loyalty.service.event"].create([
                {
                    "type_id": int(kind),
                    "partner_id": int(partner),
                    "origin": "caller," + partner,
                }
                for partner in partners[number:number + 2]
            ])
            cr.commit()
print("DONE", flush=True)
"""


@tagged("post_install", "-at_install")
class TestKilled(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            served = env["loyalty.program"].search([("service_points", "=", True)])
            self.served_ids = served.ids
            program = env["loyalty.program"].create(
                {
                    "name": "Interrupted",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "company_id": env.company.id,
                    "sequence": -99,
                    "rule_ids": [],
                }
            )
            self.event_type = env.ref("loyalty_service.event_type_training")
            self.rule_id = (
                env["loyalty.service.earning.rule"]
                .create(
                    {
                        "name": "Training attended",
                        "program_id": program.id,
                        "event_type_id": self.event_type.id,
                        "points_fixed": 10,
                        "date_from": False,
                        "validity_months": 1,
                    }
                )
                .id
            )
            partners = env["res.partner"].create(
                [{"name": f"Interrupted {number}", "is_company": True} for number in range(CARDS)]
            )
            self.program_id, self.partner_ids = program.id, partners.ids
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            program = env["loyalty.program"].browse(self.program_id)
            env["loyalty.service.earning.rule"].browse(self.rule_id).active = False
            env["loyalty.card"].search([("program_id", "=", program.id)]).action_archive()
            program.write({"service_points": False, "active": False})
            env["res.partner"].browse(self.partner_ids).action_archive()

    def work(self, job, stop_at=0):
        """Run a worker; with ``stop_at``, kill it once that batch is booked. Return its batches."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", WORKER),
                *(get_db_name(), ",".join(config["addons_path"]), job, str(stop_at)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.addCleanup(process.kill)
        booked = 0
        with process.stdout as lines:
            for line in lines:
                if line.startswith("BOOKED"):
                    booked += 1
                    if booked == stop_at:
                        process.kill()
                        process.wait()
                        break
                elif line.startswith("DONE"):
                    self.assertFalse(stop_at)
                    self.assertEqual(process.wait(60), 0)
                    break
            else:
                self.fail(f"the worker ended with {process.wait()} after {booked} batches")
        return booked

    def rows(self, kind):
        """Return ``{partner id: points}`` of the rows of a kind, one for each of them."""
        with self.registry.cursor() as cr:
            cr.execute(
                """
                SELECT partner_id, SUM(points)::float8, COUNT(*)
                  FROM loyalty_service_move
                 WHERE partner_id IN %s AND kind = %s
              GROUP BY partner_id
                """,
                [tuple(self.partner_ids), kind],
            )
            rows = cr.fetchall()
        for partner_id, _points, number in rows:
            self.assertEqual(number, 1, f"once for {partner_id}")
        return {partner_id: points for partner_id, points, _number in rows}

    def balances(self):
        with self.registry.cursor() as cr:
            cr.execute(
                """
                SELECT card.partner_id, card.points, client.points
                  FROM loyalty_card card
                  JOIN loyalty_service_client client ON client.card_id = card.id
                 WHERE card.partner_id IN %s
                """,
                [tuple(self.partner_ids)],
            )
            rows = cr.fetchall()
        for partner_id, held, shown in rows:
            self.assertEqual(held, shown, partner_id)
        return {partner_id: held for partner_id, held, _shown in rows}

    def test_a_caller_that_posts_again_what_it_may_have_posted(self):
        job = ",".join(map(str, [self.event_type.id, *self.partner_ids]))
        self.work(job, stop_at=2)
        self.assertEqual(self.rows("award"), dict.fromkeys(self.partner_ids[:2], 10))
        self.assertEqual(self.work(job), 2, "what was committed is found and not booked again")
        self.assertEqual(self.rows("award"), dict.fromkeys(self.partner_ids, 10))
        self.assertEqual(self.work(job), 0)
        self.assertEqual(self.balances(), dict.fromkeys(self.partner_ids, 10))

    def test_the_nightly_expiry(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["loyalty.service.event"].create(
                [
                    {
                        "type_id": self.event_type.id,
                        "partner_id": partner_id,
                        "date": fields.Datetime.now() - timedelta(days=60),
                    }
                    for partner_id in self.partner_ids
                ]
            )
        self.assertEqual(self.balances(), dict.fromkeys(self.partner_ids, 10))
        self.work("expire", stop_at=2)
        expired = self.rows("expire")
        self.assertEqual(set(expired.values()), {-10})
        self.assertEqual(len(expired), 2, "the batch that was killed left nothing")
        self.work("expire")
        self.assertEqual(self.rows("expire"), dict.fromkeys(self.partner_ids, -10))
        self.assertEqual(self.work("expire"), 0, "nothing is due any more")
        self.assertEqual(self.balances(), dict.fromkeys(self.partner_ids, 0))

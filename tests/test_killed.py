"""A process that is killed in the middle of its work, and the next one that goes on.

Real processes, a real SIGKILL, a real database: what a killed worker had committed stays, what
it had not is as if it had never begun, and nothing happens twice. What is committed here is put
out of the way at the end, since the ledger cannot be deleted.
"""

import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import config

CARDS = 6
# The worker tells of each batch once it is done and not committed, and then waits to be killed
# if it is told to.
WORKER = """
import sys, time
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

database, addons, job, stop_at, record = sys.argv[1:6]
partner_ids = [int(partner) for partner in sys.argv[6:]]
config.parse_config(["--database=" + database, "--no-http", "--addons-path=" + addons])
from odoo.addons.loyalty_service.models import account_move, client_tier_review, loyalty_card_ledger

account_move.BATCH_SIZE = client_tier_review.BATCH = loyalty_card_ledger.BATCH = 2
registry = Registry(database)
batches = 0

def watch(model, method, is_ours):
    do = getattr(registry[model], method)

    def tell(self, *args, **kwargs):
        global batches
        result = do(self, *args, **kwargs)
        if is_ours(self, result):
            self.env.flush_all()
            batches += 1
            print("DID", batches, flush=True)
            if batches == int(stop_at):
                time.sleep(60)
        return result

    setattr(registry[model], method, tell)

if job == "review":
    watch(
        "loyalty.service.client",
        "_review_tiers_due",
        lambda clients, _result: set(clients.partner_id.ids) & set(partner_ids),
    )
elif job == "book":
    watch("account.move", "create", lambda _model, moves: moves)
else:
    watch("loyalty.card", "_post", lambda _model, moves: moves)

with registry.cursor() as cr:
    env = api.Environment(cr, SUPERUSER_ID, {})
    if job == "expire":
        env["loyalty.card"]._cron_expire()
    elif job == "sync":
        env["account.move"]._cron_loyalty_sync()
    elif job == "review":
        env["loyalty.service.client"]._cron_review_tiers()
    elif job == "book":
        env["loyalty.service.liability.entry"].browse(int(record)).action_book()
    elif job == "call":
        for number in range(0, len(partner_ids), 2):
            env["loyalty.service.event"].create([
                {
                    "type_id": int(record),
                    "partner_id": partner_id,
                    "origin": "caller,%s" % partner_id,
                }
                for partner_id in partner_ids[number:number + 2]
            ])
            cr.commit()
print("DONE", flush=True)
"""


@contextmanager
def silent(model):
    """Post past us, as an import in SQL does."""
    with (
        patch.object(model, "_loyalty_sync", lambda self: None),
        patch.object(model, "_loyalty_sync_payment", lambda self: None),
    ):
        yield


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
                [
                    {
                        "name": f"Interrupted {number}",
                        "is_company": True,
                        "email": f"interrupted_{number}@example.com",
                    }
                    for number in range(CARDS)
                ]
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

    def work(self, job, stop_at=0, record=0):
        """Run a worker; with ``stop_at``, kill it once that batch is done. Return its batches."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", WORKER),
                *(get_db_name(), ",".join(config["addons_path"]), job, str(stop_at), str(record)),
                *map(str, self.partner_ids),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.addCleanup(process.kill)
        done = 0
        with process.stdout as lines:
            for line in lines:
                if line.startswith("DID"):
                    done += 1
                    if done == stop_at:
                        process.kill()
                        process.wait()
                        break
                elif line.startswith("DONE"):
                    self.assertFalse(stop_at)
                    self.assertEqual(process.wait(60), 0)
                    break
            else:
                self.fail(f"the worker ended with {process.wait()} after {done} batches")
        return done

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
        call = {"job": "call", "record": self.event_type.id}
        self.work(**call, stop_at=2)
        self.assertEqual(self.rows("award"), dict.fromkeys(self.partner_ids[:2], 10))
        self.assertEqual(self.work(**call), 2, "what was committed is found and not booked again")
        self.assertEqual(self.rows("award"), dict.fromkeys(self.partner_ids, 10))
        self.assertEqual(self.work(**call), 0)
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

    def test_the_sync_with_the_books(self):
        """Invoices that an import has posted past us."""
        with self.registry.cursor() as cr, silent(self.registry["account.move"]):
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["loyalty.service.earning.rule"].browse(self.rule_id).event_type_id = env.ref(
                "loyalty_service.event_type_invoice_posted"
            )
            invoices = env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": partner_id,
                        "invoice_date": fields.Date.today(),
                        "invoice_line_ids": [
                            Command.create({"name": "Bookkeeping", "price_unit": 100})
                        ],
                    }
                    for partner_id in self.partner_ids
                ]
            )
            invoices.action_post()
        self.addCleanup(self._delete, invoices.ids)
        self.work("sync", stop_at=2)
        synced = self.rows("award")
        self.assertEqual(set(synced.values()), {10})
        self.assertEqual(len(synced), 2, "the batch that was killed left nothing")
        self.work("sync")
        self.assertEqual(self.rows("award"), dict.fromkeys(self.partner_ids, 10))
        self.assertEqual(self.work("sync"), 0, "the events say what the books say")
        self.assertEqual(self.balances(), dict.fromkeys(self.partner_ids, 10))

    def _delete(self, invoice_ids):
        with self.registry.cursor() as cr:
            invoices = api.Environment(cr, SUPERUSER_ID, {})["account.move"].browse(invoice_ids)
            invoices.button_draft()
            # Journal items would keep others from setting up the books of this company.
            invoices.with_context(force_delete=True).unlink()

    def test_the_review_of_tiers(self):
        """Each client is told once that it falls short, by one mail."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            _start, top = env["loyalty.service.tier"].create(
                [
                    {"name": name, "program_id": self.program_id, "threshold": threshold}
                    for name, threshold in (("Start", 0), ("Top", 500))
                ]
            )
            partners = env["res.partner"].browse(self.partner_ids)
            clients = env["loyalty.service.client"]._ensure(partners, env.company)
            clients.tier_id = top
            env.company.loyalty_reviewed_on = False
            client_ids = clients.ids
        self.addCleanup(self._forget_mails, client_ids)
        self.work("review", stop_at=2)
        told = self._told(client_ids)
        self.assertTrue(0 < len(told) < CARDS, told)
        self.assertEqual(set(told.values()), {1})
        self.work("review")
        self.assertEqual(self._told(client_ids), dict.fromkeys(client_ids, 1))
        self.assertEqual(self.work("review"), 0, "all were looked at today")
        self.assertEqual(self._told(client_ids), dict.fromkeys(client_ids, 1))

    def _mails(self, env, client_ids):
        return env["mail.mail"].search(
            [("model", "=", "loyalty.service.client"), ("res_id", "in", client_ids)]
        )

    def _told(self, client_ids):
        """Return ``{client id: number of mails}`` of those that were told."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            clients = env["loyalty.service.client"].browse(client_ids)
            mails = Counter(self._mails(env, client_ids).mapped("res_id"))
            self.assertEqual(set(mails), set(clients.filtered("tier_told_on").ids))
            return dict(mails)

    def _forget_mails(self, client_ids):
        with self.registry.cursor() as cr:
            self._mails(api.Environment(cr, SUPERUSER_ID, {}), client_ids).unlink()

    def test_the_entry_of_the_liability(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["loyalty.service.earning.rule"].browse(self.rule_id).validity_months = 24
            program = env["loyalty.program"].browse(self.program_id)
            program.write({"service_value_by_reward": False, "service_point_value": 1})
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
            expense, liability = env["account.account"].create(
                [
                    {
                        "name": f"Interrupted {kind}",
                        "code": f"{code}{self.program_id}",
                        "account_type": kind,
                    }
                    for code, kind in (("6699", "expense"), ("2299", "liability_current"))
                ]
            )
            journal = env["account.journal"].create(
                {"name": "Interrupted", "code": f"I{program.id}", "type": "general"}
            )
            wizard = env["loyalty.service.liability.entry"].create(
                {
                    "program_id": program.id,
                    "journal_id": journal.id,
                    "expense_account_id": expense.id,
                    "liability_account_id": liability.id,
                }
            )
        self.addCleanup(self._cancel_entries)
        self.work("book", record=wizard.id, stop_at=1)
        self.assertEqual(self._entries(), [])
        self.work("book", record=wizard.id)
        self.assertEqual(self._entries(), [60])
        self.assertEqual(self.work("book", record=wizard.id), 0, "it is written anew")
        self.assertEqual(self._entries(), [60])

    def _find_entries(self, env):
        return env["account.move"].search([("loyalty_liability_program_id", "=", self.program_id)])

    def _entries(self):
        """Return the amounts of the entries of the programme."""
        with self.registry.cursor() as cr:
            entries = self._find_entries(api.Environment(cr, SUPERUSER_ID, {}))
            self.assertLessEqual(set(entries.mapped("state")), {"draft"})
            return entries.mapped("amount_total")

    def _cancel_entries(self):
        with self.registry.cursor() as cr:
            self._find_entries(api.Environment(cr, SUPERUSER_ID, {})).unlink()

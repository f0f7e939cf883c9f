"""Two scheduled actions at once, and one that is killed: each step of a ladder is taken once.

Real processes, a real SIGKILL, a real database. What is committed here is deleted at the end.
"""

import os
import subprocess
import sys

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL, config

from odoo.addons.loyalty_service.tests.common import Committing

TICKETS = 6
# The worker sweeps two clocks in a batch. It tells of each batch of ours once it is done and not
# committed, and at the one named it waits for a line: it is killed meanwhile, or goes on.
WORKER = """
import sys
from psycopg2 import OperationalError
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

database, addons, stop_at = sys.argv[1:4]
ticket_ids = {int(ticket) for ticket in sys.argv[4:]}
config.parse_config(["--database=" + database, "--no-http", "--addons-path=" + addons])
from odoo.addons.loyalty_service_sla.models import clock

clock.BATCH_SIZE = 2
registry = Registry(database)
# There is no server for mails: they stay in the queue, where they are counted.
registry["mail.mail"].send = lambda self, *args, **kwargs: None
sweep = registry["loyalty.service.sla.clock"]._sweep
batches = 0

def tell(self, now):
    global batches
    sweep(self, now)
    if ticket_ids & set(self.ticket_id.ids):
        self.env.flush_all()
        batches += 1
        print("DID", batches, flush=True)
        if batches == int(stop_at):
            sys.stdin.readline()

registry["loyalty.service.sla.clock"]._sweep = tell
while True:
    try:
        with registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["loyalty.service.sla.clock"]._cron_sweep()
        break
    except OperationalError:
        # Another one was in the way: as Odoo does, a minute later.
        continue
print("DONE", flush=True)
"""


@tagged("post_install", "-at_install")
class TestKilledEscalations(Committing, BaseCase):
    """Six tickets that nobody answered: an activity at the target, a message an hour later."""

    def setUp(self):
        super().setUp()
        with freeze_time("2020-03-02 09:00"), self.committed() as env:
            admin = env.ref("base.user_admin")
            partner = env["res.partner"].create(
                {"name": "Interrupted calls", "is_company": True, "user_id": admin.id}
            )
            policy = env["loyalty.service.sla.policy"].create(
                {
                    "name": "Interrupted",
                    "sequence": -99,
                    "partner_ids": [Command.set(partner.ids)],
                    "first_response_hours": 1,
                }
            )
            ladder = env["loyalty.service.sla.ladder"].create(
                {
                    "name": "Interrupted",
                    "sequence": -99,
                    "policy_ids": [Command.set(policy.ids)],
                    "step_ids": [
                        Command.create({"moment": "at", "anytime": True}),
                        Command.create(
                            {
                                "moment": "after",
                                "minutes": 60,
                                "who": "account_manager",
                                "how": "mail",
                                "anytime": True,
                            }
                        ),
                    ],
                }
            )
            tickets = env["helpdesk.ticket"].create(
                [
                    {
                        "name": f"Interrupted {number}",
                        "description": "x",
                        "partner_id": partner.id,
                        "user_id": admin.id,
                        "team_id": False,
                    }
                    for number in range(TICKETS)
                ]
            )
            self.made = {
                records._name: records.ids for records in (tickets, ladder, policy, partner)
            }
        self.ticket_ids = tickets.ids
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.committed() as env:
            self._messages(env).unlink()
            env["helpdesk.ticket"].browse(self.ticket_ids).unlink()
            [partner_id] = self.made["res.partner"]
            # The ledger is never emptied by the ORM; these rows were committed by this test.
            env.cr.execute(
                SQL("DELETE FROM loyalty_service_event WHERE partner_id = %s", partner_id)
            )
            env["loyalty.service.client"].search([("partner_id", "=", partner_id)]).unlink()
            for name in ("loyalty.service.sla.ladder", "loyalty.service.sla.policy", "res.partner"):
                env[name].browse(self.made[name]).unlink()

    def start(self, stop_at=0):
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", WORKER),
                *(get_db_name(), ",".join(config["addons_path"]), str(stop_at)),
                *map(str, self.ticket_ids),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for pipe in (process.stdin, process.stdout):
            self.addCleanup(pipe.close)
        return process

    def read(self, process, until):
        """Read what a worker tells until a line, and return how many batches it has done."""
        done = 0
        for line in process.stdout:
            done += line.startswith("DID")
            if line.strip() == until:
                return done
        self.fail(f"the worker ended with {process.wait()} after {done} batches")

    def run_through(self):
        process = self.start()
        done = self.read(process, "DONE")
        self.assertEqual(process.wait(60), 0)
        return done

    def _messages(self, env):
        return env["mail.message"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "in", self.ticket_ids),
                ("subject", "=like", "SLA breached%"),
            ]
        )

    def told(self):
        """Return what each ticket has led to: ``{(activities, messages, rows of the log)}``."""
        with self.committed() as env:
            tickets = env["helpdesk.ticket"].browse(self.ticket_ids)
            messages = self._messages(env).mapped("res_id")
            return [
                (
                    len(ticket.activity_ids),
                    messages.count(ticket.id),
                    len(ticket.loyalty_sla_log_ids.filtered(lambda row: row.state == "sent")),
                )
                for ticket in tickets
            ]

    def test_killed_before_it_commits(self):
        process = self.start(stop_at=2)
        self.read(process, "DID 2")
        process.kill()
        process.wait(60)
        told = self.told()
        self.assertEqual(told.count((1, 1, 2)), 2, "the batch before was committed")
        self.assertEqual(told.count((0, 0, 0)), 4, "of what was killed nothing is left")
        self.assertEqual(self.run_through(), 2)
        self.assertEqual(self.told(), [(1, 1, 2)] * TICKETS)
        self.assertEqual(self.run_through(), 0, "nothing is due any more")
        self.assertEqual(self.told(), [(1, 1, 2)] * TICKETS)

    def test_two_at_once(self):
        """While one has a batch in its hands, the other takes the rest and leaves that alone."""
        first = self.start(stop_at=1)
        self.read(first, "DID 1")
        self.assertEqual(self.run_through(), 2)
        self.assertEqual(sorted(self.told()), [(0, 0, 0)] * 2 + [(1, 1, 2)] * 4)
        first.stdin.write("\n")
        first.stdin.flush()
        self.assertEqual(self.read(first, "DONE"), 0)
        self.assertEqual(first.wait(60), 0)
        self.assertEqual(self.told(), [(1, 1, 2)] * TICKETS)

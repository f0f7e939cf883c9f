from datetime import timedelta
from uuid import uuid4

from odoo import Command, api, fields
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import new_test_user, tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import Committing
from .meeting import meeting


@tagged("post_install", "-at_install")
class TestLiabilityConcurrency(Committing, BaseCase):
    """Two accountants at one programme. What is committed is cancelled or archived at the end."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            # Of its own: journal items cannot be deleted, and would stand in the way of others.
            company = env["res.company"].create({"name": f"Booked by two {uuid4()}"})
            self.company_id = company.id
            env = env(context={"allowed_company_ids": company.ids})  # noqa: PLW2901
            program = env["loyalty.program"].create(
                {
                    "name": "Booked by two",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "service_value_by_reward": False,
                    "service_point_value": 1,
                    "company_id": company.id,
                    "rule_ids": [],
                }
            )
            self.program_id = program.id
            partner = env["res.partner"].create({"name": "Owed by us", "is_company": True})
            event_type = env.ref("loyalty_service.event_type_training")
            rule = env["loyalty.service.earning.rule"].create(
                {
                    "name": "Training attended",
                    "program_id": program.id,
                    "event_type_id": event_type.id,
                    "points_fixed": 70,
                    "date_from": False,
                }
            )
            env["loyalty.service.event"].create(
                {
                    "type_id": event_type.id,
                    "partner_id": partner.id,
                    "date": fields.Datetime.now() - timedelta(days=60),
                }
            )
            self.partner_id, self.rule_id = partner.id, rule.id
            expense, liability = env["account.account"].create(
                [
                    {"name": kind, "code": f"{code}{program.id}", "account_type": kind}
                    for code, kind in (("6697", "expense"), ("2297", "liability_current"))
                ]
            )
            journal = env["account.journal"].create(
                {"name": "Points", "code": f"T{program.id}", "type": "general"}
            )
            users = [
                new_test_user(
                    env,
                    f"accountant_{number}_{program.id}",
                    groups="loyalty_service.group_loyalty_manager,account.group_account_user",
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                )
                for number in range(2)
            ]
            self.wizards = [
                (
                    user.id,
                    env["loyalty.service.liability.entry"]
                    .with_user(user)
                    .create(
                        {
                            "program_id": program.id,
                            "journal_id": journal.id,
                            "expense_account_id": expense.id,
                            "liability_account_id": liability.id,
                        }
                    )
                    .id,
                )
                for user in users
            ]
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.committed() as env:
            for entry in self._find_entries(env):
                if entry.state == "posted":
                    entry.button_draft()
                entry.button_cancel()
            env["loyalty.service.earning.rule"].browse(self.rule_id).active = False
            env["loyalty.card"].search([("program_id", "=", self.program_id)]).action_archive()
            env["loyalty.program"].browse(self.program_id).write(
                {"service_points": False, "active": False}
            )
            env["res.partner"].browse(self.partner_id).action_archive()
            env["res.users"].browse([user_id for user_id, _wizard in self.wizards]).action_archive()
            env["res.company"].browse(self.company_id).active = False

    def _find_entries(self, env):
        return env["account.move"].search([("loyalty_liability_program_id", "=", self.program_id)])

    def _book(self, user_id, wizard_id, post=False):
        """Press Book as a request does; return the id of the entry, or what it says."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user_id, {})

            def request():
                wizard = env["loyalty.service.liability.entry"].browse(wizard_id)
                entry = env["account.move"].browse(wizard.action_book()["res_id"])
                if post:
                    entry.action_post()
                return entry.id

            try:
                return retrying(request, env)
            except UserError as error:
                return str(error)

    def _both_book(self, **options):
        return meeting(
            self.registry,
            "loyalty_program",
            [self.program_id],
            *(lambda pressed=pressed: self._book(*pressed, **options) for pressed in self.wizards),
        )

    def _amounts(self):
        with self.committed() as env:
            entries = self._find_entries(env)
            return entries.mapped("amount_total")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_both_get_the_one_draft(self):
        first, second = self._both_book()
        self.assertIsInstance(first, int)
        self.assertEqual(first, second)
        self.assertEqual(self._amounts(), [70])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_the_second_is_told_that_it_is_posted(self):
        answers = self._both_book(post=True)
        [message] = [answer for answer in answers if isinstance(answer, str)]
        self.assertIn("has booked the liability of", message)
        self.assertEqual(self._amounts(), [70])

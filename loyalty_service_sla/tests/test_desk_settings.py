from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..wizard.desk_settings import SETTINGS
from .common import SlaCommon


@tagged("post_install", "-at_install")
class TestDeskSettings(SlaCommon):
    """Managers set what is the desk's own, and nothing else of their company."""

    def test_managers_set_them(self):
        head = new_test_user(self.env, "desk_head", groups="loyalty_service.group_loyalty_manager")
        for user, cost in ((self.leader, 240), (head, 260)):
            with self.assertRaises(AccessError):
                self.company.with_user(user).loyalty_reopen_days = 3
            form = Form(self.env["loyalty.service.sla.desk.settings"].with_user(user))
            self.assertEqual(form.loyalty_reopen_days, self.company.loyalty_reopen_days)
            form.loyalty_desk_hourly_cost = cost
            form.loyalty_postmortem_rule = "refuse"
            form.save().action_save()
            self.assertEqual(self.company.loyalty_desk_hourly_cost, cost)
            self.assertEqual(self.company.loyalty_postmortem_rule, "refuse")

    def test_all_of_them_and_of_the_same_kind(self):
        Settings = self.env["loyalty.service.sla.desk.settings"]
        admin = self.env["res.config.settings"]._fields
        for name in SETTINGS:
            self.assertIn(name, admin)
            self.assertEqual(Settings._fields[name].type, self.company._fields[name].type)
        company_names = {name for name in admin if name.startswith("loyalty_")}
        self.assertLessEqual(set(SETTINGS), company_names)

    def test_nobody_else_and_nowhere_else(self):
        Settings = self.env["loyalty.service.sla.desk.settings"]
        with self.assertRaises(AccessError):
            Settings.with_user(self.agent).create({})
        other = self.env["res.company"].create({"name": "Elsewhere"})
        mine = Settings.with_user(self.leader).create(
            {"company_id": other.id, "loyalty_reopen_days": 1, "loyalty_postmortem_rule": "off"}
        )
        with self.assertRaises(AccessError):
            mine.action_save()
        wrong = Settings.with_user(self.leader).create({})
        team = self.env["helpdesk.ticket.team"].create({"name": "X", "company_id": other.id})
        wrong.sudo().loyalty_portal_team_id = team
        with self.assertRaises(ValidationError):
            wrong.action_save()

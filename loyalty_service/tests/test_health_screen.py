from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

AT_RISK = "/odoo/action-loyalty_service.client_at_risk_action"


class HealthScreenCommon(HttpCase):
    """A client that used to call every 12 days and has been silent for 74, and a happy one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "health_screen_manager",
            groups="loyalty_service.group_loyalty_manager,base.group_partner_manager",
        )

    def make_clients(self):
        now = fields.Datetime.now()
        names = {"Silent Client": 74, "Happy Client": 2}
        partners = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in names]
        )
        call = self.env.ref("loyalty_service.event_type_call")
        complaint = self.env.ref("loyalty_service.event_type_complaint")
        self.env["loyalty.service.event"].create(
            [
                {
                    "type_id": call.id,
                    "partner_id": partner.id,
                    "date": now - timedelta(days=silence + 12 * number),
                }
                for partner, silence in zip(partners, names.values(), strict=True)
                for number in range(4)
            ]
            + [
                {"type_id": complaint.id, "partner_id": partners[0].id, "date": now}
                for _number in range(3)
            ]
        )
        clients = self.env["loyalty.service.client"].search([("partner_id", "in", partners.ids)])
        clients._update_health()
        return clients


@tagged("post_install", "-at_install")
class TestHealthScreen(HealthScreenCommon):
    def test_list_and_client(self):
        self.make_clients()
        self.start_tour(AT_RISK, "loyalty_service_health", login=self.manager.login)

    def test_nobody_at_risk(self):
        self.env["loyalty.service.client"].search([]).write({"health_band": "healthy"})
        self.start_tour(AT_RISK, "loyalty_service_health_empty", login=self.manager.login)


@tagged("post_install", "-at_install")
class TestHealthPhone(HealthScreenCommon):
    browser_size = "375x667"
    touch_enabled = True

    def test_card_and_client(self):
        self.make_clients()
        self.start_tour(AT_RISK, "loyalty_service_health_phone", login=self.manager.login)

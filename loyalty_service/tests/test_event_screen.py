from odoo.tests import tagged

from .test_health_screen import HealthScreenCommon

QUIET = "/odoo/action-loyalty_service.client_quiet_action"


@tagged("post_install", "-at_install")
class TestEventScreen(HealthScreenCommon):
    def test_log_undo_and_look(self):
        self.make_clients()
        self.start_tour(QUIET, "loyalty_service_quick_log", login=self.manager.login)
        client = self.env["loyalty.service.client"].search(
            [("partner_id.name", "=", "Silent Client")]
        )
        events = self.env["loyalty.service.event"].search(
            [("partner_id", "=", client.partner_id.id), ("summary", "=", "Called back")]
        )
        self.assertEqual(events.user_id, self.manager)


@tagged("post_install", "-at_install")
class TestEventPhone(HealthScreenCommon):
    browser_size = "375x667"
    touch_enabled = True

    def test_log_from_the_card(self):
        self.make_clients()
        self.start_tour(QUIET, "loyalty_service_quick_log_phone", login=self.manager.login)

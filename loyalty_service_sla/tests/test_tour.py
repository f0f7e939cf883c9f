from odoo.tests import HttpCase, tagged

from .common import SlaFixture


@tagged("post_install", "-at_install")
class TestTour(SlaFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        # Round the clock, so that the tour does not depend on the hour at which it runs.
        cls.policy.calendar_id = cls._always("UTC")

    def test_timer(self):
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Timer tour",
                "description": "x",
                "partner_id": self.contact.id,
                "team_id": self.team.id,
                "user_id": self.agent.id,
            }
        )
        self.start_tour(
            "/odoo/action-loyalty_service_sla.ticket_action",
            "loyalty_sla_timer_tour",
            login="admin",
        )
        self.assertEqual(set(ticket.loyalty_sla_clock_ids.mapped("state")), {"paused"})

    def test_live_timers(self):
        """List, cards and form learn by the bus what others do; what is typed stays."""
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Live tour",
                "description": "x",
                "partner_id": self.contact.id,
                "team_id": self.team.id,
            }
        )
        self.start_tour(
            "/odoo/action-loyalty_service_sla.ticket_action",
            "loyalty_sla_live_timers_tour",
            login="admin",
        )
        self.assertEqual(ticket.name, "Live tour, and more")
        self.assertEqual(set(ticket.loyalty_sla_clock_ids.mapped("state")), {"running"})

    def test_wallboard(self):
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Wall tour",
                "description": "x",
                "partner_id": self.contact.id,
                "loyalty_ticket_type": "emergency",
            }
        )
        ticket.loyalty_sla_clock_ids.breach_probability = 0.6
        # The app is chosen by the menu below it that is open.
        menu = self.env.ref("loyalty_service.menu_root")
        self.start_tour(
            f"/odoo/wallboard?menu_id={menu.id}", "loyalty_sla_wallboard_tour", login="admin"
        )

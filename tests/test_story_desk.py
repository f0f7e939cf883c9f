"""A day of the service desk's leader and manager in the browser, and of a client that complains.

The leader looks at what a policy would do while it is not saved, applies it, and says that people
may be told of what becomes late by it. The client files a complaint on its phone, the manager
approves what it gets, and the client agrees by the link in the mail, without a login.
"""

import re
from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.loyalty_service.tests.common import PortalLogins
from odoo.addons.loyalty_service_sla.tests.common import at
from odoo.addons.loyalty_service_sla.tests.complaint_common import ComplaintFixture

from .browser import DESK, PHONE, Pages, browser

POLICIES = "/odoo/action-loyalty_service_sla.policy_action"
TICKETS = "/odoo/action-loyalty_service_sla.ticket_action"
COMPLAINTS = "/odoo/action-loyalty_service_sla.complaint_action"
LATE = "Five hours old"
TROUBLE = "The return was late"


@tagged("post_install", "-at_install")
class TestStoryDesk(Pages, PortalLogins, ComplaintFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_complaints()
        # Round the clock, so that the story does not depend on the hour at which it is told.
        always = cls._always("UTC")
        cls.policy.write({"calendar_id": always.id, "first_response_hours": 0})
        with at("2020-01-01 09:00"):
            cls.ladder.calendar_id = always
        cls.manager = new_test_user(
            cls.env,
            "sla_manager",
            groups="helpdesk_mgmt.group_helpdesk_manager,loyalty_service.group_loyalty_manager",
        )
        cls.portal("sla_client", cls.contact)
        with freeze_time(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=5)):
            cls.ticket = cls.Ticket.create(
                {
                    "name": LATE,
                    "description": "x",
                    "partner_id": cls.contact.id,
                    "team_id": cls.team.id,
                    "user_id": cls.agent.id,
                }
            )
            cls.env.flush_all()

    def test_a_day_of_those_who_decide(self):
        with browser() as (open_page, self.problems):
            leader, manager = open_page(**DESK), open_page(**DESK)
            phone, link = open_page(**PHONE), open_page(**PHONE)
            with self.allow_requests(all_requests=True):
                self.log_in(leader, "sla_leader")
                self._leader_looks_before_saving(leader)
                self._leader_applies_it(leader)
                self.leave(leader)
            self._nobody_was_told()
            with self.allow_requests(all_requests=True):
                self._leader_lets_people_be_told(leader)
                self.leave(leader)
            self._the_agent_was_told()
            with self.allow_requests(all_requests=True):
                self._a_list_left_open_learns_of_it(leader)
                self.leave(leader)
                self.log_in(phone, "sla_client")
                self._client_answers(phone)
                self._client_complains(phone)
                self.leave(phone)
            self._agent_proposes_something()
            with self.allow_requests(all_requests=True):
                self.log_in(manager, "sla_manager")
                self._manager_approves_and_asks(manager)
                self.leave(manager)
            path = self._link_in_the_mail()
            with self.allow_requests(all_requests=True):
                self._client_agrees(link, path)
                self.leave(link)
            self._all_is_closed()
            self.assertFalse(self.problems)

    # ------------------------------------------------------------------
    # The leader
    # ------------------------------------------------------------------

    def _leader_looks_before_saving(self, page):
        self.open(page, POLICIES)
        page.locator("tr.o_data_row", has_text="Standard").locator("td[name=name]").click()
        hours = page.locator(".o_field_widget[name=resolution_hours] input")
        hours.fill("02:00")
        hours.press("Tab")
        page.get_by_text("Applied from now on: 1 would become breached.").wait_for()
        row = page.locator(".o_field_widget[name=preview_ticket_ids] tr", has_text=LATE)
        row.locator(".o_loyalty_sla_running", has_text="18 h 5").wait_for()

    def _leader_applies_it(self, page):
        page.get_by_role("button", name="Apply to Open Tickets").click()
        dialog = page.locator(".modal")
        dialog.get_by_text("As if promised at their opening: a correction").click()
        dialog.get_by_role("button", name="Apply").click()
        page.locator(".o_breadcrumb", has_text="Held Escalations").wait_for()
        page.locator("tr.o_data_row", has_text=LATE).wait_for()
        self.held = page.url

    def _nobody_was_told(self):
        self.env.invalidate_all()
        self.assertEqual(self.policy.resolution_hours, 2)
        clock = self.clock(self.ticket)
        self.assertTrue(clock.breached)
        self.assertTrue(clock.held)
        self.assertFalse(self.ticket.activity_ids)

    def _leader_lets_people_be_told(self, page):
        self.open(page, self.held.removeprefix(self.base_url()))
        row = page.locator("tr.o_data_row", has_text=LATE)
        row.locator("button[name=action_release]").click()
        confirm = page.locator(".modal .btn-primary")
        confirm.or_(page.locator(".o_view_nocontent")).first.wait_for()
        if confirm.is_visible():
            confirm.click()
        row.wait_for(state="detached")

    def _the_agent_was_told(self):
        self.env.invalidate_all()
        self.assertFalse(self.clock(self.ticket).held)
        self.assertIn(self.agent, self.ticket.activity_ids.user_id)

    def _a_list_left_open_learns_of_it(self, page):
        """There is no websocket here, so it asks by itself: once for all that it shows."""
        asked = []
        page.on("request", lambda one: "get_loyalty_sla_timers" in one.url and asked.append(one))
        page.clock.install()
        self.open(page, TICKETS)
        row = page.locator("tr.o_data_row", has_text=LATE)
        row.locator(".o_loyalty_sla_late").wait_for()
        values = {"loyalty_sla_pause_reason": "client"}
        answer = page.request.post(
            f"{self.base_url()}/web/dataset/call_kw/helpdesk.ticket/write",
            data={
                "params": {
                    "model": "helpdesk.ticket",
                    "method": "write",
                    "args": [self.ticket.ids, values],
                    "kwargs": {},
                }
            },
        )
        self.assertNotIn("error", answer.json())
        self.assertFalse(asked)
        page.clock.fast_forward(50_000)
        row.locator(".o_loyalty_sla_badge", has_text="paused").wait_for()
        self.assertEqual(len(asked), 1)

    # ------------------------------------------------------------------
    # The client and the manager
    # ------------------------------------------------------------------

    def _client_answers(self, page):
        """The page that waits for the answer says by itself that it waits no more."""
        self.open(page, f"/my/ticket/{self.ticket.id}")
        page.get_by_text("We are waiting for your answer.").first.wait_for()
        page.locator(".o-mail-Composer-input").fill("Here it is.")
        page.locator(".o-mail-Composer-send:enabled").click()
        page.get_by_text("We are waiting for your answer.").first.wait_for(state="detached")
        page.get_by_text("Here it is.").wait_for()

    def _client_complains(self, page):
        self.open(page, "/new/ticket")
        page.locator("label[for=type_complaint]").click()
        page.fill("input[name=subject]", TROUBLE)
        page.fill("textarea[name=description]", "We had to pay a fine for it.")
        self.fits(page)
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url("**/my/ticket/**")
        page.locator(".o_loyalty_complaint [aria-current=step]").wait_for()
        self.fits(page)

    def _agent_proposes_something(self):
        """An agent's own day is told by another story."""
        self.env.invalidate_all()
        ticket = self.Ticket.search([("name", "=", TROUBLE)])
        self.assertEqual(ticket.partner_id, self.contact)
        ticket.user_id = self.agent
        self.complaint = ticket.loyalty_complaint_ids
        complaint = self.complaint.with_user(self.agent)
        complaint.action_acknowledge()
        complaint.category_id = self.category
        complaint.action_investigate()
        complaint.write({"investigation": "Nobody looked", "root_cause_id": self.cause.id})
        complaint.action_solve()
        complaint.write({"solution": "We pay the fine.", "compensation_amount": 300})
        self.assertEqual(complaint.compensation_state, "requested")
        self.env.flush_all()

    def _manager_approves_and_asks(self, page):
        self.open(page, COMPLAINTS)
        page.locator("tr.o_data_row", has_text=TROUBLE).locator("td[name=partner_id]").click()
        page.get_by_text("asks for a compensation: approve or refuse it.").wait_for()
        page.get_by_role("button", name="Approve Compensation").click()
        page.get_by_text("asks for a compensation").wait_for(state="hidden")
        page.get_by_role("button", name="Ask the Client").click()
        page.locator(".o_arrow_button_current", has_text="Feedback").wait_for()

    def _link_in_the_mail(self):
        self.env.invalidate_all()
        self.assertEqual(self.complaint.compensation_state, "approved")
        self.assertEqual(self.complaint.compensation_user_id, self.manager)
        mail = self.env["mail.mail"].search(
            [("subject", "like", f"{self.complaint.ticket_id.number}: is it")]
        )
        self.assertEqual(mail.recipient_ids, self.contact)
        return re.search(r"/complaint/[\w-]+", mail.body_html).group()

    def _client_agrees(self, page, path):
        self.open(page, path)
        page.get_by_text("We pay the fine.").wait_for()
        page.get_by_text("300.00").wait_for()
        page.get_by_label("Yes, I agree").check()
        page.locator("select[name=rating]").select_option("5")
        self.fits(page)
        page.get_by_role("button", name="Send").click()
        page.get_by_text("Your complaint is closed.").wait_for()

    def _all_is_closed(self):
        self.env.invalidate_all()
        self.assertEqual((self.complaint.state, self.complaint.answer), ("closed", "confirmed"))
        self.assertEqual(self.complaint.rating_value, 5)
        self.assertTrue(self.complaint.ticket_id.closed)
        self.assertEqual(self.clock(self.complaint.ticket_id).state, "met")

from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.tests.common import BaseCommon

from .common import at
from .complaint_common import ComplaintFixture

WITHDRAWAL = "loyalty_service_sla.mail_activity_type_withdrawal"


@tagged("post_install", "-at_install")
class TestComplaintWithdrawn(ComplaintFixture, BaseCommon):
    """Tickets that turn out to be no complaint, and those that are one after all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_complaints()

    def withdraw(self, ticket, reason="Only a question", user=None, when="2026-03-06 17:30"):
        with at(when):
            dialog = self.env["loyalty.service.sla.withdraw"].with_user(user or self.leader)
            dialog.create({"ticket_id": ticket.id, "reason": reason}).action_withdraw()
            self.env.flush_all()

    def events(self, client):
        return self.standing(client).mapped("type_id.code").count("complaint")

    def test_withdrawing_keeps_who_and_why(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        mine = ticket.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "press No Complaint"), self.cr.savepoint():
            mine.loyalty_ticket_type = "request"
        with self.assertRaisesRegex(UserError, "Write down why"), self.cr.savepoint():
            self.withdraw(ticket, "  ")
        self.withdraw(ticket, user=self.agent)
        self.assertEqual((ticket.loyalty_ticket_type, complaint.active), ("complaint", True))
        with at("2026-03-06 17:40"):
            complaint.with_user(self.leader).action_approve_withdrawal()
            self.env.flush_all()
        self.assertEqual((ticket.loyalty_ticket_type, complaint.active), ("question", False))
        self.assertEqual(complaint.withdrawn_user_id, self.agent)
        self.assertEqual(complaint.withdrawal_user_id, self.leader)
        self.assertEqual(complaint.withdrawn_reason, "Only a question")
        self.assertIn("Only a question", ticket.message_ids[0].body)
        self.assertEqual(self.events(self.client_partner), 0)
        with self.assertRaisesRegex(UserError, "moved on"), self.cr.savepoint():
            self.withdraw(ticket)
        other = self.complain()
        other.ticket_id.with_user(self.leader).loyalty_ticket_type = "request"
        self.assertEqual(other.withdrawn_user_id, self.leader)
        register = (complaint | other | self.complain())._prepare_register()
        tiles = {tile["label"]: tile["value"] for tile in register["sections"][0]["tiles"]}
        self.assertEqual((tiles["Complaints"], tiles["Withdrawn"]), ("1", "2"))
        cells = [
            cell[0] for row in register["sections"][1]["tables"][0]["rows"] for cell in row["cells"]
        ]
        self.assertIn(
            f"Withdrawn: {self.agent.name}, Only a question, approved by {self.leader.name}", cells
        )

    # ------------------------------------------------------------------
    # Four eyes
    # ------------------------------------------------------------------

    def test_an_agent_asks_and_a_manager_decides(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        events = self.events(self.client_partner)
        dialog = self.env["loyalty.service.sla.withdraw"].with_user(self.agent)
        dialog = dialog.create({"ticket_id": ticket.id, "reason": "Only a question"})
        self.assertTrue(dialog.needs_approval)
        self.assertIn("A manager is asked", dialog.action_withdraw()["params"]["message"])
        self.assertEqual((complaint.active, complaint.standing), (True, "receipt"))
        self.assertEqual(self.events(self.client_partner), events, "it counts on")
        asked = complaint.activity_ids.filtered(
            lambda one: one.activity_type_id == self.env.ref(WITHDRAWAL)
        )
        self.assertEqual(asked.user_id, self.leader, "the leader of its team")
        self.assertIn("Only a question", asked.note)
        mine, theirs = complaint.with_user(self.agent), complaint.with_user(self.leader)
        self.assertFalse(mine.may_decide_withdrawal)
        self.assertTrue(theirs.may_decide_withdrawal)
        for action in (mine.action_approve_withdrawal, mine.action_refuse_withdrawal):
            with self.assertRaisesRegex(AccessError, "Only managers"), self.cr.savepoint():
                action()
        with self.assertRaises(UserError), self.cr.savepoint():
            mine.withdrawal_type = "question"
        theirs.action_refuse_withdrawal()
        self.assertFalse(complaint.withdrawal_type or complaint.withdrawal_reason)
        self.assertFalse(complaint.activity_ids & asked.exists())
        told = complaint.message_ids[0]
        self.assertIn("has decided that it is a complaint", told.body)
        self.assertIn(self.agent.partner_id, told.partner_ids)
        with self.assertRaisesRegex(UserError, "nothing to decide"), self.cr.savepoint():
            theirs.action_approve_withdrawal()

    def test_without_a_manager_the_agent_says_it(self):
        complaint = self.complain()
        with patch.object(type(complaint), "_get_deciders", lambda self: self.env["res.users"]):
            self.withdraw(complaint.ticket_id, user=self.agent)
        self.assertEqual((complaint.active, complaint.withdrawn_user_id), (False, self.agent))

    def test_the_client_is_told(self):
        self.contact.lang = "en_US"
        unknown = self.complain().ticket_id
        before = unknown.message_ids
        self.withdraw(unknown)
        self.assertNotIn("as a complaint. We", str((unknown.message_ids - before).mapped("body")))
        self.assertFalse(unknown._get_loyalty_withdrawn_text(), "the client never knew")
        complaint = self.complain()
        ticket = complaint.ticket_id
        with at("2026-03-06 17:20"):
            complaint.with_user(self.agent).action_acknowledge()
            self.env.flush_all()
        self.answer("2026-03-06 17:25", ticket, self.contact)
        waits = self.clock(ticket, "next_response").state
        self.withdraw(ticket)
        told = ticket.message_ids.filtered(lambda one: one.message_type == "auto_comment")
        self.assertIn(self.contact, told.notified_partner_ids)
        self.assertIn(f"You have filed {ticket.number} as a complaint", told.body)
        self.assertIn("Question", told.body)
        self.assertNotIn("Only a question", told.body, "the reason is for staff")
        self.assertEqual(self.clock(ticket, "next_response").state, waits, "no answer of ours")
        self.assertIn("as a complaint", ticket._get_loyalty_withdrawn_text())
        ticket.loyalty_ticket_type = "complaint"
        self.assertFalse(ticket._get_loyalty_withdrawn_text())

    def test_nobody_is_called_to_what_is_none(self):
        complaint = self.complain()
        complaint.with_user(self.agent).compensation_text = "A month for nothing"
        self.assertTrue(complaint.activity_ids)
        self.withdraw(complaint.ticket_id)
        self.assertFalse(complaint.activity_ids)
        mine = complaint.with_user(self.leader)
        self.assertEqual(mine.compensation_role, "none")
        with self.assertRaisesRegex(UserError, "no compensation"), self.cr.savepoint():
            mine.action_refuse_compensation()
        complaint.ticket_id.loyalty_ticket_type = "complaint"
        self.assertTrue(complaint.activity_ids, "asked for again")
        self.assertEqual(mine.compensation_role, "decide")

    def test_the_register_keeps_it(self):
        complaint = self.complain()
        self.withdraw(complaint.ticket_id)
        self.assertEqual(complaint.standing, "withdrawn")
        action = self.env.ref("loyalty_service_sla.complaint_register_action")
        Register = self.env[action.res_model].with_context(**safe_eval(action.context))
        self.assertIn(complaint, Register.search([]))
        self.assertNotIn(complaint, self.env[action.res_model].search([]), "nothing to work on")
        mine = complaint.with_user(self.leader)
        for step in ("acknowledge", "investigate", "solve", "propose", "back", "reopen"):
            with self.assertRaisesRegex(UserError, "withdrawn"), self.cr.savepoint():
                getattr(mine, f"action_{step}")()
        form = etree.fromstring(mine.get_view(view_type="form")["arch"])
        for button in form.xpath("//header/button"):
            if button.get("name") not in ("action_approve_withdrawal", "action_refuse_withdrawal"):
                self.assertIn("not active", button.get("invisible"), button.get("name"))

    def test_no_way_around_the_gate(self):
        """Not even a manager withdraws and closes in one step."""
        complaint = self.complain()
        for user in (self.agent, self.leader):
            with self.assertRaises(UserError), self.cr.savepoint():
                complaint.ticket_id.with_user(user).write(
                    {"loyalty_ticket_type": "request", "stage_id": self.stage_done.id}
                )
        self.assertTrue(complaint.active)
        self.assertFalse(complaint.ticket_id.closed)

    def test_what_the_client_agreed_to_stays_closed(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        self.propose(complaint)
        with at("2026-03-10 10:00"):
            complaint.answer_comment = "Fine"
            complaint.action_client_agrees()
            self.env.flush_all()
        before = (complaint.closed_date, complaint.acknowledged_date)
        self.withdraw(ticket, when="2026-03-10 11:00")
        with at("2026-03-10 12:00"):
            ticket.with_user(self.agent).loyalty_ticket_type = "complaint"
            self.env.flush_all()
        self.assertEqual((complaint.active, complaint.state), (True, "closed"))
        self.assertEqual(complaint.answer, "confirmed")
        self.assertEqual((complaint.closed_date, complaint.acknowledged_date), before)
        self.assertFalse(complaint.withdrawn_date or complaint.withdrawn_reason)
        self.assertEqual(self.events(self.client_partner), 1)
        self.assertFalse(self.Clock._verify(ticket))

    def test_closed_while_it_was_none(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        self.withdraw(ticket)
        self.move("2026-03-09 10:00", ticket, self.stage_done)
        with at("2026-03-10 12:00"):
            ticket.with_user(self.agent).loyalty_ticket_type = "complaint"
            self.env.flush_all()
        self.assertEqual((complaint.state, complaint.answer), ("closed", "lapsed"))
        self.assertEqual(complaint.closed_date, ticket.closed_date)

    def test_open_again_it_begins_anew(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        self.propose(complaint)
        with at("2026-03-10 10:00"):
            complaint._answer_as_client("confirmed", "portal", "5", "Thanks")
            self.env.flush_all()
        self.withdraw(ticket, when="2026-03-10 11:00")
        self.move("2026-03-10 12:00", ticket, self.stage_progress)
        with at("2026-03-10 13:00"):
            ticket.with_user(self.agent).loyalty_ticket_type = "complaint"
            self.env.flush_all()
        self.assertEqual(complaint.state, "receipt")
        for name in ("answer", "rating", "answer_comment", "closed_date", "acknowledged_date"):
            self.assertFalse(complaint[name], name)
        self.assertEqual(complaint.days, 0)

    def test_nothing_is_held_against_the_next_client(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        self.withdraw(ticket)
        right = self.env["res.partner"].create({"name": "Right Ltd", "is_company": True})
        with at("2026-03-06 18:00"):
            ticket.partner_id = right
            self.env.flush_all()
        self.assertEqual(self.events(right), 0)
        self.assertIn("ticket_opened", self.standing(right).mapped("type_id.code"))
        # What is one, however often it was none, is held against the right one once.
        ticket.loyalty_ticket_type = "complaint"
        self.assertEqual(self.events(right), 1)
        with at("2026-03-06 19:00"):
            ticket.partner_id = self.contact
            self.env.flush_all()
        self.assertEqual((self.events(right), self.events(self.client_partner)), (0, 1))

    # ------------------------------------------------------------------
    # What the client hears
    # ------------------------------------------------------------------

    def test_the_acknowledgement_reaches_who_follows_nothing(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        ticket.message_unsubscribe(self.contact.ids)
        with at("2026-03-06 17:30"):
            complaint.with_user(self.agent).action_acknowledge()
            self.env.flush_all()
        message = ticket.message_ids[0]
        self.assertIn(self.contact, message.notified_partner_ids)
        self.assertIn(self.contact, ticket.message_partner_ids)

    def test_the_acknowledgement_reaches_a_mere_address(self):
        complaint = self.complain(partner_id=False, partner_email="who@example.com")
        with at("2026-03-06 17:30"):
            complaint.with_user(self.agent).action_acknowledge()
            self.env.flush_all()
        message = complaint.ticket_id.message_ids[0]
        self.assertEqual(message.outgoing_email_to, "who@example.com")
        self.assertNotIn("no e-mail address", str(complaint.message_ids.mapped("body")))

    def test_who_has_no_address_is_told_otherwise(self):
        self.contact.email = False
        complaint = self.complain()
        with at("2026-03-06 17:30"):
            complaint.with_user(self.agent).action_acknowledge()
        self.assertIn("no e-mail address", str(complaint.message_ids.mapped("body")))

    def test_no_day_is_promised_that_has_gone_by(self):
        """Ten working days from Friday, 6 March, 17:00 in Shanghai end on 20 March."""
        self.contact.lang = "en_US"
        late, soon = self.complain(), self.complain()
        with at("2026-04-30 10:00"):
            late.with_user(self.agent).action_acknowledge()
        self.assertNotIn("at the latest", late.ticket_id.message_ids[0].body)
        # The day is that of the firm: in Honolulu it is one less.
        self.agent.tz = "Pacific/Honolulu"
        with at("2026-03-06 17:30"):
            soon.with_user(self.agent).action_acknowledge()
        deadline = self.clock(soon.ticket_id).deadline
        self.assertEqual(self.company._loyalty_day(deadline).isoformat(), "2026-03-20")
        self.assertIn("03/20/2026", soon.ticket_id.message_ids[0].body)

    # ------------------------------------------------------------------
    # What the client writes
    # ------------------------------------------------------------------

    def test_a_reply_reaches_the_ticket(self):
        domain = self.env["mail.alias.domain"].create(
            {"name": "desk.example.com", "catchall_alias": "desk", "bounce_alias": "lost"}
        )
        self.company.alias_domain_id = domain
        complaint = self.complain()
        self.propose(complaint)
        mail = self.env["mail.mail"].search([("recipient_ids", "in", self.contact.ids)], limit=1)
        ticket = complaint.ticket_id
        self.assertEqual((mail.model, mail.res_id), (ticket._name, ticket.id))
        self.assertIn("desk@desk.example.com", mail.reply_to)

    def test_who_writes_has_not_been_silent(self):
        complaint = self.complain()
        self.propose(complaint)
        self.answer("2026-03-11 10:00", complaint.ticket_id, self.contact)
        self.assertTrue(complaint.wrote_date)
        with at("2026-04-01 10:00"):
            mine = complaint.with_user(self.agent)
            mine.lapse_reason = "No answer"
            with self.assertRaisesRegex(UserError, "has written on the ticket"):
                mine.action_lapse()
            mine.answer_comment = "Not solved"
            mine.action_client_disagrees()
        self.propose_again(complaint)
        self.assertFalse(complaint.wrote_date, "asked anew")
        self.answer("2026-04-02 12:00", complaint.ticket_id, self.contact)
        complaint.with_user(self.leader).lapse_reason = "Means something else"
        with at("2026-05-01 10:00"):
            complaint.with_user(self.leader).action_lapse()
        self.assertEqual(complaint.answer, "lapsed", "managers decide")

    def propose_again(self, complaint):
        with at("2026-04-02 10:00"):
            complaint.action_solve()
            complaint.action_propose()
            self.env.flush_all()

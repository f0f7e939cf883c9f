from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.common import BaseCommon

from .common import at, utc
from .complaint_common import ComplaintFixture


@tagged("post_install", "-at_install")
class TestComplaint(ComplaintFixture, BaseCommon):
    """From the receipt of a complaint to the client's answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_complaints()

    def refused(self, method, words):
        with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
            method()

    # ------------------------------------------------------------------
    # The record
    # ------------------------------------------------------------------

    def test_each_complaint_has_one_record(self):
        complaint = self.complain()
        self.assertEqual((complaint.state, complaint.team_id), ("receipt", self.team))
        self.assertEqual(complaint.partner_id, self.client_partner)
        self.assertEqual(
            self.standing(self.client_partner).mapped("type_id.code").count("complaint"), 1
        )
        complaint.ticket_id.write({"loyalty_ticket_type": "complaint", "name": "Again"})
        self.assertEqual(complaint.search_count([("ticket_id", "=", complaint.ticket_id.id)]), 1)
        self.assertFalse(self.file("2026-03-06 17:00").loyalty_complaint_ids)

    def test_what_turns_out_to_be_none_is_put_away(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        with at("2026-03-06 18:00"):
            ticket.loyalty_ticket_type = "question"
        self.assertFalse(complaint.active)
        self.assertEqual(self.clock(ticket, "acknowledgement").state, "idle")
        self.assertNotIn("complaint", self.standing(self.client_partner).mapped("type_id.code"))
        with at("2026-03-09 09:00"):
            ticket.loyalty_ticket_type = "complaint"
        self.assertTrue(complaint.active)
        self.assertEqual(self.clock(ticket, "acknowledgement").deadline, utc("2026-03-10 09:00"))

    def test_an_imported_complaint_may_be_closed(self):
        complaint = self.complain(stage_id=self.stage_done.id)
        self.assertEqual((complaint.state, complaint.answer), ("closed", "lapsed"))
        self.assertFalse(self.clock(complaint.ticket_id, "acknowledgement"))

    def test_old_complaints_get_their_record(self):
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 11:00", ticket)
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE helpdesk_ticket SET loyalty_ticket_type = 'complaint' WHERE id = %s"
                " RETURNING id",
                ticket.id,
            )
        )
        self.env.invalidate_all()
        for _twice in range(2):
            self.Ticket._loyalty_complaint_record_past()
        complaint = ticket.loyalty_complaint_ids
        self.assertEqual(len(complaint), 1)
        self.assertEqual(complaint.acknowledged_date, utc("2026-03-02 11:00"))
        self.assertFalse(self.clock(ticket, "acknowledgement"))

    def test_links_are_of_this_client(self):
        complaint = self.complain()
        stranger = self.env["res.partner"].create({"name": "Other", "is_company": True})
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": stranger.id}
        )
        with self.assertRaises(ValidationError):
            complaint.move_id = invoice

    # ------------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------------

    def test_two_clocks(self):
        """Friday 17:00: acknowledged by Saturday 17:00; ten days of eight hours end on a Friday.

        One hour of work is left on 6 March; 9 to 13 and 16 to 19 March are nine days, and on
        Friday 20 March seven hours more are over at 17:00.
        """
        ticket = self.complain().ticket_id
        self.assertEqual(self.clock(ticket, "acknowledgement").deadline, utc("2026-03-07 17:00"))
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-20 17:00"))

    def test_a_ticket_that_becomes_a_complaint(self):
        """What it has used up stays; the acknowledgement is waited for from now on."""
        ticket = self.file("2026-03-02 09:00")
        self.answer("2026-03-02 10:00", ticket)
        with at("2026-03-03 09:00"):
            ticket.loyalty_ticket_type = "complaint"
            self.env.flush_all()
        self.assertEqual(self.clock(ticket, "acknowledgement").deadline, utc("2026-03-04 09:00"))
        # 8 of 80 hours were used on Monday; nine days from Tuesday 3 March end on the 13th.
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-13 18:00"))
        self.assertFalse(ticket.loyalty_complaint_ids.acknowledged_date)

    def test_any_public_answer_acknowledges(self):
        complaint = self.complain()
        self.answer("2026-03-07 12:00", complaint.ticket_id)
        self.assertEqual(complaint.acknowledged_date, utc("2026-03-07 12:00"))
        self.assertEqual(self.clock(complaint.ticket_id, "acknowledgement").state, "met")

    def test_disagreeing_goes_on_with_what_was_counted(self):
        """Friday one hour, Monday one hour; a day of waiting counts nothing; 78 hours are left."""
        complaint = self.complain()
        self.propose(complaint)
        clock = self.clock(complaint.ticket_id)
        self.assertEqual((clock.state, clock.remaining), ("paused", 78 * 3600))
        with at("2026-03-10 10:00"):
            complaint.answer_comment = "Still wrong"
            complaint.action_client_disagrees()
            self.env.flush_all()
        self.assertEqual((complaint.state, complaint.answer), ("investigation", "disagreed"))
        self.assertEqual(complaint.reopened_count, 1)
        # From Tuesday 10:00: 7 h, eight days of 8 h to Friday the 20th, 7 h on Monday the 23rd.
        self.assertEqual(clock.deadline, utc("2026-03-23 17:00"))
        self.assertFalse(self.Clock._verify(complaint.ticket_id))

    def test_closing_and_reopening(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        self.propose(complaint)
        with at("2026-03-10 10:00"):
            complaint.answer_comment = "Fine"
            complaint.action_client_agrees()
            self.env.flush_all()
        self.assertTrue(ticket.closed)
        self.assertEqual((complaint.state, complaint.answer), ("closed", "confirmed"))
        self.assertEqual(self.clock(ticket).state, "met")
        self.move("2026-03-11 10:00", ticket, self.stage_progress)
        self.assertEqual((complaint.state, complaint.reopened_count), ("investigation", 1))
        self.assertEqual(self.clock(ticket).remaining, 78 * 3600)

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------

    def test_gates(self):
        complaint = self.complain().with_user(self.agent)
        self.refused(complaint.action_investigate, "First tell the client")
        complaint.action_acknowledge()
        self.refused(complaint.action_investigate, "First choose what")
        complaint.category_id = self.category
        complaint.action_investigate()
        self.refused(complaint.action_solve, "investigation found")
        complaint.investigation = "Nobody looked"
        self.refused(complaint.action_solve, "root cause")
        complaint.root_cause_id = self.cause
        complaint.action_solve()
        self.refused(complaint.action_propose, "solution")
        complaint.write({"solution": "Filed again", "compensation_amount": 100})
        self.refused(complaint.action_propose, "approve the compensation")
        with self.assertRaises(AccessError):
            complaint.action_approve_compensation()
        complaint.with_user(self.leader).action_refuse_compensation()
        self.refused(complaint.action_propose, "was refused")
        complaint.compensation_amount = 50
        complaint.with_user(self.leader).action_approve_compensation()
        self.assertEqual(complaint.compensation_user_id, self.leader)
        complaint.action_propose()
        self.assertEqual(complaint.state, "feedback")
        self.refused(lambda: complaint.write({"compensation_amount": 5}), "client is asked")
        self.refused(complaint.action_client_agrees, "what the client said")
        self.refused(complaint.action_lapse, "do not wait any longer")
        complaint.lapse_reason = "No answer to three calls"
        self.refused(complaint.action_lapse, "Only a manager")
        complaint.with_user(self.leader).action_lapse()
        self.assertEqual((complaint.state, complaint.answer), ("closed", "lapsed"))
        self.assertTrue(complaint.ticket_id.closed)
        self.refused(lambda: complaint.write({"solution": "Other"}), "is closed")
        complaint.action_reopen()
        self.assertEqual(complaint.state, "investigation")
        self.assertFalse(complaint.ticket_id.closed)

    def test_another_amount_is_approved_anew(self):
        complaint = self.complain()
        complaint.compensation_amount = 100
        complaint.with_user(self.leader).action_approve_compensation()
        complaint.compensation_amount = 100
        self.assertEqual(complaint.compensation_state, "approved")
        complaint.compensation_amount = 200
        self.assertEqual(complaint.compensation_state, "requested")
        complaint.compensation_amount = 0
        self.assertEqual(complaint.compensation_state, "none")

    def test_a_ticket_does_not_close_before_its_complaint(self):
        complaint = self.complain()
        ticket = complaint.ticket_id.with_user(self.agent)
        self.refused(lambda: ticket.write({"stage_id": self.stage_done.id}), "is a complaint")
        self.assertFalse(ticket._loyalty_sla_get_portal_stages())

    def test_what_the_buttons_do_nobody_writes(self):
        complaint = self.complain().with_user(self.leader)
        for vals in (
            {"state": "closed"},
            {"compensation_state": "approved"},
            {"answer": "confirmed"},
            {"token_hash": "x"},
            {"acknowledged_date": "2026-03-06 10:00:00"},
        ):
            self.refused(lambda vals=vals: complaint.write(vals), "buttons")

    def test_who_sees_no_ticket_sees_no_complaint(self):
        complaint = self.complain()
        own = new_test_user(self.env, "own", groups="helpdesk_mgmt.group_helpdesk_user_own")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            self.assertFalse(complaint.with_user(own).has_access("read"))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.complain(company_id=other.id, team_id=False, user_id=False)
        self.assertFalse(theirs.with_user(self.leader).has_access("read"))

    # ------------------------------------------------------------------
    # The register
    # ------------------------------------------------------------------

    def test_register(self):
        first, second = self.complain(), self.complain("2026-03-09 09:00")
        self.propose(first, compensation_amount=120)
        with at("2026-03-10 17:00"):
            first.answer_comment = "Fine"
            first.action_client_agrees()
            self.env.flush_all()
        self.assertEqual(first.days, 4)
        register = (first | second)._prepare_register()
        tiles = {tile["label"]: tile["value"] for tile in register["sections"][0]["tiles"]}
        self.assertEqual(tiles["Complaints"], "2")
        self.assertEqual(tiles["Our fault"], "1 / 1")
        self.assertEqual(tiles["Client agreed"], "1 / 1")
        self.assertEqual(tiles["Days until closed"], "4.0")
        self.assertIn("120", tiles["Compensation"])
        rows = register["sections"][0]["tables"][0]["rows"]
        self.assertEqual(
            [row["label"] for row in rows], (first | second).ticket_id.mapped("number")
        )
        self.assertEqual((first | second)._spreadsheet()[:2], b"PK")
        html = self.env["ir.actions.report"]._render_qweb_html(
            "loyalty_service_sla.report_complaint_register", (first | second).ids
        )[0]
        self.assertIn("Filed again", html.decode())
        self.assertTrue(first.browse()._spreadsheet())

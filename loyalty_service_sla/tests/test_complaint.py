from datetime import datetime
from io import BytesIO
from unittest import skipIf

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, html2plaintext, mute_logger

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.loyalty_service.tests.common import NO_PDF, print_text

from .common import at, utc
from .complaint_common import ComplaintFixture

HOUR = 3600


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

    def test_who_investigates_handles_it(self):
        """Unless somebody else was named."""
        for named, by, handles in (
            (False, self.agent, self.agent),
            (self.leader, self.agent, self.leader),
        ):
            complaint = self.complain(user_id=named.id if named else False)
            with at("2026-03-06 18:00"):
                complaint.with_user(by).action_acknowledge()
                complaint.category_id = self.category
                complaint.with_user(by).action_investigate()
            self.assertEqual(complaint.user_id, handles)

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

    def test_what_the_register_has_counted_is_not_deleted(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        managed = ticket.with_user(self.leader)
        self.refused(managed.unlink, f"{ticket.number}.*stands in the complaint register")
        self.refused((managed | self.file("2026-03-06 17:00")).unlink, "is not deleted")
        managed.loyalty_ticket_type = "question"
        self.refused(managed.unlink, "is not deleted")
        managed.active = False
        self.assertTrue(complaint.exists())
        self.file("2026-03-06 17:00").with_user(self.leader).unlink()
        admin = new_test_user(
            self.env, "sla_erase", groups="base.group_system,helpdesk_mgmt.group_helpdesk_manager"
        )
        managed.with_user(admin).unlink()
        self.assertFalse(complaint.exists())

    def test_no_stage_closes_over_a_complaint(self):
        """What a stage means closes no complaint whose client has not answered."""
        complaint = self.complain()
        ticket = complaint.ticket_id
        stage = ticket.stage_id
        self.refused(lambda: stage.write({"closed": True}), f"Complaint {ticket.number} in the")
        ticket.active = False
        self.refused(lambda: stage.write({"closed": True}), "still open")
        ticket.write({"active": True, "loyalty_ticket_type": "question"})
        stage.closed = True
        self.assertTrue(ticket.closed)

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

    def test_another_company_learns_nothing_of_the_first_one(self):
        """Of what is taken away it is said what it was of, and not which."""
        complaint = self.complain(user_id=self.agent.id)
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.client_partner.id}
        )
        complaint.write({"move_id": invoice.id, "staff_id": self.agent.id})
        name = invoice.display_name
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        complaint.ticket_id.write({"company_id": other.id, "team_id": False, "user_id": False})
        self.assertFalse(complaint.move_id or complaint.staff_id)
        note = complaint.message_ids[0].body
        self.assertIn("Invoice", note)
        self.assertIn("Employee", note)
        for secret in (name, self.agent.name):
            self.assertNotIn(secret, note)

    def test_who_has_left_stays_whom_it_was_about(self):
        complaint = self.complain(user_id=self.agent.id)
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        gone = new_test_user(self.env, "sla_gone", groups="base.group_user")
        complaint.staff_id = gone
        gone.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        complaint.ticket_id.partner_id = self.env["res.partner"].create({"name": "Another Ltd"})
        self.assertEqual(complaint.staff_id, gone)
        self.assertNotIn("Removed", "".join(complaint.message_ids.mapped("body")))

    def test_another_client_takes_the_links_of_the_former_one_along(self):
        """The agent who corrects the client may not even read invoices."""
        complaint = self.complain(user_id=self.agent.id)
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.client_partner.id}
        )
        service = self.env["product.product"].create({"name": "Bookkeeping", "type": "service"})
        agreement = self.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.client_partner.id,
                "product_id": service.id,
                "date_start": "2026-01-01",
                "monthly_amount": 300,
            }
        )
        complaint.write(
            {"move_id": invoice.id, "agreement_id": agreement.id, "staff_id": self.agent.id}
        )
        colleague = self.env["res.partner"].create(
            {"name": "Li Lei", "parent_id": self.client_partner.id}
        )
        ticket = complaint.ticket_id.with_user(self.agent)
        with self.assertRaises(AccessError):
            invoice.with_user(self.agent).check_access("read")
        ticket.partner_id = colleague
        self.assertEqual((complaint.move_id, complaint.agreement_id), (invoice, agreement))
        before = complaint.message_ids
        stranger = self.env["res.partner"].create({"name": "Other", "is_company": True})
        ticket.partner_id = stranger
        self.assertEqual(complaint.partner_id, stranger)
        self.assertFalse(complaint.move_id or complaint.agreement_id)
        self.assertEqual(complaint.staff_id, self.agent, "who works for the firm stays")
        note = complaint.message_ids - before
        self.assertIn(agreement.display_name, note.body)
        self.assertTrue(note.is_internal or note.subtype_id.internal)

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

    def serious(self, **values):
        """Promise serious complaints a solution within 16 hours of work."""
        return self.Policy.create(
            {
                "name": "Serious",
                "sequence": 1,
                "calendar_id": self.calendar.id,
                "min_severity": "2",
                "resolution_hours": 16,
                "apply_tier_factor": False,
                **values,
            }
        )

    def promised(self, ticket):
        return self.clock(ticket).policy_id.name, self.clock(ticket).seconds // HOUR

    def test_what_is_serious_is_promised_sooner(self):
        """Assessed on Monday; what it has used is kept, and the log says why."""
        serious = self.serious()
        question = self.file("2026-03-02 09:00", priority="3")
        complaint = self.complain("2026-03-02 09:00")
        ticket = complaint.ticket_id
        self.assertEqual(self.promised(question), ("Standard", 24))
        self.assertEqual(self.promised(ticket), ("Complaints", 80))
        with at("2026-03-02 15:00"):
            complaint.with_user(self.agent).severity = "3"
            self.env.flush_all()
        self.assertEqual(self.promised(ticket), ("Serious", 16))
        # 5 of 16 h are used: 3 h are left of Monday, 8 h of Tuesday.
        self.assertEqual(self.clock(ticket).elapsed, 5 * HOUR)
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-03 18:00"))
        entry = ticket.loyalty_sla_entry_ids[-1:]
        self.assertEqual((entry.kind, entry.policy_id), ("promise", serious))
        self.assertIn("Severity: Moderate → Critical", entry.reason_text)
        with at("2026-03-02 16:00"):
            complaint.severity = "2"
            self.env.flush_all()
        self.assertEqual(ticket.loyalty_sla_entry_ids[-1:].kind, "change")
        with at("2026-03-02 17:00"):
            complaint.severity = "0"
            self.env.flush_all()
        self.assertEqual(self.promised(ticket), ("Complaints", 80))
        self.assertFalse(self.Clock._verify(ticket))

    def test_severity_says_nothing_of_what_is_no_complaint(self):
        self.serious(min_severity="0")
        complaint = self.complain("2026-03-02 09:00")
        self.assertEqual(self.promised(complaint.ticket_id), ("Serious", 16))
        complaint.severity = "3"
        with at("2026-03-02 10:00"):
            complaint.ticket_id.loyalty_ticket_type = "question"
            self.env.flush_all()
        self.assertEqual(self.promised(complaint.ticket_id), ("Standard", 24))
        entries = len(complaint.ticket_id.loyalty_sla_entry_ids)
        complaint.sudo().severity = "1"
        self.assertEqual(len(complaint.ticket_id.loyalty_sla_entry_ids), entries, "it is put away")

    def test_severity_of_many_is_read_at_once(self):
        self.serious()
        policies = self.Policy._get_effective(self.company)
        counts = []
        for number in (2, 2, 12):
            tickets = self.Ticket.union(
                *(self.complain("2026-03-02 09:00").ticket_id for _ in range(number))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Policy._match(tickets, policies)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_severity_in_the_preview(self):
        complaints = self.complain("2026-03-02 09:00") | self.complain("2026-03-02 09:00")
        complaints[0].severity = "2"
        self.env.flush_all()
        with at("2026-03-02 10:00"):
            policy = self.serious()
            self.assertEqual(policy.preview_ticket_ids, complaints[0].ticket_id)

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

    def test_the_history_speaks_to_who_handles_it(self):
        """The client answers in Chinese; the agent reads English, as does the firm."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.company.partner_id.lang = "zh_CN"
        complaint = self.complain()
        self.propose(complaint)
        for user, told in ((self.agent, "Client's answer: "), (self.env["res.users"], "客户")):
            user.lang = "en_US"
            complaint.ticket_id.user_id = user
            complaint.with_context(lang="zh_CN" if user else "en_US")._note_answer("disagreed")
            body = complaint.message_ids[0].body
            self.assertEqual("Client's answer" in body, bool(user))
            self.assertIn(told, body.replace("&#39;", "'"))

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

    def test_the_acknowledgement_says_what_happens_now(self):
        """Clause 7.4 of ISO 10002: arrived, by when, how it goes on, who sees to it."""
        complaint = self.complain()
        with at("2026-03-06 17:30"):
            complaint.action_acknowledge()
        told = html2plaintext(complaint.ticket_id.message_ids[0].body)
        # Ten days of eight hours from Friday 17:00: Friday 1 h, nine days, 7 h on 20 March.
        for words in (complaint.ticket_id.number, "03/20/2026", "whether you agree", "sla_agent"):
            self.assertIn(words, told)
        complaint.ticket_id.user_id = False
        self.assertNotIn("looks after it", complaint._get_acknowledgement())

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
            self.approve(complaint)
        complaint.with_user(self.leader).action_refuse_compensation()
        self.refused(complaint.action_propose, "was refused")
        complaint.compensation_amount = 50
        self.approve(complaint.with_user(self.leader))
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
        self.approve(complaint.with_user(self.leader))
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
        both = first | second
        register = both._prepare_register()
        tiles = {tile["label"]: tile["value"] for tile in register["sections"][0]["tiles"]}
        self.assertEqual(tiles["Complaints"], "2")
        self.assertEqual(tiles["Our fault"], "1 / 1")
        self.assertEqual(tiles["Client agreed"], "1 / 1")
        self.assertEqual(tiles["Days until closed"], "4.0")
        self.assertIn("120", tiles["Compensation"])
        rows = register["sections"][1]["tables"][0]["rows"]
        self.assertEqual([row["label"] for row in rows], both.ticket_id.mapped("number"))
        html = self.env["ir.actions.report"]._render_qweb_html(
            "loyalty_service_sla.report_complaint_register", both.ids
        )[0]
        self.assertIn("Filed again", html.decode())
        self.assertTrue(first.browse()._spreadsheet())

        book = load_workbook(BytesIO(both._spreadsheet()))
        self.assertEqual(book.sheetnames, ["Summary", "Complaints"])
        summary = {row[0]: row[1:5] for row in book["Summary"].iter_rows(values_only=True)}
        # Complaints, open, our fault, days until closed: the one that is open has no days yet.
        self.assertEqual(summary[self.category.name], (1, 0, 1, 4))
        self.assertEqual(summary["No category yet"], (1, 1, 0, "-"))
        self.assertEqual(summary["Total"], (2, 1, 1, 4))
        lines = list(book["Complaints"].iter_rows(values_only=True))
        [place] = [number for number, line in enumerate(lines) if "Subject" in line]
        head, *rows, total = lines[place : place + 4]
        line, other = (dict(zip(head, row, strict=True)) for row in rows)
        self.assertEqual(line["Received"], datetime(2026, 3, 6), "a day, not a text")
        self.assertEqual(line["Closed On"], datetime(2026, 3, 10))
        self.assertEqual((line["Compensation"], line["Reopened"]), (120, 0))
        self.assertEqual((line["Solution"], line["Client's Answer"]), ("Filed again", "Agreed"))
        self.assertEqual(line["Client"], self.client_partner.name)
        self.assertIsNone(other["Closed On"])
        self.assertEqual(total[0], "Total: 2")
        sums = dict(zip(head, total, strict=True))
        self.assertEqual((sums["Compensation"], sums["Reopened"], sums["Received"]), (120, 0, None))

    @skipIf(NO_PDF, "wkhtmltopdf is not installed")
    def test_the_register_on_paper(self):
        complaint = self.complain()
        self.propose(complaint, compensation_amount=120, compensation_text="A month free")
        text = print_text("loyalty_service_sla.report_complaint_register", complaint, self.leader)
        for told in (
            "Complaint Register",
            complaint.ticket_id.number,
            self.client_partner.name,
            self.category.name,
            "Filed again",
            "120.00",
            "Total: 1",
        ):
            self.assertIn(told, text)
        self.assertNotIn("Nobody looked", text, "what the investigation found is not in it")

    # ------------------------------------------------------------------
    # Four eyes
    # ------------------------------------------------------------------

    def ask_for(self, user, amount=100):
        complaint = self.complain().with_user(user)
        complaint.compensation_amount = amount
        return complaint

    def only(self, *users):
        """Let nobody but these be managers of the company."""
        managers = self.env["res.users"]._loyalty_sla_get_managers(self.company)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        (managers - self.env["res.users"].union(*users)).write(
            {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
        )

    def test_who_asks_does_not_approve(self):
        second = new_test_user(self.env, "second", groups="helpdesk_mgmt.group_helpdesk_manager")
        complaint = self.ask_for(self.leader)
        self.assertEqual(complaint.compensation_requester_id, self.leader)
        self.assertEqual(complaint.compensation_role, "wait")
        self.assertEqual(complaint.with_user(self.agent).compensation_role, "none")
        self.refused(lambda: self.approve(complaint), "asked for this compensation yourself")
        complaint.compensation_reason = "I am in a hurry"
        self.refused(lambda: self.approve(complaint), "asked for this compensation yourself")
        other = complaint.with_user(second)
        self.assertEqual(other.compensation_role, "decide")
        self.approve(other)
        self.assertEqual(
            (complaint.compensation_state, complaint.compensation_user_id), ("approved", second)
        )
        # Who changes what was approved has asked for something else.
        other.compensation_amount = 500
        self.refused(lambda: self.approve(other), "asked for this compensation yourself")
        self.approve(complaint)
        self.assertEqual(complaint.compensation_user_id, self.leader)

    def test_what_was_not_seen_is_not_approved(self):
        """The amount grows after the manager has opened the page."""
        complaint = self.ask_for(self.agent, 100)
        seen = complaint.with_user(self.leader).with_context(
            loyalty_seen_compensation=[100.0, complaint.compensation_text]
        )
        complaint.compensation_amount = 10_000
        self.refused(seen.action_approve_compensation, "changed while you looked")
        complaint.compensation_amount = 100
        complaint.compensation_text = "And a year for free"
        self.refused(seen.action_approve_compensation, "changed while you looked")
        seen.with_context(
            loyalty_seen_compensation=[100.0, "And a year for free"]
        ).action_approve_compensation()
        self.assertEqual(complaint.compensation_state, "approved")
        complaint.compensation_amount = 50
        unseen = complaint.with_user(self.leader)
        self.refused(unseen.action_approve_compensation, "that you see")
        for value in (False, [], [50.0], "50", [None, None], {"amount": 50.0}):
            blind = unseen.with_context(loyalty_seen_compensation=value)
            self.refused(blind.action_approve_compensation, "that you see")
        self.assertEqual(complaint.compensation_state, "requested")
        arch = self.env["loyalty.service.complaint"].get_view(view_type="form")["arch"]
        self.assertIn("'loyalty_seen_compensation'", arch, "the button sends it")

    def test_taking_back_ones_own_wish_needs_nobody(self):
        complaint = self.ask_for(self.leader)
        complaint.action_refuse_compensation()
        self.assertEqual(complaint.compensation_state, "refused")

    def test_the_only_manager_says_why(self):
        self.only(self.leader)
        complaint = self.ask_for(self.leader)
        self.assertEqual(complaint.compensation_role, "alone")
        self.refused(lambda: self.approve(complaint), "no other manager")
        complaint.compensation_reason = "I am the only one here"
        self.approve(complaint)
        self.assertEqual(complaint.compensation_state, "approved")
        complaint.compensation_amount = 200
        self.assertFalse(complaint.compensation_reason, "a reason is for one decision")
        self.refused(lambda: self.approve(complaint), "no other manager")

    def test_managers_of_other_companies_do_not_count(self):
        other = new_test_user(self.env, "abroad", groups="helpdesk_mgmt.group_helpdesk_manager")
        self.assertEqual(self.ask_for(self.leader).compensation_role, "wait")
        self.only(self.leader)
        self.assertNotIn(self.company, other.company_ids)
        self.assertEqual(self.ask_for(self.leader).compensation_role, "alone")

    def test_who_decides_is_told(self):
        self.only(self.leader)
        complaint = self.ask_for(self.agent, 120)
        self.assertEqual(complaint.activity_ids.user_id, self.leader)
        self.assertIn("120", complaint.activity_ids.summary)
        complaint.compensation_amount = 150
        self.assertEqual(len(complaint.activity_ids), 1, "the wish of now")
        self.approve(complaint.with_user(self.leader))
        self.assertFalse(complaint.activity_ids)
        complaint.compensation_amount = 0
        self.assertFalse(complaint.activity_ids)

    # ------------------------------------------------------------------
    # The client's side
    # ------------------------------------------------------------------

    def test_the_link_is_in_the_mail_only(self):
        """Whoever reads the history could answer for the client by it."""
        self.contact.lang = "en_US"
        complaint = self.complain()
        self.propose(complaint)
        mail = self.env["mail.mail"].search(
            [("subject", "like", f"{complaint.ticket_id.number}: is it")], limit=1
        )
        lang = self.env["res.lang"]._get_data(code=self.contact.lang)
        self.assertIn(f"/{lang.url_code}/complaint/", mail.body_html, "in the client's language")
        self.assertIn("Filed again", mail.mail_message_id.body)
        self.assertNotIn("/complaint/", mail.mail_message_id.body)
        self.assertIn(f"/my/ticket/{complaint.ticket_id.id}", mail.mail_message_id.body)

    def test_what_is_looked_into_is_not_new(self):
        complaint = self.complain()
        ticket = complaint.ticket_id
        self.assertTrue(ticket.stage_id.unattended)
        self.propose(complaint)
        self.assertFalse(ticket.stage_id.unattended or ticket.stage_id.closed)
        self.assertFalse(self.Clock._verify(ticket))

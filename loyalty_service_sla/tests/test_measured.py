"""What the system measures of tickets is not written by those whom it measures."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.helpdesk_ticket_measured import MEASURED
from .common import SlaCommon, at, utc

FORGED = {
    "loyalty_sla_deadline": False,
    "loyalty_sla_state": "met",
    "loyalty_breach_probability": 0.9,
    "closed_date": "2020-01-01 00:00:00",
    "loyalty_asked_date": "2099-01-01 00:00:00",
    "loyalty_confirmation": "confirmed",
    "loyalty_confirmation_date": "2026-03-03 10:00:00",
    "loyalty_rating": "5",
    "loyalty_emergency_date": "2020-01-01 00:00:00",
    "loyalty_emergency_reason": "None",
}


@tagged("post_install", "-at_install")
class TestMeasured(SlaCommon):
    def late(self):
        ticket = self.file("2026-03-02 09:00")
        with at("2026-03-20 10:00"):
            ticket.loyalty_sla_clock_ids._sweep(utc("2026-03-20 10:00"))
            self.env.flush_all()
        return ticket

    def test_nobody_writes_it(self):
        ticket = self.late()
        forged = {**FORGED, "loyalty_emergency_user_id": self.agent.id}
        self.assertEqual(set(forged), MEASURED)
        for user in (self.agent, self.leader):
            for name, value in forged.items():
                with self.assertRaisesRegex(AccessError, "measured"):
                    ticket.with_user(user).write({name: value})
        self.assertEqual(ticket.loyalty_sla_state, "breached")
        self.assertFalse(ticket.loyalty_rating)

    def test_nobody_files_it(self):
        Ticket = self.Ticket.with_user(self.agent)
        values = {"name": "VAT", "description": "x", "team_id": self.team.id}
        for name, value in FORGED.items():
            with self.assertRaisesRegex(AccessError, "measured"):
                Ticket.create({**values, name: value})
        # Neither a context nor a default of one's own.
        self.env["ir.default"].with_user(self.agent).set(
            "helpdesk.ticket", "loyalty_confirmation", "confirmed", user_id=True
        )
        proposed = {f"default_{name}": value for name, value in FORGED.items()}
        ticket = Ticket.with_context(**proposed).create(values)
        self.assertFalse(ticket.loyalty_rating)
        self.assertFalse(ticket.loyalty_confirmation)
        self.assertFalse(ticket.sudo().loyalty_emergency_date)
        self.assertEqual(ticket.sudo().loyalty_sla_state, "running")

    def test_who_closes_does_not_choose_who_may_rate(self):
        """helpdesk_mgmt notes when it was closed, whoever closes it; nobody moves that day."""
        tickets = self.file("2026-03-02 09:00") | self.file("2026-03-02 09:00")
        values = {"stage_id": self.stage_done.id}
        with at("2026-03-02 12:00"):
            for ticket in tickets.with_user(self.agent):
                # The same values for one after the other.
                ticket.write(values)
            self.env.flush_all()
            self.assertEqual(values, {"stage_id": self.stage_done.id})
            self.assertEqual(set(tickets.mapped("closed_date")), {utc("2026-03-02 12:00")})
            ticket = tickets[0]
            for name, value in (
                ("closed_date", "2020-01-01"),
                ("loyalty_asked_date", "2099-01-01"),
            ):
                for also in ({}, values):
                    with self.assertRaisesRegex(AccessError, "measured"):
                        ticket.with_user(self.agent).write({name: value, **also})
            self.assertTrue(ticket._loyalty_can_confirm())
            self.assertTrue(ticket._loyalty_get_reopen_until())
            ticket.with_user(self.agent).copy()

    def test_a_manager_imports_history(self):
        row = ["Old one", "x", self.team.name, self.stage_done.name, "2020-01-01 00:00:00"]
        names = ["name", "description", "team_id", "stage_id", "closed_date"]
        for user, loaded in ((self.agent, False), (self.leader, True)):
            result = self.Ticket.with_user(user).load(names, [row])
            self.assertEqual(bool(result["ids"]), loaded, result["messages"])
        ticket = self.Ticket.browse(result["ids"])
        self.assertEqual(str(ticket.closed_date), "2020-01-01 00:00:00")
        with self.assertRaisesRegex(AccessError, "measured"):
            ticket.with_user(self.leader).closed_date = "2026-01-01 00:00:00"

    def test_verify_finds_what_the_database_was_told(self):
        """Past all rights, on the connection: found, and mended."""
        ticket = self.late()
        right = ticket.loyalty_sla_state, ticket.loyalty_sla_deadline
        self.assertEqual(right, ("breached", utc("2026-03-02 14:00")))
        ticket.write({"loyalty_sla_state": "met", "loyalty_sla_deadline": False})
        self.env.flush_all()
        with at("2026-03-20 10:00"):
            found = self.Clock._verify(ticket)
            self.assertEqual(
                {one.field for one in found}, {"loyalty_sla_state", "loyalty_sla_deadline"}
            )
            dialog = self.env["loyalty.service.sla.verify"].with_user(self.leader)
            dialog = dialog.create({"ticket_ids": [(6, 0, ticket.ids)]})
            self.assertIn("SLA Deadline", dialog.result)
            dialog.action_correct()
            self.assertEqual(dialog.difference_count, 0)
        self.assertEqual((ticket.loyalty_sla_state, ticket.loyalty_sla_deadline), right)

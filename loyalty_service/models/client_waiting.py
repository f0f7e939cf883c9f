from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date

from .account_move_settlement import SALES

SHOWN = 5


class Pending(NamedTuple):
    """Points that wait for the payment of an invoice.

    :ivar invoice: number of the invoice
    :ivar points: what it brings if it is paid today
    :ivar due: last day on which it is paid on time, None for an invoice without one
    :ivar late: whether that day has passed
    :ivar invoice_id: of the invoice
    """

    invoice: str
    points: int
    due: date | None
    late: bool
    invoice_id: int


class Client(models.Model):
    """Points that clients will have once they pay: counted, and not booked.

    An invoice that is posted and not settled brings what its payment would bring today, by the
    same rules and caps: on time until it is due, late from then on; without what was credited.
    One that was paid before brings again what it brought then, as its payment does.
    Nothing is kept of it, so nothing has to be undone. A credit note or a cancellation makes
    the invoice disappear from here; the payment makes points of it.
    """

    _inherit = "loyalty.service.client"

    pending_points = fields.Float(
        compute="_compute_pending", help="Points that wait for the payment of invoices."
    )
    pending_text = fields.Text(compute="_compute_pending", string="Waiting for Payment")

    @api.depends("card_id.service_move_ids", "tier_id")
    @api.depends_context("lang")
    def _compute_pending(self):
        pending = self._pending()
        for client in self:
            waiting = pending[client]
            client.pending_points = sum(one.points for one in waiting)
            lines = [client._pending_line(one) for one in waiting[:SHOWN]]
            if len(waiting) > SHOWN:
                more = sum(one.points for one in waiting[SHOWN:])
                lines.append(
                    self.env._(
                        "%(points)s points waiting for %(number)s other invoices",
                        points=client._number(more),
                        number=len(waiting) - SHOWN,
                    )
                )
            client.pending_text = "\n".join(lines) or False

    def _pending_line(self, one):
        """Say what waits for what."""
        told = {"points": self._number(one.points), "invoice": one.invoice}
        if not one.due:
            return self.env._("%(points)s points waiting for the payment of %(invoice)s", **told)
        told["date"] = format_date(self.env, one.due)
        if one.late:
            return self.env._(
                "%(points)s points waiting for the payment of %(invoice)s, due since %(date)s",
                **told,
            )
        return self.env._(
            "%(points)s points waiting for the payment of %(invoice)s until %(date)s", **told
        )

    def _pending_due_text(self, one):
        """Say until when an invoice is paid on time."""
        if not one.due:
            return self.env._("when it is paid")
        day = format_date(self.env, one.due)
        if one.late:
            return self.env._("due since %s", day)
        return self.env._("paid on time until %s", day)

    def _pending(self):
        """Return ``{client: [Pending]}``, the first due first.

        The same few statements for any number of clients of a company.
        """
        result = {client: [] for client in self}
        for company, clients in self.grouped("company_id").items():
            by_partner = clients.grouped("partner_id")
            for partner, waiting in clients._pending_in(company).items():
                for client in by_partner.get(partner, ()):
                    result[client] = waiting
        return result

    def _pending_in(self, company):
        # sudo: who may see a client's points need not be allowed to read its invoices; of
        # these clients' invoices in this company, number, due day and points are told.
        invoices_sudo = self.env["account.move"].sudo().search(self._pending_domain(company))
        # sudo: points follow from the rules of the programme, whoever looks at them.
        Program_sudo = self.env["loyalty.program"].sudo()
        program_sudo = Program_sudo._get_service_program(company).sudo()
        rules_sudo = program_sudo.earning_rule_ids.filtered(
            lambda rule: rule.active and rule.event_type_id.kind == "payment"
        )
        if not invoices_sudo:
            return {}
        events = invoices_sudo._loyalty_pending_events(company)
        result, points = {}, {}
        for award in rules_sudo._foreseen(
            self.env["loyalty.service.event"].sudo().concat(*events), self._multipliers()
        ):
            # What was earned in another programme goes back to the account of that one.
            if rules_sudo.browse(award.rule_id).program_id == program_sudo:
                points[award.date] = points.get(award.date, 0) + award.points
        for event, invoice_sudo in events.items():
            if points.get(event.date):
                due = invoice_sudo.invoice_date_due or None
                one = Pending(
                    invoice_sudo.name,
                    points[event.date],
                    due,
                    event.type_id.signal == "paid_late",
                    invoice_sudo.id,
                )
                result.setdefault(event.partner_id.with_env(self.env), []).append(one)
        return result

    def _pending_domain(self, company):
        """Return the domain of the invoices of the clients in ``self`` that wait for payment."""
        return [
            ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
            ("company_id", "=", company.id),
            ("move_type", "in", SALES),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
        ]

    def action_view_pending(self):
        """Open the invoices whose payment brings points."""
        self.ensure_one()
        ids = [one.invoice_id for one in self._pending()[self]]
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "list,kanban,form",
            "domain": [("id", "in", ids)],
            "context": {"create": False},
            "name": self.env._("Waiting for Payment"),
        }

    def _prepare_portal_values(self):
        return {**super()._prepare_portal_values(), "pending": self._pending()[self]}

    def _prepare_statement_values(self):
        return {**super()._prepare_statement_values(), "pending": self._pending()[self]}

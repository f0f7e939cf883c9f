from datetime import timedelta

from odoo import models

from .account_move import PAID_CODES


class AccountMove(models.Model):
    _inherit = "account.move"

    def _loyalty_pending_events(self, company):
        """Return what would be recorded if the invoices in ``self`` were paid today.

        An invoice that was paid before and is not any more would be recorded again.

        :return: ``{event that is not stored: invoice}``, the first due first. Their moments
            differ, so that they are counted one after the other.
        """
        Event = self.env["loyalty.service.event"]
        type_by_code = {
            code: self.env["loyalty.service.event.type"]._by_code(code) for code in PAID_CODES
        }
        today = company._loyalty_day()
        moment = company._loyalty_happened(today)
        # sudo: as where the payment is recorded, whoever looks at what it would bring.
        recorded = Event.sudo()._recorded_of(self, [kind.id for kind in type_by_code.values()])
        settlements = self._loyalty_settlements()
        events = {}
        for invoice in self.sorted(lambda move: (move.invoice_date_due or today, move.id)):
            amount = settlements[invoice.id].amount
            if company.currency_id.compare_amounts(amount, 0.0) <= 0:
                continue
            late = max((today - (invoice.invoice_date_due or today)).days, 0)
            late = max(late, settlements[invoice.id].days_late)
            code = "invoice_paid_late" if late else "invoice_paid_on_time"
            past = recorded.get(invoice.id, Event)
            client = past._client_of(invoice.partner_id, invoice.partner_id.id)
            event = Event.new(
                {
                    "type_id": type_by_code[code].id,
                    "kind": type_by_code[code].kind,
                    "signal": type_by_code[code].signal,
                    "partner_id": client.id,
                    "contact_id": invoice.partner_id.id,
                    "company_id": company.id,
                    "user_id": invoice.invoice_user_id.id,
                    "channel": type_by_code[code].channel,
                    "lineage_id": past._first_of(client),
                    "date": moment + timedelta(seconds=len(events)),
                    "amount": amount,
                    "value": late,
                    "summary": invoice.name,
                }
            )
            events[event] = invoice
        return events

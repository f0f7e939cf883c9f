from collections import Counter

from odoo import models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class HelpdeskTicket(models.Model):
    """Tickets as events in the ledger of the client."""

    _inherit = "helpdesk.ticket"

    def unlink(self):
        # sudo: who deletes tickets need not be in the loyalty group; only events of these very
        # tickets are undone.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        return super().unlink()

    def _prepare_loyalty_event_values(self, code, suffix="", again=0, **values):
        """Return the dict with which the ledger records what happened to the ticket.

        The client is part of the origin: a ticket that was filed for the wrong one is recorded
        anew for the right one.

        :param int again: how often the ticket has changed its client
        """
        self.ensure_one()
        parts = [self.commercial_partner_id.id, again and f"again{again}", suffix]
        return self.env["loyalty.service.event"]._prepare_record_values(
            code,
            self,
            self.partner_id,
            suffix="-".join(str(part) for part in parts if part),
            company_id=self.company_id.id,
            channel=self.channel_id.loyalty_channel or False,
            summary=self.display_name,
            **values,
        )

    def _loyalty_record_breaches(self, misses, again=0):
        """Record that promises to the tickets in ``self`` were broken.

        :param list misses: of :class:`~.clock_breach.Miss`
        """
        # sudo: who works on tickets need not be in the loyalty group; see also the ledger.
        self.env["loyalty.service.event"].sudo().create(
            [
                miss.clock.ticket_id._prepare_loyalty_event_values(
                    "sla_breached",
                    miss.key,
                    again,
                    date=miss.date,
                    user_id=miss.clock.ticket_id.user_id.id,
                )
                for miss in misses
                if miss.clock.ticket_id.partner_id
            ]
        )

    def _loyalty_undo_breaches(self, misses):
        """Take back breaches that by a correction were none."""
        wrong = {(miss.clock.ticket_id.id, miss.key) for miss in misses}
        if not wrong:
            return
        known_sudo = self._get_loyalty_events().filtered(
            lambda event: event.type_id.code == "sla_breached" and not event.is_reversed
        )
        wrong_sudo = known_sudo.filtered(
            lambda event: (event.res_id, event.origin.rsplit("-", 1)[-1]) in wrong
        )
        wrong_sudo._reverse(_lt("By a correction it was in time"))

    def _get_loyalty_events(self):
        """Return all events of the tickets in ``self`` but reversals, as superuser."""
        # sudo: who works on tickets need not be in the loyalty group.
        return (
            self.env["loyalty.service.event"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("reversal_of_id", "=", False),
                ]
            )
        )

    def _loyalty_sync_events(self):
        """Record what happened to tickets whose client is known only now, or is another one."""
        # sudo: see _get_loyalty_events; only events of the tickets in self are touched.
        tickets_sudo = self.sudo()
        events_sudo = tickets_sudo._get_loyalty_events()
        standing = events_sudo.filtered(lambda event: not event.is_reversed)
        right = standing.filtered(
            lambda event: (
                event.partner_id == tickets_sudo.browse(event.res_id).commercial_partner_id
            )
        )
        (standing - right)._reverse(_lt("The ticket belongs to another client"))
        told = set(right.mapped("res_id"))
        opened = Counter(
            events_sudo.filtered(lambda event: event.type_id.code == "ticket_opened").mapped(
                "res_id"
            )
        )
        untold = tickets_sudo.filtered(lambda ticket: ticket.id not in told)
        for again, tickets in untold.grouped(lambda ticket: opened[ticket.id]).items():
            tickets.loyalty_sla_entry_ids.sorted()._get_standing()._record_events(again)
            tickets._loyalty_record_breaches(
                self.env["loyalty.service.sla.outcome"].sudo()._get_misses(tickets), again
            )

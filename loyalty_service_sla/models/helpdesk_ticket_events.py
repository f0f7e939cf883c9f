from odoo import models


class HelpdeskTicket(models.Model):
    """Tickets as events in the ledger of the client."""

    _inherit = "helpdesk.ticket"

    def _prepare_loyalty_event_values(self, code, suffix="", **values):
        """Return the dict with which the ledger records what happened to the ticket.

        The client is part of the origin: a ticket that was filed for the wrong one is recorded
        anew for the right one.
        """
        self.ensure_one()
        return self.env["loyalty.service.event"]._prepare_record_values(
            code,
            self,
            self.partner_id,
            suffix="-".join(filter(None, [str(self.commercial_partner_id.id), str(suffix)])),
            company_id=self.company_id.id,
            channel=self.channel_id.loyalty_channel or False,
            summary=self.display_name,
            **values,
        )

    def _loyalty_record_breaches(self, clocks):
        """Record that ``clocks`` of the tickets in ``self`` ran out."""
        # sudo: who works on tickets need not be in the loyalty group; see also the ledger.
        self.env["loyalty.service.event"].sudo().create(
            [
                clock.ticket_id._prepare_loyalty_event_values(
                    "sla_breached",
                    clock.target,
                    date=clock.breach_date,
                    user_id=clock.ticket_id.user_id.id,
                )
                for clock in clocks
                if clock.ticket_id.partner_id
            ]
        )

    def _loyalty_undo_breaches(self, clocks):
        """Take back the breaches of ``clocks``, which by the corrected calendar were none."""
        known_sudo = self._get_loyalty_events().filtered(
            lambda event: event.type_id.code == "sla_breached"
        )
        wrong = {(clock.ticket_id.id, clock.target) for clock in clocks}
        known_sudo.filtered(
            lambda event: (event.res_id, event.origin.rsplit("-", 1)[-1]) in wrong
        )._reverse(self.env._("The working hours were corrected"))

    def _get_loyalty_events(self):
        """Return the standing events of the tickets in ``self``, as superuser."""
        # sudo: who works on tickets need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        return Event_sudo.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                *Event_sudo._domain_standing(),
            ]
        )

    def _loyalty_sync_events(self):
        """Record what happened to tickets whose client is known only now, or is another one."""
        # sudo: see _get_loyalty_events; only events of the tickets in self are touched.
        tickets_sudo = self.sudo()
        tickets_sudo._get_loyalty_events().filtered(
            lambda event: (
                event.partner_id != tickets_sudo.browse(event.res_id).commercial_partner_id
            )
        )._reverse(self.env._("The ticket belongs to another client"))
        tickets_sudo.loyalty_sla_entry_ids.sorted()._record_events()
        tickets_sudo._loyalty_record_breaches(
            tickets_sudo.loyalty_sla_clock_ids.filtered("breached")
        )

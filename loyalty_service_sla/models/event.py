from odoo import models

from ..ticket_types import COMPLAINT


class Event(models.Model):
    _inherit = "loyalty.service.event"

    def _get_asked_dates(self):
        """The mail after closing asks whether it is solved, and how satisfied its client is.

        Who has agreed to the solution of its complaint was asked both with it.
        """
        closings = self.filtered(
            lambda event: (
                event.type_id.code == "ticket_closed" and event.res_model == "helpdesk.ticket"
            )
        )
        # sudo: who plans surveys need not see tickets; only when these were asked about is read.
        tickets_sudo = self.env["helpdesk.ticket"].sudo().browse(closings.mapped("res_id"))
        tickets_sudo = tickets_sudo.exists()
        dates = {ticket.id: ticket.loyalty_asked_date for ticket in tickets_sudo}
        complaints_sudo = tickets_sudo.filtered(lambda one: one.loyalty_ticket_type == COMPLAINT)
        agreed = {ticket.id for ticket in complaints_sudo if ticket._loyalty_has_agreed()}
        return {
            **super()._get_asked_dates(),
            **{
                event: dates[event.res_id]
                for event in closings
                # Of a closing before this one it says nothing.
                if dates.get(event.res_id) and dates[event.res_id] >= event.date
            },
            **{event: event.date for event in closings if event.res_id in agreed},
        }

from odoo import api, models

#: Name of the channel, and of what is sent there.
LIVE = "loyalty_sla_timers"

#: From so many tickets on a screen is not told which: it asks for all that it shows.
TOLD = 200

_MOVED = "loyalty_sla.moved"


class HelpdeskTicket(models.Model):
    """Screens that stay open learn that clocks have moved, and ask how they stand."""

    _inherit = "helpdesk.ticket"

    @api.model
    @api.readonly
    def get_loyalty_sla_timers(self, ticket_ids):
        """Return ``{id: loyalty_sla_timers}`` of those tickets that the user may read.

        Called by the screens, once for all the timers that they show.
        """
        tickets = self.with_context(active_test=False).search([("id", "in", ticket_ids)])
        # By read: it refuses whoever may not see timers at all.
        return {row["id"]: row["loyalty_sla_timers"] for row in tickets.read([LIVE])}

    @api.model
    def _loyalty_sla_note_moved(self, ids):
        """Have the screens told, before the transaction ends, that clocks of ``ids`` moved."""
        precommit = self.env.cr.precommit
        if _MOVED not in precommit.data:
            precommit.data[_MOVED] = set()
            precommit.add(self.env["helpdesk.ticket"]._loyalty_sla_send_moved)
        precommit.data[_MOVED].update(ids)

    @api.model
    def _loyalty_sla_send_moved(self):
        """Tell the screens, once for each company whatever has been done to however many.

        Numbers of tickets are all that is told; what a screen then asks for it is given as far
        as its user may read it. Who is told at all says ``ir.websocket``.
        """
        ids = self.env.cr.precommit.data.pop(_MOVED, ())
        # sudo: whoever moved the tickets need not see them any more; only whose they are is read.
        tickets_sudo = self.sudo().with_context(active_test=False)
        groups = tickets_sudo._read_group(
            [("id", "in", list(ids))], ["company_id"], ["id:array_agg"]
        )
        for company, moved in groups:
            message = {"tickets": sorted(moved) if len(moved) <= TOLD else False}
            # A channel that nobody can ask for by its name.
            self.env["bus.bus"]._sendone((company, LIVE), LIVE, message)

from odoo import models

from ..engine import clock as engine

#: Changes that the log shows, whether they change what is promised or not.
SHOWN = {
    "team_id",
    "user_id",
    "category_id",
    "priority",
    "tag_ids",
    "channel_id",
    "partner_id",
    "loyalty_ticket_type",
}


class HelpdeskTicket(models.Model):
    """What is promised anew when a ticket becomes another one than it was."""

    _inherit = "helpdesk.ticket"

    def _loyalty_sla_get_shown(self, names):
        """Return ``{ticket: {field: value}}`` of those fields in ``names`` that the log shows."""
        names = SHOWN.intersection(names)
        # sudo: whoever writes on these tickets; what changes goes into their log, which only
        # the service desk reads.
        return (
            {
                ticket: {name: ticket._loyalty_sla_get_value(name) for name in names}
                for ticket in self.sudo()
            }
            if names
            else {}
        )

    def _loyalty_sla_get_value(self, name):
        """Return the value of a field as the log keeps it: the key of a selection, or names."""
        value = self[name]
        if not self._fields[name].relational:
            return value or False
        return ", ".join(value.mapped("display_name")) or False

    def _loyalty_sla_get_changes(self, before):
        """Return ``{ticket: [[field, before, after], ...]}`` for what is another value now."""
        changes = {}
        for ticket, values in before.items():
            lines = [
                [name, value, ticket._loyalty_sla_get_value(name)]
                for name, value in sorted(values.items())
            ]
            changes[ticket] = [line for line in lines if line[1] != line[2]]
        return changes

    def _loyalty_sla_renew_promise(self, changes=None):
        """Promise anew to open tickets where another policy or tier applies now.

        :param dict changes: ``{ticket: [[field, before, after], ...]}`` to be shown in the log
        """
        # sudo: see _loyalty_sla_note_message; only the tickets in self are touched.
        tickets_sudo = self.sudo().filtered(
            lambda ticket: ticket._loyalty_sla_get_phase() != "closed"
        )
        if not tickets_sudo:
            return
        in_force = self.env["loyalty.service.sla.entry"].sudo()._get_in_force(tickets_sudo)
        promises = (
            self.env["loyalty.service.sla.policy"].sudo()._get_promises(tickets_sudo, in_force)
        )
        rows = {}
        for ticket, promise in promises.items():
            lines = (changes or {}).get(ticket, [])
            known = in_force.get(ticket)
            if ticket._loyalty_sla_is_other(promise, known):
                lines = lines + known._compare_terms(promise["terms"]) if known else lines
                rows[ticket] = [{"kind": engine.PROMISE, "changes": lines or False, **promise}]
            elif lines:
                rows[ticket] = [{"kind": engine.CHANGE, "changes": lines}]
        tickets_sudo._loyalty_sla_append(rows)

    def _loyalty_sla_is_other(self, promise, known):
        """Tell whether ``promise`` is another one than the entry ``known`` has."""
        if not known or not (known.promise or promise["promise"]):
            return bool(promise["promise"])
        return (promise["policy_id"], promise["calendar_id"], promise["promise"]) != (
            *(known.policy_id.id, known.calendar_id.id, known.promise or {}),
        )

from datetime import timedelta

from odoo import api, fields, models

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

#: In a transaction: the tickets that were promised something else, and when the last one was.
RENEWED = "loyalty_sla.renewed"

#: What belongs to one change follows that soon.
AT_ONCE = timedelta(minutes=1)


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
        # sudo: see _loyalty_sla_note_messages; only the tickets in self are touched.
        tickets_sudo = self.sudo().filtered(
            lambda ticket: ticket._loyalty_sla_get_phase() != "closed"
        )
        if not tickets_sudo:
            return
        in_force = self.env["loyalty.service.sla.entry"].sudo()._get_in_force(tickets_sudo)
        promises = (
            self.env["loyalty.service.sla.policy"]
            .sudo()
            ._get_promises(
                tickets_sudo,
                in_force,
                {
                    ticket: {line[0] for line in changes.get(ticket, ())} if changes else {"tier"}
                    for ticket in tickets_sudo
                },
            )
        )
        rows, renewed = {}, {}
        for ticket, promise in promises.items():
            lines = (changes or {}).get(ticket, [])
            known = in_force.get(ticket)
            if ticket._loyalty_sla_is_other(promise, known):
                lines = lines + known._compare_promise(promise) if known else lines
                renewed[ticket] = [{"kind": engine.PROMISE, "changes": lines or False, **promise}]
            elif lines:
                rows[ticket] = [{"kind": engine.CHANGE, "changes": lines}]
        tickets_sudo._loyalty_sla_append(rows)
        if not renewed:
            return
        before_sudo = tickets_sudo._loyalty_sla_note_renewed(renewed)
        if len(before_sudo.union(*renewed)) == 1:
            tickets_sudo._loyalty_sla_append(renewed)
            return
        held_sudo = tickets_sudo._loyalty_sla_promise_held(renewed)
        if len(before_sudo) == 1:
            # It was taken for the only one.
            held_sudo |= before_sudo._loyalty_sla_hold_due()
        held_sudo._tell_held()

    @api.model
    def _loyalty_sla_note_renewed(self, tickets):
        """Note that ``tickets`` are promised something else now; superuser.

        One ticket may be somebody's decision, several at once are a mass change: in one write,
        or one after the other in one transaction, as an import does it.

        :return: the tickets that the same change has promised something else before
        """
        data = self.env.cr.precommit.data
        now = fields.Datetime.now()
        before, last = data.get(RENEWED, (frozenset(), now))
        if not timedelta() <= now - last <= AT_ONCE:
            before = frozenset()
        data[RENEWED] = (before | {ticket.id for ticket in tickets}, now)
        return self.browse(sorted(before))

    def _loyalty_sla_promise_held(self, rows):
        """Write promises into the logs of many tickets; what comes due by that is held.

        Nobody did anything wrong a minute ago. What is late already is told as ever. Superuser.

        :param dict rows: see :meth:`_loyalty_sla_append`
        :return: the clocks whose escalation is held
        """
        tickets_sudo = self.union(*rows)
        tickets_sudo._loyalty_sla_sweep_due()
        known_sudo = tickets_sudo.loyalty_sla_clock_ids.filtered("held")
        held_sudo = tickets_sudo.with_context(loyalty_sla_hold=True)
        held_sudo._loyalty_sla_append(
            {ticket.with_env(held_sudo.env): values for ticket, values in rows.items()}
        )
        return held_sudo._loyalty_sla_hold_due(known_sudo)

    def _loyalty_sla_sweep_due(self):
        """Tell of the tickets in ``self`` what is due by now; superuser."""
        now = fields.Datetime.now()
        self.loyalty_sla_clock_ids._get_due(now)._sweep(now)

    def _loyalty_sla_hold_due(self, known=None):
        """Hold what is due of the tickets in ``self`` for a manager; superuser.

        :param known: the clocks that were held before; None: those that are held now
        :return: the other clocks whose escalation is held
        """
        now = fields.Datetime.now()
        # What the change has made due is due this moment, and told the next.
        later = now + timedelta(seconds=1)
        clocks_sudo = self.with_context(loyalty_sla_hold=True).loyalty_sla_clock_ids
        if known is None:
            known = clocks_sudo.filtered("held")
        due_sudo = clocks_sudo._get_due(later)
        due_sudo._get_due(now)._sweep(now)
        due_sudo._escalate(later)
        return clocks_sudo.filtered("held") - known

    def _loyalty_sla_is_other(self, promise, known):
        """Tell whether ``promise`` is another one than the entry ``known`` has."""
        if not known or not (known.promise or promise["promise"]):
            return bool(promise["promise"])
        return (promise["policy_id"], promise["calendar_id"], promise["promise"]) != (
            *(known.policy_id.id, known.calendar_id.id, known.promise or {}),
        )

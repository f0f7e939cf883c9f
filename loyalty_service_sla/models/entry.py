from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from ..engine import clock as engine

KINDS = [
    (engine.OPENED, "Opened"),
    (engine.RESPONSE, "Answer"),
    (engine.CUSTOMER_REPLY, "Client wrote"),
    (engine.AFTERWORD, "Client wrote after closing"),
    (engine.PAUSE, "Paused"),
    (engine.RESUME, "Resumed"),
    (engine.CLOSED, "Closed"),
    (engine.REOPENED, "Reopened"),
    (engine.PROMISE, "New promise"),
    (engine.DELIVERY, "Delivery promised"),
    (engine.DELIVERED, "Delivered"),
    (engine.CHANGE, "Changed"),
    (engine.COMPLAINT, "Became a complaint"),
    (engine.WITHDRAWN, "No complaint any more"),
]

REASONS = [
    (engine.CLIENT, "Client"),
    (engine.THIRD_PARTY, "Third party"),
    (engine.AUTHORITY, "Authority (e.g. tax bureau)"),
    (engine.OTHER, "Other"),
]

#: What the stage of a ticket says, by the last entry of such a kind.
PHASES = {
    engine.OPENED: "open",
    engine.RESUME: "open",
    engine.REOPENED: "open",
    engine.PAUSE: "paused",
    engine.CLOSED: "closed",
}


#: Entries from which on something else is promised than before.
PROMISING = (engine.OPENED, engine.PROMISE)

#: What is recorded in the ledger of the client.
EVENT_CODES = {
    engine.OPENED: "ticket_opened",
    engine.RESPONSE: "ticket_answered",
    engine.CLOSED: "ticket_closed",
    engine.REOPENED: "ticket_reopened",
    engine.COMPLAINT: "complaint",
}

#: A ticket is opened once and first answered once; it may be closed many times.
ONCE = (engine.OPENED, engine.RESPONSE)


class Entry(models.Model):
    """The log of a ticket, as far as its clocks are concerned. Rows are only ever added."""

    _name = "loyalty.service.sla.entry"
    _description = "SLA Log Entry"
    _order = "date, id"
    _rec_name = "kind"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True, ondelete="set null")
    stage_id = fields.Many2one("helpdesk.ticket.stage", readonly=True, ondelete="set null")
    policy_id = fields.Many2one(
        "loyalty.service.sla.policy", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    promise = fields.Json(
        readonly=True, help="Where the kind is a promise: working seconds by target."
    )
    terms = fields.Json(
        readonly=True,
        help="Where the kind is a promise: the hours of the policy by target, before the factor "
        "of the client's tier. They stay when the policy is edited.",
    )
    from_start = fields.Boolean(
        readonly=True, help="This promise counts as if it had been given at the opening."
    )
    due = fields.Datetime(string="Promised For", readonly=True)
    reason = fields.Selection(REASONS, string="Waits For", readonly=True)
    note = fields.Char(readonly=True, help="What somebody wrote about it.")
    changes = fields.Json(readonly=True, help="What was changed: [[field, before, after], ...].")
    reason_text = fields.Char(
        string="Why", compute="_compute_reason_text", help="Why the clocks changed, in words."
    )

    # Scorecards count what happened in a period, of a log of many years.
    _counted_idx = models.Index("(date) WHERE kind IN ('opened', 'closed', 'reopened')")

    @api.depends("reason", "note", "changes", "due", "from_start")
    @api.depends_context("lang", "tz")
    def _compute_reason_text(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for entry in self:
            parts = [
                reasons.get(entry.reason),
                entry.due and format_datetime(self.env, entry.due, dt_format="short"),
                *entry._describe_changes(),
                entry.from_start and self.env._("counted from the opening"),
                entry.note,
            ]
            entry.reason_text = "; ".join(filter(None, parts)) or False

    def _describe_changes(self):
        """Return what was changed, such as 'Priority: Medium → High', in the reader's language."""
        self.ensure_one()
        fields_ = self.env["helpdesk.ticket"]._fields
        lines = []
        for name, *values in self.changes or ():
            field = fields_.get(name)
            if name == "tier":
                label = self.env._("Client Tier")
            elif name == "calendar":
                label = self._fields["calendar_id"]._description_string(self.env)
            elif name == "severity":
                field = self.env["loyalty.service.complaint"]._fields[name]
                label = field._description_string(self.env)
            elif field:
                label = field._description_string(self.env)
            else:
                continue
            labels = (
                dict(field._description_selection(self.env))
                if field and field.type == "selection"
                else {}
            )
            words = [labels.get(value, value) or self.env._("none") for value in values]
            lines.append(f"{label}: {' → '.join(words)}")
        return lines

    def write(self, vals):
        raise UserError(self.env._("The log of a ticket is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of a ticket is never deleted."))

    def _as_engine(self):
        """Return the rows in ``self`` as the engine knows them, in their order."""
        return [
            engine.Entry(
                entry.date,
                entry.kind,
                # Nothing promised is kept as null.
                engine.Promise(
                    entry.calendar_id.id or None, entry.promise or {}, bool(entry.from_start)
                )
                if entry.kind in PROMISING
                else None,
                due=entry.due or None,
                reason=entry.reason or None,
            )
            for entry in self
        ]

    def _compare_promise(self, promise):
        """Return what is otherwise in a promise than in this one, as lines of ``changes``.

        :param dict promise: values of the next entry
        """
        self.ensure_one()
        terms, lines = promise["terms"], []
        if self.terms and terms and self.terms.get("factor") != terms["factor"]:
            lines.append(["tier", self.terms.get("tier", False), terms["tier"]])
        calendar = self.calendar_id.browse(promise["calendar_id"] or ())
        if self.calendar_id and calendar and calendar != self.calendar_id:
            lines.append(["calendar", self.calendar_id.name, calendar.name])
        return lines

    def _get_targets(self):
        """Return the targets that are promised by this row."""
        self.ensure_one()
        dated = [target for target, kind in engine.DATED.items() if kind == self.kind]
        return dated or list(self.promise or ())

    @api.model
    def _get_phases(self, tickets):
        """Return ``{ticket id: (phase, reason of the pause)}`` as last logged.

        The phase is open, paused or closed.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (ticket_id) ticket_id, kind, reason
                  FROM loyalty_service_sla_entry
                 WHERE ticket_id IN %(tickets)s AND kind IN %(kinds)s
              ORDER BY ticket_id, date DESC, id DESC
                """,
                tickets=tuple(tickets.ids) or (0,),
                kinds=tuple(PHASES),
            )
        )
        return {
            ticket_id: (
                PHASES[kind],
                (reason or engine.CLIENT) if kind == engine.PAUSE else None,
            )
            for ticket_id, kind, reason in rows
        }

    @api.model
    def _get_last_dates(self, tickets):
        """Return ``{ticket id: date of the last row}``."""
        if not tickets:
            return {}
        self.flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT ticket_id, max(date) FROM loyalty_service_sla_entry"
                    " WHERE ticket_id = ANY(%s) GROUP BY ticket_id",
                    tickets.ids,
                )
            )
        )

    @api.model
    def _get_logs(self, tickets):
        """Return ``{ticket id: [engine entry, ...]}`` of many tickets, in one query.

        And without records: a replay of every open ticket reads tens of thousands of rows.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket_id, date, kind, calendar_id, promise, from_start, due, reason
                  FROM loyalty_service_sla_entry
                 WHERE ticket_id = ANY(%s)
              ORDER BY ticket_id, date, id
                """,
                tickets.ids,
            )
        )
        logs = {}
        for ticket_id, date, kind, calendar_id, promise, from_start, due, reason in rows:
            promised = (
                engine.Promise(calendar_id, promise or {}, bool(from_start))
                if kind in PROMISING
                else None
            )
            logs.setdefault(ticket_id, []).append(engine.Entry(date, kind, promised, due, reason))
        return logs

    @api.model
    def _get_promised(self, tickets):
        """Return ``{ticket id: [(policy id, calendar id, promise), ...]}``, the last in force.

        In one query and without records, as :meth:`_get_logs`.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket_id, policy_id, calendar_id, promise
                  FROM loyalty_service_sla_entry
                 WHERE ticket_id = ANY(%(tickets)s) AND kind IN %(kinds)s
              ORDER BY ticket_id, date, id
                """,
                tickets=tickets.ids,
                kinds=PROMISING,
            )
        )
        promised = {}
        for ticket_id, policy_id, calendar_id, promise in rows:
            promised.setdefault(ticket_id, []).append((policy_id, calendar_id, promise or {}))
        return promised

    @api.model
    def _get_in_force(self, tickets):
        """Return ``{ticket: entry}`` with the last promise to each of ``tickets``."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (ticket_id) id
                  FROM loyalty_service_sla_entry
                 WHERE ticket_id IN %(tickets)s AND kind IN %(kinds)s
              ORDER BY ticket_id, date DESC, id DESC
                """,
                tickets=tuple(tickets.ids) or (0,),
                kinds=PROMISING,
            )
        )
        return {entry.ticket_id: entry for entry in self.browse(row[0] for row in rows)}

    # ------------------------------------------------------------------
    # Events of the client
    # ------------------------------------------------------------------

    def _get_standing(self):
        """Return ``self`` without complaints that turned out to be none.

        Of a ticket that became one several times only the last time stands.
        """
        complaints = self.filtered(lambda entry: entry.kind == engine.COMPLAINT)
        standing_sudo = complaints.ticket_id._loyalty_complaints_sudo().filtered("active")
        last = {entry.ticket_id.id: entry.id for entry in complaints}
        return self - complaints.filtered(
            lambda entry: (
                entry.ticket_id.id not in standing_sudo.ticket_id.ids
                or entry.id != last[entry.ticket_id.id]
            )
        )

    def _record_events(self, again=0):
        """Record the rows in ``self`` as events of the clients.

        :param int again: how often their tickets have changed the client
        """
        # sudo: who files or answers a ticket need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo().create(
            [
                entry.ticket_id._prepare_loyalty_event_values(
                    EVENT_CODES[entry.kind],
                    "" if entry.kind in ONCE else entry.id,
                    again,
                    date=entry.date,
                    user_id=entry._get_event_user().id,
                )
                for entry in self
                if entry.kind in EVENT_CODES and entry.ticket_id.partner_id
            ]
        )

    def _get_event_user(self):
        """Return the member of staff that the event is put down to, if any."""
        self.ensure_one()
        staff = self.env["loyalty.service.event"]._as_staff(self.user_id)
        return staff or self.ticket_id.user_id

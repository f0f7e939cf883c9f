from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import clock as engine

KINDS = [
    (engine.OPENED, "Opened"),
    (engine.RESPONSE, "Answer"),
    (engine.CUSTOMER_REPLY, "Client wrote"),
    (engine.PAUSE, "Paused"),
    (engine.RESUME, "Resumed"),
    (engine.CLOSED, "Closed"),
    (engine.REOPENED, "Reopened"),
    (engine.PROMISE, "New promise"),
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
        "resource.calendar", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    promise = fields.Json(
        readonly=True, help="Where the kind is a promise: working seconds by target."
    )

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
                engine.Promise(entry.calendar_id.id or None, entry.promise or {})
                if entry.kind in PROMISING
                else None,
            )
            for entry in self
        ]

    @api.model
    def _get_phases(self, tickets):
        """Return ``{ticket id: phase}`` as last logged: open, paused or closed."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (ticket_id) ticket_id, kind
                  FROM loyalty_service_sla_entry
                 WHERE ticket_id IN %(tickets)s AND kind IN %(kinds)s
              ORDER BY ticket_id, date DESC, id DESC
                """,
                tickets=tuple(tickets.ids) or (0,),
                kinds=tuple(PHASES),
            )
        )
        return {ticket_id: PHASES[kind] for ticket_id, kind in rows}

    # ------------------------------------------------------------------
    # Events of the client
    # ------------------------------------------------------------------

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

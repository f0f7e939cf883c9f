from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .clock import TARGETS
from .escalation import HOW

SENT = "sent"
WAITING = "waiting"
NOBODY = "nobody"
SAME = "same"
DROPPED = "dropped"
UNDONE = "undone"

STATES = [
    (SENT, "Told"),
    (WAITING, "Waits for working hours"),
    (SAME, "Told by another step"),
    (NOBODY, "Nobody to tell"),
    (DROPPED, "Dropped"),
    (UNDONE, "Taken back"),
]


class Row(NamedTuple):
    """A row of the log as the clocks need it: ids, and the moment until which it waits."""

    id: int
    wait: int
    step_id: int | None
    user_id: int | None
    state: str
    send_date: datetime | None

    def is_ready(self, now):
        """Tell whether the working hours that it waited for have begun."""
        return self.state == WAITING and self.send_date is not None and self.send_date < now


class EscalationLog(models.Model):
    """What was told to whom. A row stands for one step, one wait and one person.

    The unique index is what makes a step fire once, whichever worker comes by how often.
    """

    _name = "loyalty.service.sla.escalation.log"
    _description = "Escalation Log"
    _order = "id desc"
    _rec_name = "ticket_id"

    clock_id = fields.Many2one(
        "loyalty.service.sla.clock", required=True, readonly=True, index=True, ondelete="cascade"
    )
    wait = fields.Integer(readonly=True, help="Which wait of the clock it is about.")
    step_id = fields.Many2one(
        "loyalty.service.sla.escalation",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    target = fields.Selection(TARGETS, readonly=True)
    how = fields.Selection(HOW, readonly=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True, ondelete="set null")
    due_date = fields.Datetime(string="Was Due", readonly=True)
    date = fields.Datetime(string="Told On", readonly=True)
    send_date = fields.Datetime(
        string="Waits Until", readonly=True, help="When the quiet hours of who is told end."
    )
    state = fields.Selection(STATES, required=True, readonly=True)

    _once_unique = models.UniqueIndex(
        "(clock_id, wait, step_id, COALESCE(user_id, 0)) WHERE state != 'undone'",
        "This step has been told already.",
    )

    @api.model
    def _get_rows(self, clocks):
        """Return ``{clock id: [row, ...]}`` of the rows that stand, of all waits."""
        if not clocks:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT log.clock_id, log.id, log.wait, log.step_id, log.user_id, log.state,
                       log.send_date
                  FROM loyalty_service_sla_escalation_log log
                 WHERE log.clock_id = ANY(%s) AND log.state != 'undone'
                """,
                clocks.ids,
            )
        )
        found = {}
        for clock_id, *row in rows:
            found.setdefault(clock_id, []).append(Row(*row))
        return found

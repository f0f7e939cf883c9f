from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import clock as clock_engine
from ..engine import outcome as engine
from .clock import TARGETS
from .clock_breach import Miss
from .clock_ladder import PLAN_SIZE

RATED = "rated"

KINDS = [
    (engine.KEPT, "Kept in time"),
    (engine.BROKEN, "Missed"),
    (engine.ENDED, "Ended"),
    (RATED, "Rated"),
]


class Outcome(models.Model):
    """What came of promises, and what clients said of it: the memory of the scorecards.

    A clock says how things stand, and goes on when a ticket is reopened or its client writes
    again; so does the ticket with its client's rating. Here each wait that was decided has rows
    of its own, at the moment when it was, so that the figures of a month stay what they were.
    """

    _name = "loyalty.service.sla.outcome"
    _description = "SLA Outcome"
    _order = "date, id"
    _rec_name = "kind"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    clock_id = fields.Many2one(
        "loyalty.service.sla.clock", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    target = fields.Selection(TARGETS, readonly=True)
    wait = fields.Integer(readonly=True, help="Which wait of the clock it is about.")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    date = fields.Datetime(
        required=True,
        readonly=True,
        index=True,
        help="When it was kept, when its deadline went by, or when the client rated.",
    )
    value = fields.Integer(
        readonly=True, help="Working seconds that it took, or the rating from 1 to 5."
    )

    _missed_unique = models.UniqueIndex(
        "(clock_id, wait) WHERE kind = 'missed'", "A wait is missed once."
    )

    @api.model
    def _record(self, found):
        """Write down what was decided.

        A miss that shows only after the same wait was counted as kept, because the working hours
        were corrected, counts from when it shows: what was told of an earlier month stays.

        :param list found: pairs of a clock and an :class:`~..engine.outcome.Outcome`
        """
        if not found:
            return
        clocks = [clock for clock, _outcome in found]
        outcomes = [outcome for _clock, outcome in found]
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO loyalty_service_sla_outcome
                       (ticket_id, clock_id, target, wait, kind, value, date,
                        create_uid, write_uid, create_date, write_date)
                SELECT told.ticket_id, told.clock_id, told.target, told.wait, told.kind,
                       told.value,
                       CASE WHEN told.kind = 'missed' AND EXISTS (
                            SELECT FROM loyalty_service_sla_outcome known
                             WHERE known.clock_id = told.clock_id AND known.wait = told.wait
                               AND known.kind = 'kept' AND known.date >= told.date)
                            THEN %(now)s ELSE told.date END,
                       %(uid)s, %(uid)s, %(stamp)s, %(stamp)s
                  FROM unnest(%(tickets)s::int[], %(clocks)s::int[], %(targets)s::text[],
                              %(waits)s::int[], %(kinds)s::text[], %(values)s::int[],
                              %(dates)s::timestamp[])
                       AS told (ticket_id, clock_id, target, wait, kind, value, date)
           ON CONFLICT DO NOTHING
                """,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                stamp=self.env.cr.now(),
                tickets=[clock.ticket_id.id for clock in clocks],
                clocks=[clock.id for clock in clocks],
                targets=[clock.target for clock in clocks],
                waits=[outcome.wait for outcome in outcomes],
                kinds=[outcome.kind for outcome in outcomes],
                values=[outcome.elapsed for outcome in outcomes],
                dates=[outcome.date for outcome in outcomes],
            )
        )

    @api.model
    def _undo(self, waits):
        """Take back misses that by a correction were none.

        :param list waits: pairs of a clock's id and the number of its wait
        """
        if waits:
            self.env.cr.execute(
                SQL(
                    """
                    DELETE FROM loyalty_service_sla_outcome known
                     USING unnest(%s::int[], %s::int[]) AS undone (clock_id, wait)
                     WHERE known.kind = 'missed' AND known.clock_id = undone.clock_id
                       AND known.wait = undone.wait
                    """,
                    [clock_id for clock_id, _wait in waits],
                    [wait for _clock_id, wait in waits],
                )
            )
            self.invalidate_model()

    @api.model
    def _get_misses(self, tickets):
        """Return each wait of ``tickets`` that was too long, as :class:`~.clock_breach.Miss`."""
        rows = self.search([("ticket_id", "in", tickets.ids), ("kind", "=", engine.BROKEN)])
        return [Miss(row.clock_id, row.wait, row.date) for row in rows if row.clock_id]

    @api.model
    def _record_rating(self, tickets, rating, date):
        """Write down what the clients of ``tickets`` gave, from 1 to 5."""
        # sudo: nobody writes here by hand; whoever may note the client's word has done so on
        # these tickets.
        self.sudo().create(
            [
                {"ticket_id": ticket.id, "kind": RATED, "value": int(rating), "date": date}
                for ticket in tickets
            ]
        )

    @api.model
    def _fill_past(self):
        """Write down what was decided before there was this table.

        The logs say it, counted by the working hours of today. Where a clock has ended another
        way by the hours of then, it alone is asked, which knows its last wait.
        """
        Clock = self.env["loyalty.service.sla.clock"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM loyalty_service_sla_clock clock
                 WHERE NOT EXISTS (SELECT FROM loyalty_service_sla_outcome known
                                    WHERE known.clock_id = clock.id)
              ORDER BY id
                """
            )
        )
        for clocks in Clock.browse(row[0] for row in rows)._in_portions(PLAN_SIZE):
            logs = self.env["loyalty.service.sla.entry"]._get_logs(clocks.ticket_id)
            times = Clock._get_times(logs.values())
            found = []
            for clock in clocks:
                stored = clock._as_engine()
                log = logs.get(clock.ticket_id.id, [])
                replayed, past = engine.history(clock.target, log, times)
                if (replayed.state, replayed.waits) != (stored.state, stored.waits):
                    replayed, past = clock_engine.Clock(clock.target), []
                found += [(clock, one) for one in [*past, *engine.outcomes(replayed, stored)]]
            self._record(found)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO loyalty_service_sla_outcome
                       (ticket_id, kind, value, date, create_uid, write_uid, create_date,
                        write_date)
                SELECT rated.ticket_id, %(kind)s, rated.value, rated.date, %(uid)s, %(uid)s,
                       %(now)s, %(now)s
                  FROM (
                       SELECT ticket_id, rating_value, answer_date
                         FROM loyalty_service_complaint
                        WHERE rating_value > 0 AND answer_date IS NOT NULL
                     UNION ALL
                       SELECT id, loyalty_rating::int, loyalty_confirmation_date
                         FROM helpdesk_ticket
                        WHERE loyalty_rating IS NOT NULL
                          AND loyalty_confirmation_date IS NOT NULL
                       ) AS rated (ticket_id, value, date)
                 WHERE NOT EXISTS (SELECT FROM loyalty_service_sla_outcome known
                                    WHERE known.ticket_id = rated.ticket_id
                                      AND known.kind = %(kind)s)
                """,
                kind=RATED,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )

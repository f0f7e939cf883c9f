from odoo import api, fields, models
from odoo.tools import SQL

from .client_rhythm import SILENCE_STATES
from .event_type import CHANNELS, KINDS


class Rhythm(models.Model):
    """The rhythm of one channel or one kind of contact with a client, as of the last night.

    One row for each channel and each kind that the client used within a year. Rows follow from
    the ledger, and only the system writes them: see the client's ``_update_parts``.
    """

    _name = "loyalty.service.rhythm"
    _description = "Rhythm by Channel and Kind"
    _rec_name = "part"
    _order = "silence_ratio desc, id"

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, ondelete="cascade"
    )
    # channel:phone or kind:request
    part = fields.Char(string="Channel or Kind", required=True, readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True, help="Empty in the rhythm of a kind.")
    kind = fields.Selection(KINDS, readonly=True, help="Empty in the rhythm of a channel.")
    contact_days = fields.Integer(string="Days of Contact", readonly=True)
    contact_gap = fields.Float(string="Usual Gap", readonly=True)
    last_date = fields.Date(string="Last Contact", readonly=True)
    silent_days = fields.Integer(string="Days Silent", readonly=True)
    overdue_days = fields.Integer(string="Days Overdue", readonly=True)
    silence_ratio = fields.Float(string="Times as Long as Usual", readonly=True)
    silence_state = fields.Selection(
        SILENCE_STATES,
        string="Silence",
        required=True,
        default="unknown",
        index=True,
        readonly=True,
    )

    _part_unique = models.UniqueIndex(
        "(client_id, part)", "Each channel and each kind of a client has one rhythm."
    )

    @api.depends("channel", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = self._part_labels()
        for row in self:
            row.display_name = labels.get(row.part, row.part)

    @api.model
    def _part_labels(self):
        """Return ``{part: what people call it}``, in the order in which parts are shown."""
        fields_ = self.env["loyalty.service.event"]._fields
        return {
            f"{name}:{value}": label
            for name in ("channel", "kind")
            for value, label in fields_[name]._description_selection(self.env)
        }

    @api.model
    def _store(self, company, clients, rows):
        """Have exactly ``rows`` be the rhythms of ``clients``: two statements.

        :param rows: ``(client id, part, days, gap, last, silent, overdue, ratio, state)``
        """
        self.flush_model()
        columns = zip(*rows, strict=True) if rows else [()] * 9
        ids, parts, *figures = map(list, columns)
        self.env.execute_query(
            SQL(
                """
                DELETE FROM loyalty_service_rhythm
                 WHERE client_id IN %s
                   AND (client_id, part) NOT IN (
                       SELECT * FROM unnest(%s::int[], %s::varchar[])
                       )
             RETURNING id
                """,
                tuple(clients.ids) or (0,),
                ids,
                parts,
            )
        )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO loyalty_service_rhythm AS kept
                            (client_id, part, contact_days, contact_gap, last_date, silent_days,
                             overdue_days, silence_ratio, silence_state, company_id, channel, kind)
                SELECT told.*, %s,
                       substring(part FROM '^channel:(.*)$'), substring(part FROM '^kind:(.*)$')
                  FROM unnest(%s::int[], %s::varchar[], %s::int[], %s::float8[], %s::date[],
                              %s::int[], %s::int[], %s::float8[], %s::varchar[])
                       AS told(client_id, part, days, gap, last, silent, overdue, ratio, state)
           ON CONFLICT (client_id, part) DO UPDATE
                   SET contact_days = EXCLUDED.contact_days,
                       contact_gap = EXCLUDED.contact_gap,
                       last_date = EXCLUDED.last_date,
                       silent_days = EXCLUDED.silent_days,
                       overdue_days = EXCLUDED.overdue_days,
                       silence_ratio = EXCLUDED.silence_ratio,
                       silence_state = EXCLUDED.silence_state
                 WHERE (kept.contact_days, kept.contact_gap, kept.last_date, kept.silent_days,
                        kept.silence_state)
                       IS DISTINCT FROM
                       (EXCLUDED.contact_days, EXCLUDED.contact_gap, EXCLUDED.last_date,
                        EXCLUDED.silent_days, EXCLUDED.silence_state)
             RETURNING id
                """,
                company.id,
                ids,
                parts,
                *figures,
            )
        )
        self.invalidate_model(flush=False)
        clients.invalidate_recordset(["rhythm_ids"], flush=False)
        clients.modified(["rhythm_ids"])

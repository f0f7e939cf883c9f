from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Who files within this time after an answer helped was not spared a ticket by it.
PATIENCE = timedelta(days=1)


class AnswerVote(models.Model):
    """Whether an answer has helped somebody: one word a day from each person."""

    _name = "loyalty.service.sla.answer.vote"
    _description = "Whether an Answer Helped"
    _order = "day desc, id desc"
    _rec_name = "answer_id"

    answer_id = fields.Many2one(
        "loyalty.service.sla.answer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="answer_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    day = fields.Date(required=True, readonly=True)
    helped = fields.Boolean(readonly=True)
    at_filing = fields.Boolean(
        string="While Filing", readonly=True, help="Somebody who was about to write to us."
    )
    filed = fields.Boolean(
        string="Filed After All", readonly=True, help="Wrote to us within a day nevertheless."
    )
    spared = fields.Integer(compute="_compute_spared", store=True)

    _once_a_day = models.UniqueIndex(
        "(answer_id, partner_id, day)", "Each person has one word a day about an answer."
    )

    @api.depends("helped", "at_filing", "filed")
    def _compute_spared(self):
        for vote in self:
            vote.spared = int(vote.helped and vote.at_filing and not vote.filed)

    @api.model
    def _cast(self, answer, partner, helped, at_filing):
        """Take somebody's word; a second one of the same day takes the place of the first.

        Two at once come out as one: the index decides.
        """
        now, uid = self.env.cr.now(), self.env.uid
        [(vote_id,)] = self.env.execute_query(
            SQL(
                """
                INSERT INTO loyalty_service_sla_answer_vote
                       (answer_id, company_id, partner_id, day, helped, at_filing, filed, spared,
                        create_uid, write_uid, create_date, write_date)
                VALUES (%(answer)s, %(company)s, %(partner)s, %(day)s, %(helped)s, %(filing)s,
                        FALSE, 0, %(uid)s, %(uid)s, %(now)s, %(now)s)
                ON CONFLICT (answer_id, partner_id, day) DO UPDATE
                   SET helped = EXCLUDED.helped,
                       at_filing = loyalty_service_sla_answer_vote.at_filing OR EXCLUDED.at_filing,
                       write_date = EXCLUDED.write_date
             RETURNING id
                """,
                answer=answer.id,
                company=answer.company_id.id,
                partner=partner.id,
                day=fields.Date.context_today(self),
                helped=helped,
                filing=at_filing,
                uid=uid,
                now=now,
            )
        )
        vote = self.browse(vote_id)
        vote.invalidate_recordset()
        answer.invalidate_recordset(["vote_ids"])
        vote.modified(["answer_id", "helped", "at_filing", "filed"])
        return vote

    @api.model
    def _note_filing(self, partner):
        """Remember that somebody has written to us: what helped before has not sufficed."""
        votes = self.search(
            [
                ("partner_id", "=", partner.id),
                ("spared", "=", 1),
                ("write_date", ">=", fields.Datetime.now() - PATIENCE),
            ]
        )
        votes.filed = True

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.loyalty_service.columns import pick


class Client(models.Model):
    """What a client said last. Without its date a figure was never given: 0 is an answer."""

    _inherit = "loyalty.service.client"

    satisfaction = fields.Float(
        digits=(5, 1),
        readonly=True,
        index=True,
        aggregator=None,
        help="Satisfaction in the latest answer that told of it, from 0 to 100.",
    )
    satisfaction_date = fields.Datetime(readonly=True)
    nps = fields.Integer(
        string="Recommendation",
        readonly=True,
        aggregator=None,
        help="How likely the client is to recommend us, from 0 to 10, in its latest answer. "
        "9 and 10 are promoters, 0 to 6 detractors.",
    )
    nps_date = fields.Datetime(string="Recommendation Given On", readonly=True)
    last_survey_date = fields.Datetime(string="Last Answer", readonly=True, index=True)

    def _note_events(self, events):
        result = super()._note_events(events)
        told = pick(
            events,
            lambda kind, signal: kind == "survey" or signal in ("satisfaction", "nps"),
            "kind",
            "signal",
        )
        if told:
            partners = set(told.partner_id)
            self.filtered(lambda client: client.partner_id in partners)._update_survey_figures()
        return result

    def _after_merge(self):
        result = super()._after_merge()
        self._update_survey_figures()
        return result

    def _update_survey_figures(self):
        """Read the latest figures out of the ledger, in one statement for all of ``self``."""
        if not self:
            return
        self.env["loyalty.service.event"].flush_model()
        latest = {}
        for client_id, signal, value, date in self.env.execute_query(
            SQL(
                """
                SELECT client.id, latest.signal, latest.value, latest.date
                  FROM loyalty_service_client client
                  JOIN LATERAL (
                       SELECT DISTINCT ON (event.signal) event.signal, event.value, event.date
                         FROM loyalty_service_event event
                        WHERE event.partner_id = client.partner_id
                          AND event.company_id = client.company_id
                          AND (event.kind = 'survey' OR event.signal IN ('satisfaction', 'nps'))
                          AND event.is_reversed IS NOT TRUE
                          AND event.reversal_of_id IS NULL
                     ORDER BY event.signal, event.date DESC, event.id DESC
                       ) latest ON TRUE
                 WHERE client.id IN %(ids)s
                """,
                ids=tuple(self.ids),
            )
        ):
            latest.setdefault(client_id, {})[signal] = (value, date)
        # sudo: read out of the ledger for these very clients, whoever recorded the answer.
        for client_sudo in self.sudo():
            told = latest.get(client_sudo.id, {})
            satisfaction, satisfaction_date = told.get("satisfaction", (0.0, False))
            nps, nps_date = told.get("nps", (0, False))
            values = {
                "satisfaction": satisfaction,
                "satisfaction_date": satisfaction_date,
                "nps": round(nps),
                "nps_date": nps_date,
                "last_survey_date": max((date for _v, date in told.values()), default=False),
            }
            changed = {
                name: value
                for name, value in values.items()
                # The field rounds what it keeps.
                if self._fields[name].convert_to_cache(value, client_sudo)
                != self._fields[name].convert_to_cache(client_sudo[name], client_sudo)
            }
            if changed:
                client_sudo.write(changed)

    def action_view_survey_answers(self):
        """Open what the client answered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_survey.survey_answer_action"
        )
        return {
            **action,
            "display_name": self.env._("Answers of %s", self.partner_id.name),
            "domain": [("loyalty_client_id", "=", self.id), ("test_entry", "=", False)],
            "context": {},
        }

from odoo import api, fields, models

from ..engine.survey_statistics import csat, nps
from .survey_trigger import DEFAULT_ANSWER_DAYS, DEFAULT_QUIET_DAYS


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    loyalty_feeds = fields.Boolean(
        string="Feeds Loyalty",
        compute="_compute_loyalty_feeds",
        search="_search_loyalty_feeds",
        help="At least one question tells something about the loyalty of clients.",
    )
    loyalty_sent_count = fields.Integer(string="Sent", compute="_compute_loyalty_figures")
    loyalty_answer_count = fields.Integer(string="Answers", compute="_compute_loyalty_figures")
    loyalty_response_rate = fields.Float(
        string="Response Rate",
        compute="_compute_loyalty_figures",
        help="Share of the invitations that were answered.",
    )
    loyalty_csat_count = fields.Integer(
        string="Answers on Satisfaction", compute="_compute_loyalty_figures"
    )
    loyalty_csat = fields.Float(
        string="Satisfaction",
        digits=(5, 1),
        compute="_compute_loyalty_figures",
        help="Mean satisfaction, from 0 to 100.",
    )
    loyalty_satisfied = fields.Float(
        string="Satisfied",
        compute="_compute_loyalty_figures",
        help="Share of answers with 4 or 5 of 5.",
    )
    loyalty_top = fields.Float(
        string="Top Box",
        compute="_compute_loyalty_figures",
        help="Share of answers with 5 of 5.",
    )
    loyalty_nps_count = fields.Integer(
        string="Answers on Recommendation", compute="_compute_loyalty_figures"
    )
    loyalty_nps = fields.Float(
        string="NPS",
        digits=(5, 1),
        compute="_compute_loyalty_figures",
        help="Share of promoters (9 and 10) less share of detractors (0 to 6).",
    )
    loyalty_nps_interval = fields.Char(
        string="95 % Interval",
        compute="_compute_loyalty_figures",
        help="Where the NPS of all clients lies, as far as so few answers can tell. Two "
        "surveys whose intervals overlap may well be alike.",
    )

    @api.depends("question_and_page_ids.loyalty_metric")
    def _compute_loyalty_feeds(self):
        for survey in self:
            survey.loyalty_feeds = any(survey.question_and_page_ids.mapped("loyalty_metric"))

    def _search_loyalty_feeds(self, operator, value):
        if operator != "in":
            return NotImplemented
        feeding = self.env["survey.question"]._search(
            [("loyalty_metric", "!=", False), ("survey_id", "!=", False)]
        )
        operator = "any" if True in value else "not any"
        return [("question_and_page_ids", operator, [("id", "in", feeding)])]

    def unlink(self):
        # sudo: the answers that go with these very surveys, without a call of their own.
        self.sudo().user_input_ids._loyalty_forget()
        return super().unlink()

    @api.depends_context("company", "allowed_company_ids")
    def _compute_loyalty_figures(self):
        """Read invitations and answers of all surveys in three grouped queries."""
        # sudo: counts over the companies that the user works in; no answer leaves this
        # method. Answers that name no client belong to no company.
        companies = self.env.companies
        Invitation_sudo = self.env["loyalty.service.survey.invitation"].sudo()
        Answer_sudo = self.env["survey.user_input"].sudo()
        invited = {}
        for survey, state, count in Invitation_sudo._read_group(
            [
                ("survey_id", "in", self.ids),
                ("company_id", "in", companies.ids),
                ("state", "in", ("sent", "answered")),
            ],
            ["survey_id", "state"],
            ["__count"],
        ):
            invited[survey.id, state] = count
        domain = [
            ("survey_id", "in", self.ids),
            ("state", "=", "done"),
            ("test_entry", "=", False),
            "|",
            ("loyalty_client_id", "=", False),
            ("loyalty_client_id.company_id", "in", companies.ids),
        ]
        answered, groups = {}, {}
        for survey, group, count in Answer_sudo._read_group(
            domain, ["survey_id", "loyalty_nps_group"], ["__count"]
        ):
            answered[survey.id] = answered.get(survey.id, 0) + count
            groups[survey.id, group] = count
        values = {}
        for survey, value, count in Answer_sudo._read_group(
            [*domain, ("loyalty_satisfaction_group", "!=", False)],
            ["survey_id", "loyalty_satisfaction"],
            ["__count"],
        ):
            values.setdefault(survey.id, []).extend([value] * count)
        for survey in self:
            survey_id = survey._origin.id
            replied = invited.get((survey_id, "answered"), 0)
            sent = replied + invited.get((survey_id, "sent"), 0)
            satisfaction = csat(values.get(survey_id, []))
            recommendation = nps(
                *(
                    groups.get((survey_id, group), 0)
                    for group in ("promoter", "passive", "detractor")
                )
            )
            survey.loyalty_sent_count = sent
            survey.loyalty_answer_count = answered.get(survey_id, 0)
            survey.loyalty_response_rate = replied / sent if sent else 0.0
            survey.loyalty_csat_count = satisfaction.count if satisfaction else 0
            survey.loyalty_csat = satisfaction.mean if satisfaction else 0.0
            survey.loyalty_satisfied = satisfaction.satisfied / 100 if satisfaction else 0.0
            survey.loyalty_top = satisfaction.top / 100 if satisfaction else 0.0
            survey.loyalty_nps_count = recommendation.count if recommendation else 0
            survey.loyalty_nps = recommendation.score if recommendation else 0.0
            survey.loyalty_nps_interval = recommendation and self.env._(
                "%(low)+.0f to %(high)+.0f", low=recommendation.low, high=recommendation.high
            )

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def _loyalty_invite(
        self,
        clients,
        date=None,
        wave=None,
        quiet_days=DEFAULT_QUIET_DAYS,
        answer_days=DEFAULT_ANSWER_DAYS,
    ):
        """Ask this survey of ``clients``, as a wave.

        The invitations take the same way as those of triggers: they fall due on ``date``, and
        the scheduled action ``loyalty_service_survey.ir_cron_send`` sends them, or skips those
        that cannot or must not be sent. Who is asked is the first contact of the client that
        has an e-mail address.

        :param clients: ``loyalty.service.client`` records
        :param date: when (Datetime, naive UTC); at once if not given
        :param wave: a name for the wave, such as "2025 spring". Asking the same person again
            in a wave of the same name does nothing.
        :param int quiet_days: who was sent any survey within so many days is skipped; 0 asks
            regardless
        :param int answer_days: how long the link works
        :return: the new ``loyalty.service.survey.invitation`` records
        """
        self.ensure_one()
        self.check_access("read")
        clients.check_access("read")
        # sudo: whoever may see a client and a survey may have the client asked; invitations
        # are made for exactly these.
        Invitation_sudo = self.env["loyalty.service.survey.invitation"].sudo()
        contacts = clients.partner_id._loyalty_survey_contacts(clients.company_id)
        invitations_sudo = Invitation_sudo._schedule(
            [
                {
                    "survey_id": self.id,
                    "client_id": client.id,
                    "contact_id": contacts[client.partner_id, client.company_id].id,
                    "wave": wave,
                    "date_due": date or fields.Datetime.now(),
                    "quiet_days": quiet_days,
                    "answer_days": answer_days,
                }
                for client in clients
            ]
        )
        return invitations_sudo.with_env(self.env)

    def action_view_loyalty_answers(self):
        """Open the answers to this survey."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_survey.survey_answer_action"
        )
        return {
            **action,
            "display_name": self.env._("Answers: %s", self.title),
            "domain": [
                ("survey_id", "=", self.id),
                ("test_entry", "=", False),
                ("state", "=", "done"),
            ],
            "context": {},
        }

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..engine.survey_statistics import (
    DETRACTOR_UP_TO,
    DISSATISFIED_UP_TO,
    SATISFIED_FROM,
    nps_group,
    satisfaction_index,
    scaled,
)
from .survey_question import SATISFACTION_METRICS

#: Whoever has one of these can answer as the client.
SECRETS = ("access_token", "invite_token")


class SurveyUserInput(models.Model):
    """An answer, and what it says about the client that gave it.

    Whether something was said about satisfaction or recommendation shows in the two groups:
    an empty group means that it was not, whatever the number beside it.
    """

    _inherit = "survey.user_input"

    loyalty_client_id = fields.Many2one(
        "loyalty.service.client",
        string="Client",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
    )
    loyalty_satisfaction = fields.Float(
        string="Satisfaction", digits=(5, 1), readonly=True, copy=False, aggregator=None
    )
    loyalty_satisfaction_group = fields.Selection(
        [
            ("top", "Very satisfied"),
            ("satisfied", "Satisfied"),
            ("neutral", "Neither"),
            ("dissatisfied", "Dissatisfied"),
        ],
        string="Satisfied?",
        readonly=True,
        copy=False,
    )
    loyalty_nps = fields.Integer(
        string="Recommendation", readonly=True, copy=False, aggregator=None
    )
    loyalty_nps_group = fields.Selection(
        [("promoter", "Promoter"), ("passive", "Passive"), ("detractor", "Detractor")],
        string="Recommends?",
        readonly=True,
        copy=False,
    )
    loyalty_comment = fields.Text(string="In Their Words", readonly=True, copy=False)

    _loyalty_survey_idx = models.Index(
        "(survey_id, loyalty_client_id) WHERE state = 'done' AND test_entry IS NOT TRUE"
    )

    # ------------------------------------------------------------------
    # Loyalty users may read answers; those who are rated by them must not be able to give them
    # ------------------------------------------------------------------

    def _has_field_access(self, field, operation):
        """Hide the secrets of clients' answers, and of the model as a whole: to search, sort or
        group by a secret gives it away bit by bit.
        """
        return super()._has_field_access(field, operation) and not (
            field.name in SECRETS
            and self._loyalty_hides_secrets()
            # sudo: whose answer it is, and no more.
            and (not self or self.sudo().loyalty_client_id)
        )

    @api.model
    def _loyalty_hides_secrets(self):
        """Tell whether the user is shown answers because of loyalty, and of that alone.

        For everybody else the Surveys app and those that build upon it decide.
        """
        user = self.env.user
        return (
            not self.env.su
            and user.has_group("loyalty_service.group_loyalty_user")
            and not user.has_group("survey.group_survey_user")
        )

    # ------------------------------------------------------------------
    # What an answer tells
    # ------------------------------------------------------------------

    def _get_line_answer_values(self, question, answer, answer_type):
        return super()._get_line_answer_values(
            question, question._loyalty_keep_zero(answer), answer_type
        )

    def _mark_done(self):
        result = super()._mark_done()
        self.filtered(lambda answer: not answer.test_entry)._loyalty_record()
        return result

    def _loyalty_record(self):
        """Bring the ledger in step with the finished answers in ``self``.

        What is told of an invitation is told once: when it is answered again, the later
        answer takes the place of the earlier one. Calling this again changes nothing.
        """
        # sudo: clients answer as public or portal users. Invitations are looked up by the
        # secret token that these very answers carry.
        Invitation_sudo = self.env["loyalty.service.survey.invitation"].sudo()
        invitations = Invitation_sudo.search(
            [("invite_token", "in", [token for token in self.mapped("invite_token") if token])]
        ).grouped("invite_token")
        invited, uninvited = {}, {}
        for answer in self.sorted("end_datetime"):
            scores = answer._loyalty_scores()
            answer.write(answer._prepare_loyalty_values(scores))
            invitation = invitations.get(answer.invite_token)
            if invitation:
                answer.loyalty_client_id = invitation.client_id
                invited[invitation] = (answer, scores)
            elif scores["asked"]:
                uninvited[answer] = (answer, scores)
        self.browse().union(*uninvited)._loyalty_find_clients()
        for invitation, (answer, _scores) in invited.items():
            invitation._mark_answered(answer)
        self._loyalty_sync_events(invited)
        self._loyalty_sync_events(
            {answer: told for answer, told in uninvited.items() if answer.loyalty_client_id}
        )

    def unlink(self):
        self._loyalty_forget()
        return super().unlink()

    def _loyalty_forget(self):
        """Undo what the ledger says of the answers in ``self``, which are about to be deleted."""
        # sudo: who deletes answers need not be in the loyalty group; only events of these very
        # answers are undone.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        Invitation_sudo = self.env["loyalty.service.survey.invitation"].sudo()
        Event_sudo._forget_sources(self)
        Event_sudo._forget_sources(Invitation_sudo.search([("user_input_id", "in", self.ids)]))

    def _loyalty_scores(self):
        """Return what this answer says.

        :return: ``asked`` (bool: the survey has a question that feeds loyalty), ``answered``
            (bool: at least one question of it was), ``satisfaction`` (0..100 or None),
            ``csat`` (0..100 or None), ``nps`` (0..10 or None), ``comment`` (text)
        """
        self.ensure_one()
        lines = self.user_input_line_ids.filtered(lambda line: not line.skipped)
        dimensions, comments, recommendation = {}, [], None
        for line in lines.filtered("question_id.loyalty_metric"):
            question = line.question_id
            metric = question.loyalty_metric
            if metric == "comment":
                comments.append(line.value_text_box or line.value_char_box or "")
            elif scaled(line.value_scale, question.scale_min, question.scale_max) is None:
                continue
            elif metric == "nps":
                recommendation = line.value_scale
            elif metric in SATISFACTION_METRICS:
                dimensions.setdefault(metric, []).append(
                    scaled(line.value_scale, question.scale_min, question.scale_max)
                )
        return {
            "asked": any(self.survey_id.question_ids.mapped("loyalty_metric")),
            "answered": bool(lines),
            "satisfaction": satisfaction_index(dimensions),
            "csat": satisfaction_index({"csat": dimensions.get("csat", [])}),
            "nps": recommendation,
            "comment": "\n".join(filter(None, comments)),
        }

    def _prepare_loyalty_values(self, scores):
        satisfaction, recommendation = scores["satisfaction"], scores["nps"]
        group = False
        if satisfaction is not None:
            if satisfaction >= SATISFIED_FROM:
                group = "top" if satisfaction >= 100 else "satisfied"
            else:
                group = "dissatisfied" if satisfaction <= DISSATISFIED_UP_TO else "neutral"
        return {
            "loyalty_satisfaction": satisfaction or 0.0,
            "loyalty_satisfaction_group": group,
            "loyalty_nps": recommendation or 0,
            "loyalty_nps_group": recommendation is not None and nps_group(recommendation),
            "loyalty_comment": scores["comment"],
        }

    def _loyalty_find_clients(self):
        """Set the client of answers that came without an invitation, where it is known.

        The person must be known by login or link, and its firm a client already: an answer
        does not make a client out of a colleague or a stranger.
        """
        # sudo: see _loyalty_record; clients are looked up for the people that answered.
        Client_sudo = self.env["loyalty.service.client"].sudo()
        clients = Client_sudo.search(
            [("partner_id", "in", self.partner_id.commercial_partner_id.ids)], order="id"
        ).grouped("partner_id")
        for answer in self:
            served = clients.get(answer.partner_id.commercial_partner_id)
            if served:
                company = answer.partner_id.company_id
                own = served.filtered(lambda client, company=company: client.company_id == company)
                answer.loyalty_client_id = (own or served)[0]

    def _loyalty_sync_events(self, told):
        """Record what was told, once per source.

        :param dict told: source -> (answer, scores), where the source is the invitation, or
            the answer itself when it came without one
        """
        if not told:
            return
        # As the system and not as the visitor of a web page, who is no staff.
        Event_sudo = self.env["loyalty.service.event"].with_user(SUPERUSER_ID)
        wanted = {
            code: {}
            for code in ("survey_answered", "survey_satisfaction", "survey_nps", "survey_detractor")
        }
        for source, (answer, scores) in told.items():
            values = answer._prepare_loyalty_event_values(source, scores)
            if scores["answered"]:
                wanted["survey_answered"][source.id] = values
            if scores["satisfaction"] is not None:
                wanted["survey_satisfaction"][source.id] = {
                    **values,
                    "value": scores["satisfaction"],
                }
            if scores["nps"] is not None:
                wanted["survey_nps"][source.id] = {**values, "value": scores["nps"]}
            if answer._is_loyalty_detractor(scores):
                wanted["survey_detractor"][source.id] = values
        sources = next(iter(told)).browse(source.id for source in told)
        for code, by_source in wanted.items():
            Event_sudo._sync_source(
                sources, [code], {res_id: (code, values) for res_id, values in by_source.items()}
            )

    def _is_loyalty_detractor(self, scores):
        """Tell whether this answer calls for somebody to talk to the client."""
        return any(
            known is not None and known <= limit
            for known, limit in (
                (scores["nps"], DETRACTOR_UP_TO),
                (scores["csat"], DISSATISFIED_UP_TO),
                (scores["satisfaction"], DISSATISFIED_UP_TO),
            )
        )

    def _prepare_loyalty_event_values(self, source, scores):
        """Return what the events of this answer have in common."""
        self.ensure_one()
        # sudo: see _loyalty_record.
        client_sudo = self.loyalty_client_id.sudo()
        # Who did what the client was asked about, else who looks after the client.
        asked_about = source.event_id if source != self else source.env["loyalty.service.event"]
        return {
            "partner": client_sudo.partner_id,
            "contact_id": (self.partner_id - client_sudo.partner_id).id,
            "company_id": client_sudo.company_id.id,
            "user_id": (asked_about.user_id or client_sudo.user_id).id,
            "date": self.end_datetime,
            "summary": (self.survey_id, "title"),
            "note": scores["comment"],
        }

    def action_loyalty_show(self):
        """Show the finished answer, to be read and no more.

        Not by the client's own link: who has that could answer, or try again, as the client.
        """
        self.ensure_one()
        self.check_access("read")
        if self.state != "done":
            raise UserError(self.env._("This survey has not been answered yet."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (self.env.ref("loyalty_service_survey.survey_user_input_view_form").id, "form")
            ],
        }

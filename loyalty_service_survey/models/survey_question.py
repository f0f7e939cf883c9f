from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.survey_statistics import NPS_SCALE

SATISFACTION_METRICS = ("csat", "quality", "attitude", "price", "experience")
METRICS = [
    ("csat", "CSAT: one service"),
    ("nps", "NPS: recommendation, 0 to 10"),
    ("quality", "Quality of the work"),
    ("attitude", "How we treat clients"),
    ("price", "Price"),
    ("experience", "Overall experience"),
    ("comment", "In their own words"),
]


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    loyalty_metric = fields.Selection(
        METRICS,
        string="Feeds Loyalty",
        index="btree_not_null",
        help="What the answers tell about the loyalty of clients. The satisfaction of an "
        "answer is the mean over its kinds of satisfaction. Leave empty for a question that "
        "tells nothing of that.",
    )

    @api.constrains("loyalty_metric", "question_type", "scale_min", "scale_max")
    def _check_loyalty_metric(self):
        for question in self.filtered("loyalty_metric"):
            if question.loyalty_metric == "comment":
                if question.question_type not in ("text_box", "char_box"):
                    raise ValidationError(
                        self.env._(
                            "%s: what clients say in their own words needs a text question.",
                            question.title,
                        )
                    )
            elif question.question_type != "scale":
                raise ValidationError(
                    self.env._("%s: what feeds loyalty needs a scale.", question.title)
                )
            elif (
                question.loyalty_metric == "nps"
                and (question.scale_min, question.scale_max) != NPS_SCALE
            ):
                raise ValidationError(
                    self.env._("%s: recommendation needs a scale from 0 to 10.", question.title)
                )

    def _is_loyalty_scale(self):
        self.ensure_one()
        return bool(self.loyalty_metric) and self.question_type == "scale"

    def _loyalty_keep_zero(self, answer):
        """Return ``answer``, a number 0 as text: Survey itself takes a 0 for no answer."""
        if self._is_loyalty_scale() and not isinstance(answer, bool) and answer == 0:
            return "0"
        return answer

    def validate_question(self, answer, comment=None):
        return super().validate_question(self._loyalty_keep_zero(answer), comment)

    def _validate_scale(self, answer):
        """Refuse what the scale does not have; Survey itself would store a 99 out of 5."""
        errors = super()._validate_scale(answer)
        if errors or not answer or not self._is_loyalty_scale():
            return errors
        try:
            valid = self.scale_min <= int(answer) <= self.scale_max
        except (TypeError, ValueError):
            valid = False
        if not valid:
            errors = {
                self.id: self.env._(
                    "Please choose a number from %(low)s to %(high)s.",
                    low=self.scale_min,
                    high=self.scale_max,
                )
            }
        return errors

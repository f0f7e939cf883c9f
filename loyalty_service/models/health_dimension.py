from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import health
from .health_metric import METRICS


class HealthDimension(models.Model):
    """One side of a client's health: what is measured, how it scores, how much it weighs.

    To add a metric from another addon, add it to the selection ``metric`` and write
    ``_metric_<name>(clients, date)``; ``_reason_<name>(facts)`` says it in words.
    """

    _name = "loyalty.service.health.dimension"
    _description = "Health Dimension"
    _inherit = ["loyalty.service.health.metric"]
    _order = "sequence, id"

    model_id = fields.Many2one(
        "loyalty.service.health.model", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Technical name, once per model.")
    sequence = fields.Integer(default=10)
    metric = fields.Selection(METRICS, string="What Is Measured", required=True)
    weight = fields.Float(
        default=10.0,
        required=True,
        help="Means something only next to the other weights. 0 switches the dimension off.",
    )
    bad_value = fields.Float(
        string="Scores 0 at", required=True, help="What is measured scores 0 from here on."
    )
    good_value = fields.Float(
        string="Scores 100 at",
        required=True,
        help="What is measured scores 100 from here on, and in a straight line in between.",
    )
    window_days = fields.Integer(
        string="Days Looked at", default=365, required=True, help="How far back the metric looks."
    )
    hint = fields.Char(
        string="Fed by",
        translate=True,
        help="Shown where nothing is known yet: what has to happen for this dimension to count.",
    )
    explanation = fields.Char(
        translate=True,
        help="Your own sentence instead of the usual one. Figures are put in by name, such as "
        "%(value)s or %(window)s; which there are depends on what is measured.",
    )

    _code_unique = models.Constraint("UNIQUE(model_id, code)", "A model has each dimension once.")
    _weight_check = models.Constraint("CHECK (weight >= 0)", "A weight cannot be negative.")
    _curve_check = models.Constraint(
        "CHECK (bad_value != good_value)",
        "The value that scores 0 and the one that scores 100 must differ.",
    )
    _window_check = models.Constraint(
        "CHECK (window_days > 0)", "A metric looks at one day at least."
    )

    @api.constrains("explanation")
    def _check_explanation(self):
        for dimension in self:
            try:
                dimension._fill(dimension.explanation or "", {})
            except (ValueError, TypeError) as error:
                raise ValidationError(
                    self.env._(
                        "“%(text)s” cannot be filled with figures. Write a figure as "
                        "%%(value)s and a percent sign as %%%%.",
                        text=dimension.explanation,
                    )
                ) from error

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        if self.env["loyalty.service.health.snapshot.line"].search_count(
            [("dimension_id", "in", self.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "Earlier scores are made of this dimension. Give it the weight 0, and it "
                    "counts no longer."
                )
            )

    # ------------------------------------------------------------------
    # Measure, score, say
    # ------------------------------------------------------------------

    def _measure(self, clients, date):
        """Return ``{client id: facts}`` of the clients of whom the metric knows something.

        ``facts`` is a dict that goes to JSON: ``value``, what the curve reads, and the figures
        that the reason names.
        """
        self.ensure_one()
        found = getattr(self, f"_metric_{self.metric}")(clients, date)
        return {
            client_id: {
                "metric": self.metric,
                "window": self.window_days,
                **(told if isinstance(told, dict) else {"value": told}),
            }
            for client_id, told in found.items()
            if told is not None
        }

    def _score(self, facts):
        """Return the points 0 to 100 of what was measured, None when nothing was."""
        self.ensure_one()
        return health.curve(facts["value"], self.bad_value, self.good_value) if facts else None

    def _reason(self, facts):
        """Say in the reader's language what was measured."""
        self.ensure_one()
        if self.explanation:
            return self._fill(self.explanation, facts)
        say = getattr(self, f"_reason_{facts.get('metric')}", None)
        return say(facts) if say else f"{self.name}: {facts['value']:g}"

    @api.model
    def _fill(self, sentence, facts):
        return sentence % defaultdict(str, facts) if "%" in sentence else sentence

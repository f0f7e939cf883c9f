from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# What a rule may look at. Other fields of an event name its source, say what staff wrote down
# for themselves, or lead on to records that a rule has no business with.
FILTER_FIELDS = (
    "amount",
    "value",
    "channel",
    "summary",
    "user_id",
    "contact_id",
    "partner_id",
    "partner_id.category_id",
    "partner_id.industry_id",
    "partner_id.country_id",
    "partner_id.state_id",
    "partner_id.user_id",
    "company_id",
)
# What a client said of us is never paid for: neither by the score nor by the words.
OF_THE_ANSWER = ("value", "summary", "amount")
SCORES = ("satisfaction", "nps")


class EarningRule(models.Model):
    """Which events a rule may single out, and why not others."""

    _inherit = "loyalty.service.earning.rule"

    filter_fields = fields.Json(compute="_compute_filter_fields")

    @api.depends("event_type_id")
    def _compute_filter_fields(self):
        for rule in self:
            rule.filter_fields = rule._allowed_fields()

    def _allowed_fields(self):
        """Return the paths of the fields by which the rule may filter its events."""
        self.ensure_one()
        if not self._is_about_answers():
            return list(FILTER_FIELDS)
        return [path for path in FILTER_FIELDS if path not in OF_THE_ANSWER]

    def _is_about_answers(self):
        """Tell whether the events of the rule are what clients said when they were asked."""
        self.ensure_one()
        return self.event_type_id.kind == "survey" or self.event_type_id.signal in SCORES

    @api.constrains("domain", "event_type_id", "points_per_unit")
    def _check_filter(self):
        for rule in self:
            allowed = set(rule._allowed_fields())
            for path in rule._filter_paths():
                if path not in allowed:
                    raise ValidationError(rule._filter_refusal(path))
            rule._check_answers_are_not_bought()

    def _check_answers_are_not_bought(self):
        self.ensure_one()
        if not self._is_about_answers():
            return
        if self.event_type_id.signal not in ("participation", *SCORES):
            raise ValidationError(
                self.env._(
                    "The rule %(rule)s would pay for what was answered: events of the type "
                    "%(type)s are recorded for some answers only. Reward the answering itself.",
                    rule=self.name,
                    type=self.event_type_id.name,
                )
            )
        if self.points_per_unit:
            raise ValidationError(
                self.env._(
                    "The rule %(rule)s gives points per unit. An answer is worth the same "
                    "whatever it says: give points per event.",
                    rule=self.name,
                )
            )

    def _filter_refusal(self, path):
        if self._is_about_answers() and path.split(".")[0] in OF_THE_ANSWER:
            return self.env._(
                "The rule %(rule)s would pay for what was answered. Who gets points for a good "
                "score gives good scores, and the survey says nothing any more. Reward the "
                "answering itself, whatever the answer is.",
                rule=self.name,
            )
        Event = self.env["loyalty.service.event"]
        names = [
            Event._fields[name]._description_string(self.env)
            for name in self._allowed_fields()
            if "." not in name
        ]
        return self.env._(
            "The filter of the rule %(rule)s looks at %(field)s. It can look at: %(fields)s.",
            rule=self.name,
            field=path,
            fields=", ".join(names),
        )

    def _filter_domain(self):
        """Return the filter of the rule as a :class:`Domain`.

        :raises ValidationError: one that cannot be read
        """
        self.ensure_one()
        try:
            domain = Domain(literal_eval(self.domain or "[]"))
            domain.validate(self.env["loyalty.service.event"])
        except (ValueError, SyntaxError, TypeError) as error:
            raise ValidationError(
                self.env._(
                    "The filter of the rule %(rule)s cannot be read: %(error)s",
                    rule=self.name,
                    error=error,
                )
            ) from error
        return domain

    def _filter_paths(self):
        """Return the field paths at which the filter looks."""
        return set(_paths(self._filter_domain()))


def _paths(domain, prefix=""):
    """Yield the field paths of a domain, those of an inner one (``any``) after its field."""
    for condition in domain.iter_conditions():
        path = f"{prefix}{condition.field_expr}"
        if condition.operator in ("any", "not any", "any!", "not any!"):
            yield from _paths(Domain(condition.value), f"{path}.")
        else:
            yield path

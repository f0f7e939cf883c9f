from odoo import api, fields, models

from odoo.addons.loyalty_service.engine.comparison import wilson

from ..engine import breach_prediction as engine

#: The picture: where it begins and how long its sides are.
LEFT, TOP, SIDE = 44, 10, 240


class Prediction(models.Model):
    """How well it did, in words, in a picture and in a table."""

    _inherit = "loyalty.service.sla.prediction"

    verdict = fields.Char(compute="_compute_verdict")
    report = fields.Html(compute="_compute_report", sanitize=False)

    @api.depends("state", "date", "missing", "skill", "auc")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for prediction in self:
            prediction.verdict = prediction._get_verdict()

    def _get_verdict(self):
        self.ensure_one()
        if not self.date:
            return self.env._(
                "Nothing has been learned yet. It begins tonight, from the closed tickets."
            )
        if self.state == engine.FEW:
            return self.env._(
                "Nothing is predicted yet: too little has happened. Still missing: %s.",
                self._get_missing(),
            )
        percent = round(self.skill * 100)
        if self.state == engine.WORSE:
            return self.env._(
                "Predictions are hidden: on tickets that it had not seen, the model was not "
                "better, beyond chance, than the share that usually misses (%s %% less error). "
                "It tries again each night.",
                percent,
            )
        return self.env._(
            "On tickets that it had not seen, the model made %(percent)s %% less error than the "
            "share that usually misses, and put a ticket that missed above one that did not in "
            "%(auc)s of 100 pairs.",
            percent=percent,
            auc=round(self.auc * 100),
        )

    def _get_missing(self):
        """Return what is missing before anything is predicted, as a part of a sentence."""
        missing = dict.fromkeys(("tickets", "missed", "met"), 0) | (self.missing or {})
        texts = {
            "tickets": self.env._("%s more tickets that were closed or late", missing["tickets"]),
            "missed": self.env._("%s more that missed a promise", missing["missed"]),
            "met": self.env._("%s more that kept all of theirs", missing["met"]),
        }
        parts = [text for name, text in texts.items() if missing[name]]
        return ", ".join(parts) or self.env._(
            "tickets of a longer time, late ones among the latest"
        )

    @api.depends("bins", "rate", "skill", "auc")
    @api.depends_context("lang")
    def _compute_report(self):
        for prediction in self:
            prediction.report = prediction.bins and self.env["ir.qweb"]._render(
                "loyalty_service_sla.prediction_report", prediction._prepare_report()
            )

    def _prepare_report(self):
        """Return what the picture and the table show, in per cent and in pixels."""
        self.ensure_one()
        rows = []
        for part in self.bins:
            low, high = wilson(part["missed"], part["tickets"])
            rows.append(
                {
                    "predicted": _percents(part["low"], part["high"]),
                    "expected": round(part["expected"] * 100),
                    "missed": round(part["missed"] * 100),
                    "interval": _percents(low, high),
                    "examples": part["examples"],
                    "tickets": part["tickets"],
                    "is_off": not low <= part["expected"] <= high,
                    "x": _across(part["expected"]),
                    "y": _down(part["missed"]),
                    "y_low": _down(low),
                    "y_high": _down(high),
                }
            )
        ticks = [
            {"text": f"{share * 25} %", "x": _across(share / 4), "y": _down(share / 4)}
            for share in range(5)
        ]
        return {
            "prediction": self,
            "rows": rows,
            "ticks": ticks,
            "left": LEFT,
            "top": TOP,
            "right": LEFT + SIDE,
            "bottom": TOP + SIDE,
            "width": LEFT + SIDE + 16,
            "height": TOP + SIDE + 44,
            "skill": _percents(self.skill_low, self.skill_high),
            "auc": _span(f"{self.auc_low:.2f}", f"{self.auc_high:.2f}"),
        }


def _percents(low, high):
    low, high = round(low * 100), round(high * 100)
    return f"{low} %" if low == high else f"{_span(low, high)} %"


def _span(low, high):
    return f"{low}\N{EN DASH}{high}"


def _across(share):
    return round(LEFT + share * SIDE, 1)


def _down(share):
    return round(TOP + (1 - share) * SIDE, 1)

from odoo import api, fields, models

from ..engine import clock as engine


class HelpdeskTicket(models.Model):
    """How likely a ticket is to miss what it was promised, in words."""

    _inherit = "helpdesk.ticket"

    loyalty_breach_probability = fields.Float(
        string="Likely to Miss",
        compute="_compute_loyalty_breach_probability",
        store=True,
        compute_sudo=True,
        aggregator="avg",
        groups="base.group_user",
        help="How likely this ticket is to miss its next promise, learned from tickets that are "
        "closed. Empty where nothing is predicted; see Reporting > Breach Prediction.",
    )
    loyalty_breach_words = fields.Char(
        string="Prediction",
        compute="_compute_loyalty_breach_words",
        compute_sudo=True,
        groups="base.group_user",
    )

    _loyalty_breach_probability_idx = models.Index(
        "(loyalty_breach_probability) WHERE loyalty_breach_probability > 0"
    )

    @api.depends(
        "loyalty_sla_clock_ids.breach_probability",
        "loyalty_sla_clock_ids.state",
        "loyalty_sla_clock_ids.breached",
    )
    def _compute_loyalty_breach_probability(self):
        for ticket in self:
            ticket.loyalty_breach_probability = ticket._get_loyalty_riskiest().breach_probability

    def _get_loyalty_riskiest(self):
        """Return the clock that is likeliest to miss its promise, of those that still can."""
        self.ensure_one()
        return self.loyalty_sla_clock_ids.filtered(
            lambda clock: (
                clock.breach_probability and clock.state in engine.OPEN and not clock.breached
            )
        ).sorted("breach_probability", reverse=True)[:1]

    @api.depends("loyalty_breach_probability", "loyalty_sla_clock_ids.breach_reasons")
    @api.depends_context("lang")
    def _compute_loyalty_breach_words(self):
        for ticket in self:
            clock = ticket._get_loyalty_riskiest()
            ticket.loyalty_breach_words = bool(clock) and ticket._describe_loyalty_risk(clock)

    def _describe_loyalty_risk(self, clock):
        """Return such as '62 % likely to miss the solution, mostly because ...'."""
        self.ensure_one()
        percent = round(clock.breach_probability * 100)
        what = (
            self.env._("%s %% likely to miss the first answer", percent)
            if clock.target == engine.FIRST_RESPONSE
            else self.env._("%s %% likely to miss the solution", percent)
        )
        reasons = [
            text
            for name, value in clock.breach_reasons or ()
            if (text := self._describe_loyalty_reason(name, value))
        ]
        if not reasons:
            return what
        if len(reasons) == 1:
            return self.env._("%(what)s, mostly because %(why)s", what=what, why=reasons[0])
        return self.env._(
            "%(what)s, mostly because %(why)s and %(also)s",
            what=what,
            why=reasons[0],
            also=reasons[1],
        )

    def _describe_loyalty_reason(self, name, value):
        """Return what raises the risk, as a part of a sentence."""
        if name == "time":
            return self.env._("%s %% of the time is used", value)
        if name == "promise":
            return self.env._("%s h are promised", value)
        if name == "load":
            return self.env._("the team has %s other open tickets", value)
        if name == "pauses":
            return self.env._("it was paused") if value else self.env._("it was never paused")
        if name == "messages":
            return (
                self.env._("the client has written again")
                if value
                else self.env._("the client has not written again")
            )
        if name == "answers":
            return (
                self.env._("an answer did not solve it")
                if value
                else self.env._("nobody has answered yet")
            )
        return {
            "priority": self.env._("tickets of its priority are often late"),
            "type": self.env._("tickets of its type are often late"),
            "channel": self.env._("tickets by its channel are often late"),
            "tier": self.env._("tickets of its client's tier are often late"),
            "weekday": self.env._("tickets of this day of the week are often late"),
            "part": self.env._("tickets at this time of day are often late"),
        }.get(name)

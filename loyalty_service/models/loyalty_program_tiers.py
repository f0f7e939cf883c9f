from odoo import api, fields, models

from ..amounts import points_text
from ..engine import tiers

BASES = [
    ("points", "Points earned"),
    ("spend", "Money paid"),
    ("tenure", "Months under agreement"),
]
# What decides which tier a client has: a change takes effect with the next review.
DECIDES = {"tier_basis", "tier_window", "service_points", "active"}


class LoyaltyProgram(models.Model):
    """What the tiers of a programme are reached by."""

    _inherit = "loyalty.program"

    tier_basis = fields.Selection(
        BASES,
        string="Tiers are Reached by",
        required=True,
        default="points",
        help="Points earned: those of earning rules that count for tiers; spending them takes "
        "nothing away. Money paid: the net amount of invoices that are paid, without what was "
        "credited, in the currency of the company that the client paid. Months under agreement: "
        "full months, each on the day on which it is complete; after a gap the client goes on "
        "from where it was.",
    )
    tier_window = fields.Selection(
        [("rolling", "Months up to Today"), ("calendar_year", "Calendar Year")],
        string="Counted over",
        required=True,
        default="rolling",
        help="Months up to today: each tier says how many. Calendar year: the better of this "
        "year and the last counts, so that a tier which is reached holds to the end of the next "
        "year. With 1,000 needed, a client that has earned its 1,000th in March 2025 keeps the "
        "tier until 31 December 2026. If 2026 brings 760 only, it is told in December 2026, as "
        "many days before the end as there are days of grace, that it lacks 240, and on "
        "1 January 2027 it steps down.",
    )
    tier_congratulate = fields.Boolean(
        string="Congratulate by E-mail",
        default=True,
        help="A client that reaches a higher tier gets an e-mail about what it now has.",
    )

    def write(self, vals):
        result = super().write(vals)
        if DECIDES & set(vals):
            self._ask_for_review()
        return result

    def _ask_for_review(self):
        """Have the tiers of all clients of these programmes looked at soon."""
        # sudo: a manager of the programme changes what decides about tiers; nothing but the
        # mark that the firm has looked at them today is written.
        Company_sudo = self.env["res.company"].sudo()
        Company_sudo.search([("loyalty_reviewed_on", "!=", False)]).loyalty_reviewed_on = False
        # sudo: only to have the scheduled action run soon.
        cron = self.env.ref("loyalty_service.ir_cron_review_tiers", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _figure_text(self, basis, figure, company, bare=False):
        """Say how much of what a tier is reached by, such as '1,000 points' or '¥ 12,000'.

        :param bool bare: points as a number only, where the sentence around says what they are
        """
        if basis == "spend":
            currency = company.currency_id
            text = points_text(self.env, figure)
            if currency.position == "before":
                return f"{currency.symbol}\N{NO-BREAK SPACE}{text}"
            return f"{text}\N{NO-BREAK SPACE}{currency.symbol}"
        text = points_text(self.env, figure)
        if basis == "tenure":
            return self.env._("1 month") if figure == 1 else self.env._("%s months", text)
        return text if bare else self.env._("%s points", text)

    def _rung_window(self, months):
        """Return the window of a tier, as the engine knows it."""
        return tiers.YEAR if self.tier_window == "calendar_year" else months

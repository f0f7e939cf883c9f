from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine import tiers
from .client_tier_figures import PAID


class TierContest(models.Model):
    """What whoever answers an objection has to know: what the tier needs, what the client has."""

    _inherit = "loyalty.service.tier.contest"

    needed_text = fields.Char(string="It Needs", compute="_compute_facts")
    counted_text = fields.Char(string="The Client Has", compute="_compute_facts")
    missing_text = fields.Char(
        string="Is Missing",
        compute="_compute_facts",
        help="On the last day before the review, as the client was told: what leaves the window "
        "until then does not count any more.",
    )

    @api.depends("from_tier_id", "client_id", "state", "client_id.qualifying_points")
    @api.depends_context("lang")
    def _compute_facts(self):
        # sudo: who may read the objection may know what decides about it; figures of these very
        # clients and the settings of their programmes.
        outlooks = self.client_id._tier_outlooks()
        for contest in self:
            contest_sudo = contest.sudo()
            client, tier = contest_sudo.client_id, contest_sudo.from_tier_id
            say = self.env["loyalty.program"]._figure_text
            basis, company = tier.program_id.tier_basis, contest_sudo.company_id
            figure = contest_sudo._counted_today()
            contest.needed_text = contest_sudo._say_needed()
            contest.counted_text = say(basis, figure, company)
            outlook = outlooks.get(contest.client_id)
            if outlook and client.tier_id == tier:
                missing, day = outlook.missing, outlook.last_day
            else:
                missing, day = max(tier.threshold - figure, 0), company._loyalty_day()
            if missing > 0:
                contest.missing_text = self.env._(
                    "%(missing)s, counted on %(date)s",
                    missing=say(basis, missing, company),
                    date=format_date(self.env, day),
                )
            else:
                contest.missing_text = self.env._("Nothing: it has what the tier needs")

    def _counted_spans(self):
        """Return ``{key: (first day, last day)}`` of what counts for the tier today."""
        rungs = self.from_tier_id._rungs()
        return tiers.spans(rungs, self.company_id._loyalty_day())

    def _counted_today(self):
        """Return what counts for the tier that the client wants to keep."""
        self.ensure_one()
        tier, today = self.from_tier_id, self.company_id._loyalty_day()
        figures = self.client_id._tier_figures(tier.program_id.tier_basis, self._counted_spans())
        points, _lapse = tiers.count(figures.get(self.client_id.id, {}), today)
        return points.get(tier._rungs()[0].window, 0.0)

    def _say_needed(self):
        """Say what the tier needs, and within which time."""
        tier = self.from_tier_id
        needed = tier._needed_text(self.company_id)
        if tier.program_id.tier_window == "calendar_year":
            return self.env._("%s in this calendar year or the last", needed)
        if not tier.window_months:
            return needed
        return self.env._(
            "%(needed)s in %(months)s months", needed=needed, months=tier.window_months
        )

    def action_view_counted(self):
        """Open what was counted for the tier: bookings of points, paid invoices or agreements."""
        self.ensure_one()
        self.check_access("read")
        # sudo: only which client and which days it is about; the list itself is the user's.
        contest_sudo = self.sudo()
        spans = contest_sudo._counted_spans().values()
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        basis = contest_sudo.from_tier_id.program_id.tier_basis
        action, domain = getattr(contest_sudo, f"_counted_{basis}")(first, last)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(f"loyalty_service.{action}"),
            "display_name": self.env._("What Counted for %s", contest_sudo.partner_id.name),
            "domain": list(domain),
            "context": {},
        }

    def _counted_points(self, first, last):
        domain = Domain("card_id", "=", self.client_id.card_id.id)
        domain &= Domain("qualifying_points", "!=", 0) & Domain("earned_date", "<=", last)
        if first > date.min:
            domain &= Domain("earned_date", ">=", first)
        return "move_action", domain

    def _counted_spend(self, first, last):
        company = self.company_id
        domain = Domain(self.env["loyalty.service.event"]._domain_standing())
        domain &= Domain("partner_id", "=", self.partner_id.id)
        domain &= Domain("company_id", "=", company.id) & Domain("signal", "in", PAID)
        domain &= Domain("date", "<", company._loyalty_moment(fields.Date.add(last, days=1)))
        if first > date.min:
            domain &= Domain("date", ">=", company._loyalty_moment(first))
        return "event_action", domain

    def _counted_tenure(self, _first, _last):
        return "agreement_action", Domain("client_id", "=", self.client_id.id)

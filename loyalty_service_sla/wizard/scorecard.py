from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine import scorecard as engine

PERIODS = [
    (engine.MONTH, "This month"),
    (engine.LAST_MONTH, "Last month"),
    (engine.QUARTER, "This quarter"),
    (engine.LAST_QUARTER, "Last quarter"),
    (engine.YEAR_BACK, "Last 12 months"),
    (engine.OWN, "Own dates"),
]

#: No desk has figures of other years.
FIRST_YEAR, LAST_YEAR = 1970, 2100

OPTIONS = ("period", "date_from", "date_to", "team_id")


class Scorecard(models.TransientModel):
    """How the service desk of a company did: what was asked for, and who may see what.

    The figures are read by one statement (``scorecard_facts.py``) and put into words for screen,
    PDF and spreadsheet in ``scorecard_screen.py``.
    """

    _name = "loyalty.service.sla.scorecard"
    _description = "Service Desk Scorecards"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    period = fields.Selection(PERIODS, required=True, default=engine.YEAR_BACK)
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    team_id = fields.Many2one("helpdesk.ticket.team", ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    sees_all = fields.Boolean(
        compute="_compute_sees_all",
        help="Managers and who leads a team see the cards of everybody in the company. Others see "
        "their own card and the totals of their teams.",
    )

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for record in self:
            record.display_name = self.env._("Scorecards of %s", record.company_id.name)

    @api.model
    def _asked(self, options):
        """Return the scorecards that a screen asks for; nothing is stored.

        :param dict options: values of ``OPTIONS``; those that are missing have their defaults
        """
        self.check_access("create")
        values = {name: options[name] for name in OPTIONS if options.get(name)}
        if values.get("period") not in (None, *dict(PERIODS)):
            raise UserError(self.env._("There is no such period."))
        # The company is the one that the user works in, whatever the screen's context proposes.
        company = {"company_id": self.env.company.id}
        record = self.new({**self.default_get(["period"]), **company, **values})
        record._check_dates()
        record._check_team()
        return record

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_own_company()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._check_own_company()
        return result

    def _check_own_company(self):
        """Refuse a company to which the user does not belong; its figures are not theirs to see."""
        if not self.env.su and self.company_id - self.env.companies:
            raise AccessError(self.env._("You do not work in this company."))

    def _check_dates(self):
        """Refuse days before or after which there is no other period to compare with."""
        for day in (self.date_from, self.date_to):
            if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise UserError(
                    self.env._(
                        "Choose days from %(first)s to %(last)s.",
                        first=FIRST_YEAR,
                        last=LAST_YEAR,
                    )
                )

    def _check_team(self):
        """Refuse a team of which the user sees nothing."""
        if not self.team_id:
            return
        self.team_id.check_access("read")
        if self.team_id._origin not in self._get_teams():
            raise AccessError(self.env._("You are not in this team."))

    def _stored_values(self):
        """Return the values to store what was asked for, so that it can be printed."""
        self.ensure_one()
        return {
            "period": self.period,
            "date_from": self.date_from,
            "date_to": self.date_to,
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
        }

    def _days(self):
        """Return the days of the period, where the firm is, and those that it is compared with."""
        today = self.company_id._loyalty_day()
        days = engine.period(self.period, today, self.date_from, self.date_to)
        return days, engine.before(self.period, days)

    # ------------------------------------------------------------------
    # Who sees what
    # ------------------------------------------------------------------

    @api.depends("company_id")
    @api.depends_context("uid", "su")
    def _compute_sees_all(self):
        user = self.env.user
        if self.env.su or user._loyalty_sla_is_manager():
            self.sees_all = True
            return
        teams = self.env["helpdesk.ticket.team"].search([("user_id", "=", user.id)])
        for record in self:
            record.sees_all = any(
                not team.company_id or team.company_id == record.company_id for team in teams
            )

    def _get_teams(self):
        """Return the teams whose totals the user sees."""
        domain = [("company_id", "in", (False, self.company_id.id))]
        if not self.sees_all:
            domain.append(("user_ids", "in", self.env.uid))
        return self.env["helpdesk.ticket.team"].with_context(active_test=False).search(domain)

    def _scope(self):
        """Return the condition on the tickets that are counted at all, as SQL."""
        self._check_own_company()
        conditions = [SQL("ticket.company_id = %s", self.company_id.id)]
        if self.team_id:
            conditions.append(SQL("ticket.team_id = %s", self.team_id.id))
        elif not self.sees_all:
            teams = self._get_teams()
            conditions.append(
                SQL("ticket.team_id = ANY(%s)", teams.ids)
                if teams
                else SQL("ticket.user_id = %s", self.env.uid)
            )
        return SQL(" AND ").join(conditions)

    def _may_open(self, kind, key):
        """Tell whether the user may see the tickets behind a figure of somebody.

        Which of them can be read is up to the rules of tickets.
        """
        if not self.env["helpdesk.ticket"].has_access("read"):
            return False
        if self.sees_all or (kind == "user" and key == self.env.uid):
            return True
        return kind != "user" and self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user_team")

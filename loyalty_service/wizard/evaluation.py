from functools import cached_property
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import breakage, comparison, evaluation

PERIODS = [
    (evaluation.MONTH, "This month"),
    (evaluation.LAST_MONTH, "Last month"),
    (evaluation.QUARTER, "This quarter"),
    (evaluation.LAST_QUARTER, "Last quarter"),
    (evaluation.YEAR, "This year"),
    (evaluation.LAST_YEAR, "Last year"),
    (evaluation.YEAR_BACK, "Last 12 months"),
    (evaluation.TWO_YEARS_BACK, "Last 24 months"),
]
MEMBERSHIPS = [
    ("engaged", "Clients who took part"),
    ("redeemed", "Clients who used points"),
    ("earned", "Clients who had earned points"),
]
HORIZONS = [("3", "3 months"), ("6", "6 months"), ("12", "12 months")]
MATCHES = [
    ("size", "Amount and tenure"),
    ("industry", "Amount, tenure and industry"),
    ("manager", "Amount, tenure and account manager"),
]
OPTIONS = ("program_id", "period", "membership", "horizon", "match_on")


class Held(NamedTuple):
    """What clients hold at the end of the period.

    :ivar rows: list of ``Liability``
    :ivar points: without what clients owe
    :ivar owed: by clients, zero or less
    :ivar breaking: points that are expected to expire, an ``Interval``; None: too few clients
    """

    rows: list
    points: float
    owed: float
    breaking: object


class Evaluation(models.TransientModel):
    """How a points programme did: what was asked for, and the figures, read when asked.

    Figures come from a few statements over all clients, whatever their number
    (``evaluation_ledger.py``, ``evaluation_clients.py``), through the arithmetic in ``engine/``,
    and are put into words for screen, PDF and spreadsheet in ``evaluation_screen.py``.
    """

    _name = "loyalty.service.evaluation"
    _description = "Programme Evaluation"

    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env["loyalty.program"]._get_service_program(self.env.company),
        domain=[("service_points", "=", True)],
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    period = fields.Selection(PERIODS, required=True, default=evaluation.YEAR_BACK)
    membership = fields.Selection(MEMBERSHIPS, string="Members", required=True, default="redeemed")
    horizon = fields.Selection(HORIZONS, string="Followed for", required=True, default="6")
    match_on = fields.Selection(MATCHES, string="Compared within", required=True, default="size")
    until = fields.Date(help="Last day to look at instead of that of the period.")
    currency_id = fields.Many2one(related="program_id.currency_id")

    @api.depends("program_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for record in self:
            record.display_name = self.env._(
                "Evaluation of %s", record.program_id.name or self.env._("the programme")
            )

    # ------------------------------------------------------------------
    # What was asked for
    # ------------------------------------------------------------------

    @api.model
    def _asked(self, options):
        """Return the evaluation that a screen asks for; nothing is stored.

        :param dict options: values of ``OPTIONS``; those that are missing have their defaults
        """
        self.check_access("create")
        values = {name: options[name] for name in OPTIONS if options.get(name)}
        record = self.new({**self.default_get([*OPTIONS, "company_id"]), **values})
        record.program_id.check_access("read")
        return record

    @api.model
    def _at_month_end(self, program, company, day):
        """Return what reads the ledger of one company up to ``day``, the last of a month."""
        Asked = self.with_context(allowed_company_ids=company.ids)
        return Asked.new(
            {
                **Asked.default_get(["period"]),
                "program_id": program.id,
                "company_id": company.id,
                "until": day,
            }
        )

    def _stored_values(self):
        """Return the values to store what was asked for, so that it can be printed."""
        self.ensure_one()
        return {name: self[name].id if name == "program_id" else self[name] for name in OPTIONS} | {
            "company_id": self.company_id.id
        }

    def _companies(self):
        """Return the companies that are looked at: those of the user that use the programme."""
        owner = self.program_id.company_id
        return self.env.companies & owner if owner else self.env.companies

    def _days(self):
        """Return the first and the last day of the period, where the firm is."""
        return evaluation.period(self.period, self.until or self.company_id._loyalty_day())

    def _months(self):
        """Return the numbers of the months of the period."""
        first, last = self._days()
        return list(range(evaluation.month_number(first), evaluation.month_number(last) + 1))

    def _last_month_end(self):
        """Return the last day of the last month that is over within the period."""
        return evaluation.last_day(evaluation.last_whole_month(self._days()[1]))

    def _moments(self):
        """Return when the period begins and ends, in UTC."""
        first, last = self._days()
        moment = self.company_id._loyalty_moment
        return moment(first), moment(last + relativedelta(days=1))

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _figures(self):
        """Return the :class:`Figures`, each read when it is first asked for."""
        self.ensure_one()
        if not self._companies():
            raise AccessError(
                self.env._("This programme belongs to a company that you have not chosen.")
            )
        return Figures(self)

    def _worth(self, points):
        """Return the value of points in the currency of the programme."""
        return self.currency_id.round(points * self.program_id.service_point_value)


class Figures:
    """The figures of one evaluation."""

    def __init__(self, asked):
        self.asked = asked

    @cached_property
    def flows(self):
        return self.asked._read_flows()

    @cached_property
    def accounts(self):
        return evaluation.accounts(self.flows, self.asked._months())

    @cached_property
    def account(self):
        return evaluation.total(self.accounts)

    @cached_property
    def cohorts(self):
        return evaluation.cohorts(self.flows, self.asked._months())

    @cached_property
    def participation(self):
        """Of the whole period under None, and of each month under its number."""
        return self.asked._read_participation()

    @cached_property
    def breakage(self):
        return breakage.measure(self.asked._read_cells())

    @cached_property
    def held(self):
        asked = self.asked
        _first, last = asked._days()
        rows = asked.env["loyalty.service.move"]._read_liability(
            asked.program_id, last, asked._companies()
        )
        lots = [row for row in rows if not row.is_debt]
        return Held(
            rows=rows,
            points=sum(row.points for row in lots),
            owed=sum(row.points for row in rows if row.is_debt),
            breaking=self.breakage.expect(
                (evaluation.months_before(last, row.expiry), row.points) for row in lots
            ),
        )

    @cached_property
    def costs(self):
        return self.asked._read_costs(self.account)

    @cached_property
    def subjects(self):
        """``{partner id: Subject}`` of the clients on the landmark day."""
        return self.asked._read_subjects()

    @cached_property
    def comparison(self):
        return comparison.compare(self.subjects.values())

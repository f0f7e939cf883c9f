import hashlib
import json

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

# What of the copies decides about the outcome.
RULE_VALUES = (
    "enabled",
    "event_type_id",
    "domain",
    "points_fixed",
    "points_per_unit",
    "use_tier_multiplier",
    "cap_points",
    "cap_period",
    "validity_months",
    "qualifies",
    "date_from",
    "date_to",
)
TIER_VALUES = ("enabled", "threshold", "window_months", "multiplier")
# What of the programme as a whole does, for both sides of the comparison.
PROGRAM_VALUES = ("tier_basis", "tier_window", "tier_grace_days", "service_debt_limit")


class Simulation(models.Model):
    """What other rules and tiers would have given for the firm's own events.

    Rules and tiers are copied, changed here, and replayed beside the real ones by
    ``engine/simulation.py``. The run writes its results here and nothing anywhere else.
    """

    _name = "loyalty.service.simulation"
    _description = "Programme Simulation"
    _order = "id desc"

    name = fields.Char(required=True, default=lambda self: self.env._("What if ..."))
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["loyalty.program"]._get_service_program(self.env.company),
    )
    user_id = fields.Many2one(
        "res.users", string="Made by", readonly=True, default=lambda self: self.env.user
    )
    months = fields.Selection(
        [("12", "the last 12 months"), ("24", "the last 24 months")],
        string="Period",
        required=True,
        default="12",
    )
    whole_period = fields.Boolean(
        string="As if Always in Force",
        default=True,
        help="Rules without a last day count for the whole period, also for events before their "
        "first day. Else a rule that began last month gives nothing for the months before, and "
        "the comparison is between months with rules and months without.",
    )
    point_value = fields.Float(
        string="Value of a Point",
        digits=(16, 6),
        default=lambda self: self._default_point_value(),
        help="In the currency of the company. The programme says, in its own, what a point is "
        "worth.",
    )
    rule_ids = fields.One2many("loyalty.service.simulation.rule", "simulation_id", copy=True)
    tier_ids = fields.One2many("loyalty.service.simulation.tier", "simulation_id", copy=True)

    ran_on = fields.Datetime(string="Last Run", readonly=True, copy=False)
    ran_with = fields.Char(readonly=True, copy=False)
    is_stale = fields.Boolean(compute="_compute_is_stale")
    is_changed = fields.Boolean(compute="_compute_is_changed")
    applied_on = fields.Datetime(readonly=True, copy=False)
    applied_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    @api.model
    def _default_point_value(self):
        program = self.env["loyalty.program"]._get_service_program(self.env.company)
        return program._point_value_in(self.env.company)

    @api.model
    def default_get(self, fields):
        """Start from the rules and tiers as they are."""
        values = super().default_get(fields)
        program = self.env["loyalty.program"].browse(values.get("program_id"))
        if "rule_ids" in fields and program and "rule_ids" not in values:
            values["rule_ids"] = self._copies_of_rules(program)
        if "tier_ids" in fields and program and "tier_ids" not in values:
            values["tier_ids"] = self._copies_of_tiers(program)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        """Start from the rules and tiers as they are, unless others are given."""
        Program = self.env["loyalty.program"]
        return super().create(
            [
                {
                    **self._prepare_start(
                        Program.browse(vals["program_id"]),
                        self.env["res.company"].browse(vals.get("company_id")) or self.env.company,
                    ),
                    **vals,
                }
                if vals.get("program_id")
                else vals
                for vals in vals_list
            ]
        )

    @api.model
    def _prepare_start(self, program, company):
        """Return the values with which a simulation of ``program`` by ``company`` starts."""
        return {
            "rule_ids": self._copies_of_rules(program),
            "tier_ids": self._copies_of_tiers(program),
            "point_value": program._point_value_in(company),
        }

    @api.model
    def _copies_of_rules(self, program, known=()):
        rules = self.env["loyalty.service.earning.rule"].search([("program_id", "=", program.id)])
        Copy = self.env["loyalty.service.simulation.rule"]
        return [Command.create(Copy._prepare_copy(rule)) for rule in rules if rule not in known]

    @api.model
    def _copies_of_tiers(self, program, known=()):
        Copy = self.env["loyalty.service.simulation.tier"]
        ladder = self.env["loyalty.service.tier"]._ladder(program)
        return [Command.create(Copy._prepare_copy(tier)) for tier in ladder if tier not in known]

    def _follow(self):
        """Have the copies say what is in force by now, but for what was changed here."""
        self.ensure_one()
        self.rule_ids._follow()
        self.tier_ids._follow()
        self.write(
            {
                "rule_ids": self._copies_of_rules(self.program_id, self.rule_ids.rule_id),
                "tier_ids": self._copies_of_tiers(self.program_id, self.tier_ids.tier_id),
            }
        )

    def action_reset(self):
        """Start over from the rules and tiers as they are."""
        for simulation in self:
            simulation.rule_ids.with_context(simulation_reset=True).unlink()
            simulation.tier_ids.with_context(simulation_reset=True).unlink()
            simulation.write(self._prepare_start(simulation.program_id, simulation.company_id))
        return True

    # ------------------------------------------------------------------
    # Whether the results are those of the values on the screen
    # ------------------------------------------------------------------

    def _fingerprint(self):
        """Return what tells one set of values from another: those here, and those in force."""
        self.ensure_one()
        program = self.program_id
        here = [self.months, self.whole_period, self.point_value]
        in_force = [program[name] for name in PROGRAM_VALUES]
        for copies, originals, names in (
            (self.rule_ids, self.rule_ids.rule_id | program.earning_rule_ids, RULE_VALUES),
            (self.tier_ids, self.tier_ids.tier_id | program.tier_ids, TIER_VALUES),
        ):
            for told, records in ((here, copies), (in_force, originals.sorted("id"))):
                for record in records:
                    values = copies._read_values(record)
                    told.append([values[name] for name in names])
            in_force.append(sorted(originals.ids))
        return ":".join(
            hashlib.sha256(json.dumps(told).encode()).hexdigest() for told in (here, in_force)
        )

    def _is_overtaken(self):
        """Return whether what is in force has changed since the run."""
        return self.ran_with.partition(":")[2] != self._fingerprint().partition(":")[2]

    @api.depends(
        "ran_with",
        "months",
        "whole_period",
        "point_value",
        "program_id.earning_rule_ids",
        "program_id.tier_ids",
        *(f"program_id.{name}" for name in PROGRAM_VALUES),
        *(f"rule_ids.{name}" for name in RULE_VALUES),
        *(f"tier_ids.{name}" for name in TIER_VALUES),
        *(f"rule_ids.rule_id.{name}" for name in ("active", *RULE_VALUES[1:])),
        *(f"tier_ids.tier_id.{name}" for name in ("active", *TIER_VALUES[1:])),
    )
    def _compute_is_stale(self):
        for simulation in self:
            simulation.is_stale = bool(
                simulation.ran_with and simulation.ran_with != simulation._fingerprint()
            )

    @api.depends("rule_ids.change_text", "tier_ids.change_text")
    def _compute_is_changed(self):
        for simulation in self:
            copies = [*simulation.rule_ids, *simulation.tier_ids]
            simulation.is_changed = any(copy.change_text for copy in copies)

    # ------------------------------------------------------------------
    # Taking the values over
    # ------------------------------------------------------------------

    def action_apply(self):
        """Change the real rules and tiers to what stands here. Given points stay as they are."""
        self.ensure_one()
        self.check_access("write")
        if not self.is_changed:
            raise UserError(self.env._("Nothing is changed here: there is nothing to take over."))
        if self.ran_on and self._is_overtaken():
            raise UserError(
                self.env._(
                    "The rules, tiers or settings in force have changed since the simulation ran. "
                    "Run it again, to see what these values would do now."
                )
            )
        if not self.ran_on or self.is_stale:
            raise UserError(
                self.env._("Run the simulation first, to see what these values would do.")
            )
        # With the rights of the user: only a manager may write rules and tiers.
        self.rule_ids._apply()
        self.tier_ids._apply()
        self.write(
            {
                "applied_on": fields.Datetime.now(),
                "applied_by_id": self.env.uid,
                "ran_with": self._fingerprint(),
            }
        )
        return True

    @api.depends("name", "ran_on")
    def _compute_display_name(self):
        for simulation in self:
            day = simulation.ran_on and simulation.company_id._loyalty_day(simulation.ran_on)
            simulation.display_name = (
                f"{simulation.name} ({format_date(self.env, day)})" if day else simulation.name
            )

from odoo import api, fields, models
from odoo.tools import formatLang


class Tier(models.Model):
    """What a tier gives, in fields that act, and the words for it that follow from them.

    An addon that makes a field act adds its words: see :meth:`_benefit_lines`.
    """

    _inherit = "loyalty.service.tier"

    ticket_priority = fields.Selection(
        [("0", "As for everybody"), ("1", "Medium"), ("2", "High"), ("3", "Very high")],
        string="Priority of Requests",
        required=True,
        default="0",
        help="A new request of a client of this tier gets at least this priority. It acts where "
        "the service desk addon is installed.",
    )
    needs_manager = fields.Boolean(
        string="Named Account Manager",
        help="Each client of this tier has an account manager. Those without one are listed "
        "under Today.",
    )
    free_hours = fields.Float(
        string="Free Service Hours",
        help="Hours of service that a client of this tier has for free in each period. They are "
        "used up by logged events of types that count against them, by their duration. What is "
        "left over is not carried on.",
    )
    free_hours_period = fields.Selection(
        [("month", "per Month"), ("year", "per Calendar Year")],
        string="Free Hours are",
        required=True,
        default="month",
    )
    early_booking_days = fields.Integer(
        string="Books Ahead by (Days)",
        help="So many days before other clients a client of this tier may book appointments in "
        "the portal. Example: where appointments are open for 14 days, 7 more make 21.",
    )
    benefit_text = fields.Text(
        string="Told to the Client", compute="_compute_benefit_text", compute_sudo=True
    )
    without_manager_count = fields.Integer(
        string="Without Account Manager", compute="_compute_without_manager_count"
    )

    _free_hours_check = models.Constraint(
        "CHECK (free_hours >= 0 AND free_hours <= 10000)",
        "Free hours lie between 0 and 10,000.",
    )
    _early_booking_check = models.Constraint(
        "CHECK (early_booking_days >= 0)", "Days cannot be negative."
    )

    @api.depends(
        "multiplier",
        "pricelist_id",
        "sla_factor",
        "ticket_priority",
        "needs_manager",
        "free_hours",
        "free_hours_period",
        "early_booking_days",
    )
    @api.depends_context("lang")
    def _compute_benefit_text(self):
        for tier in self:
            tier.benefit_text = "\n".join(tier._benefit_lines())

    def _benefit_lines(self):
        """Return sentences about what the tier gives, from the fields by which it is given.

        Extend it with what other addons read of the tier.
        """
        self.ensure_one()
        lines = []
        if self.multiplier > 1:
            lines.append(self.env._("%s more points", self._percent(self.multiplier - 1)))
        elif self.multiplier < 1:
            lines.append(self.env._("%s of the usual points", self._percent(self.multiplier)))
        if self.pricelist_id:
            lines.append(self.env._("Prices of the list %s", self.pricelist_id.name))
        if self.needs_manager:
            lines.append(self.env._("An account manager of your own"))
        if self.free_hours:
            hours = self._hours_text(self.free_hours)
            lines.append(
                self.env._("%s of free service a year", hours)
                if self.free_hours_period == "year"
                else self.env._("%s of free service a month", hours)
            )
        if self.early_booking_days == 1:
            lines.append(self.env._("Appointments one day before they are open to others"))
        elif self.early_booking_days:
            lines.append(
                self.env._(
                    "Appointments %s days before they are open to others", self.early_booking_days
                )
            )
        return lines

    def _percent(self, share):
        number = round(share * 100, 2)
        return f"{formatLang(self.env, number, digits=0 if number == int(number) else 1)}%"

    @api.model
    def _hours_text(self, hours):
        """Return hours as people say them: '1 hour', '2.5 hours'."""
        if hours == 1:
            return self.env._("1 hour")
        number = round(hours, 2)
        digits = 0 if number == int(number) else 1 if number * 10 == int(number * 10) else 2
        return self.env._("%s hours", formatLang(self.env, number, digits=digits))

    def _compute_without_manager_count(self):
        counts = dict(
            self.env["loyalty.service.client"]._read_group(
                [("tier_id", "in", self.ids), ("lacks_manager", "=", True)],
                ["tier_id"],
                ["__count"],
            )
        )
        for tier in self:
            tier.without_manager_count = counts.get(tier, 0)

    def action_view_without_manager(self):
        """Open the clients of the tier that have no account manager."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.client_without_manager_action"
        )
        return {**action, "domain": [("tier_id", "=", self.id), ("lacks_manager", "=", True)]}

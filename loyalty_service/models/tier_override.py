from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine import tiers
from .loyalty_program import MANAGER

# What may change after an override was made: whose it is, when contacts merge.
FOLLOWS = {"partner_id", "company_id"}


class TierOverride(models.Model):
    """A tier that a manager gives a client for a time, with the reason.

    It wins over what the client has earned until its last day, and then ends by itself. It is
    never changed or deleted: a longer one is a new one.
    """

    _name = "loyalty.service.tier.override"
    _description = "Tier Given to a Client"
    _order = "date_from desc, id desc"
    _rec_name = "client_id"

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Company", store=True, index=True
    )
    company_id = fields.Many2one(
        related="client_id.company_id", string="Served by", store=True, index=True
    )
    program_id = fields.Many2one(
        "loyalty.program", string="Programme", compute="_compute_program_id"
    )
    tier_id = fields.Many2one(
        "loyalty.service.tier",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('program_id', '=', program_id)]",
    )
    exact = fields.Boolean(
        string="Not More",
        help="Without it the client has at least this tier, and a higher one if it reaches it. "
        "With it the client has exactly this tier, also if it has earned a higher one.",
    )
    reason = fields.Char(required=True, help="For the firm's own history.")
    date_from = fields.Date(
        string="Valid From", required=True, default=lambda self: self.env.company._loyalty_day()
    )
    date_to = fields.Date(
        string="Last Day",
        required=True,
        help="On the day after it the client has the tier that it has earned. It is told before, "
        "as many days as there are days of grace.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Given by",
        default=lambda self: self.env.user,
        required=True,
        readonly=True,
        index=True,
    )
    state = fields.Selection(
        [("planned", "Upcoming"), ("running", "Running"), ("ended", "Ended")],
        required=True,
        default="planned",
        readonly=True,
        copy=False,
    )
    contest_id = fields.Many2one(
        "loyalty.service.tier.contest", index="btree_not_null", ondelete="set null", readonly=True
    )

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day cannot be before the first."
    )
    _current_unique = models.UniqueIndex(
        "(client_id) WHERE state != 'ended'",
        "A tier was given to this client already. End that first.",
    )

    @api.depends("client_id")
    def _compute_program_id(self):
        Program = self.env["loyalty.program"]
        for override in self:
            override.program_id = Program._get_service_program(
                override.client_id.company_id or self.env.company
            )

    @api.constrains("tier_id", "client_id")
    def _check_tier(self):
        for override in self:
            if override.tier_id.program_id != override.program_id:
                raise ValidationError(self.env._("This tier is not one of the client's programme."))

    @api.model_create_multi
    def create(self, vals_list):
        # What was ended a moment ago is so in the database before another takes its place, which
        # the unique index would refuse.
        self.flush_model(["state"])
        # Who gives it, and for which objection, is the system's to say, not the request's.
        given = {} if self.env.su else {"user_id": self.env.uid, "contest_id": False}
        overrides = super().create([{**vals, **given, "state": "planned"} for vals in vals_list])
        for override in overrides:
            today = override.company_id._loyalty_day()
            if override.date_to < today:
                raise UserError(self.env._("The last day has passed already."))
            if override.date_from <= today:
                # sudo: the state is the system's; see write.
                override.sudo().state = "running"
        overrides.client_id._update_tiers()
        return overrides

    def write(self, vals):
        # The state is the system's, which begins and ends overrides.
        if set(vals) - FOLLOWS - ({"state"} if self.env.su else set()):
            raise UserError(
                self.env._("A tier that was given stays in the history. End it and give another.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_refused(self):
        raise UserError(self.env._("A tier that was given stays in the history. End it instead."))

    def action_end(self):
        """End overrides now: the client has what it earned, after its days of grace."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers decide about tiers."))
        self.check_access("read")
        # sudo: the state is the system's; of overrides that the manager may see.
        overrides_sudo = self.sudo().filtered(lambda override: override.state != "ended")
        overrides_sudo.state = "ended"
        overrides_sudo.client_id._update_tiers()
        return True

    @api.model
    def _running(self, clients, today):
        """Return ``{client id: override}`` of those that run on ``today``."""
        return {
            override.client_id.id: override
            for override in self.search(
                [
                    ("client_id", "in", clients.ids),
                    ("state", "=", "running"),
                    ("date_from", "<=", today),
                    ("date_to", ">=", today),
                ]
            )
        }

    @api.model
    def _turn(self, clients, today):
        """Begin and end what the calendar says, of the overrides of ``clients``."""
        current = self.search([("client_id", "in", clients.ids), ("state", "!=", "ended")])
        current.filtered(lambda o: o.date_to < today).state = "ended"
        current.filtered(lambda o: o.state == "planned" and o.date_from <= today).state = "running"

    @api.model
    def _keep_one(self, clients):
        """End all but one of those that ``clients``, who become one client, have.

        The highest tier stays, and of equal ones that which lasts longest.
        """
        current = self.search([("client_id", "in", clients.ids), ("state", "!=", "ended")])
        ranked = current.sorted(
            lambda override: (
                override.tier_id.active,
                override.tier_id.threshold,
                override.date_to,
                override.state == "running",
                not override.exact,
            ),
            reverse=True,
        )
        ranked[1:].state = "ended"
        current.flush_recordset(["state"])

    def _for_engine(self):
        self.ensure_one()
        return tiers.Override(self.tier_id.id, self.date_to, self.exact)

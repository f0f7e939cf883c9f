from odoo import api, fields, models
from odoo.exceptions import AccessError

# Programmes and cards are also read by salespeople, who need not be in the group.
USER = "loyalty_service.group_loyalty_user"
MANAGER = "loyalty_service.group_loyalty_manager"
# What else decides which programme with a ledger the clients of a company earn in.
SERVES = {"active", "company_id", "sequence"}


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    service_points = fields.Boolean(
        string="Fed by Service Events",
        help="Clients earn points of this programme by what happens with them (invoices paid, "
        "agreements renewed, ...) instead of by orders. Every change of such a card is kept in "
        "a ledger.",
    )
    tier_ids = fields.One2many("loyalty.service.tier", "program_id", string="Tiers", groups=USER)
    earning_rule_ids = fields.One2many("loyalty.service.earning.rule", "program_id", groups=USER)
    tier_grace_days = fields.Integer(
        string="Days of Grace",
        default=30,
        help="A client that no longer earns enough for its tier keeps it for so many days.",
    )
    service_debt_limit = fields.Float(
        string="May Owe",
        help="How many points a client may spend beyond what it has. With 0 it spends only what "
        "is there. An invoice that is credited after its points were spent can always leave a "
        "client owing points.",
    )

    _service_points_check = models.Constraint(
        "CHECK (service_points IS NOT TRUE OR (program_type = 'loyalty' AND applies_on = 'both'))",
        "Only a programme of loyalty cards for current and future orders can be fed by "
        "service events.",
    )
    _tier_grace_check = models.Constraint(
        "CHECK (tier_grace_days >= 0)", "The days of grace cannot be negative."
    )
    _service_debt_check = models.Constraint(
        "CHECK (service_debt_limit >= 0)", "The points that a client may owe cannot be negative."
    )

    @api.constrains("service_points", "rule_ids")
    def _check_no_order_rules(self):
        self.filtered("service_points").rule_ids._check_no_ledger()

    @api.onchange("service_points")
    def _onchange_service_points(self):
        if self.service_points:
            self.rule_ids = [fields.Command.clear()]

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        if any(programs.mapped("service_points")):
            self._point_clients()
        return programs

    def write(self, vals):
        opened = self.browse()
        if "service_points" in vals:
            self._check_may_keep_books(bool(vals["service_points"]))
        if vals.get("service_points"):
            opened = self.filtered(lambda program: not program.service_points)
        result = super().write(vals)
        opened._open_ledgers()
        if "service_points" in vals or (SERVES & set(vals) and any(self.mapped("service_points"))):
            self._point_clients()
        return result

    def _point_clients(self):
        """Have clients look at their account of the programme that serves them from now on."""
        # sudo: which account is a client's follows from the programmes, whoever changes them.
        self.env["loyalty.service.client"].sudo()._follow_programs()

    def _check_may_keep_books(self, kept):
        """Refuse to open or close ledgers to who merely sells: without one, points are free."""
        if (
            not self.env.su
            and not self.env.user.has_group(MANAGER)
            and self.filtered(lambda program: program.service_points != kept)
        ):
            raise AccessError(
                self.env._("Only managers of Client Loyalty open or close a ledger of points.")
            )

    def _compute_order_count(self):
        """Count orders for loyalty managers, too, on the form of a programme."""
        may_read = self.env["sale.order.line"].has_access("read")
        # sudo: a number of orders of programmes that the user may read.
        programs = self if may_read else self.sudo()
        return super(LoyaltyProgram, programs)._compute_order_count()

    def _open_ledgers(self):
        """Take the cards of programmes that become service programmes into the ledger."""
        # sudo: every card of the programme has to be taken over, or balances would not add up.
        cards_sudo = (
            self.env["loyalty.card"]
            .sudo()
            .with_context(active_test=False)
            .search([("program_id", "in", self.ids)])
        )
        for card in cards_sudo:
            if card.partner_id.commercial_partner_id != card.partner_id:
                card.partner_id = card.partner_id.commercial_partner_id
        cards_sudo._take_over_balances()
        cards_sudo._book_earlier_orders()
        cards_sudo._link_clients()

    @api.model
    def _get_service_program(self, company):
        """Return the programme whose points clients of ``company`` earn, or none.

        A programme of the company itself goes before one that all companies share.
        """
        # sudo: whoever posts an invoice or writes a meeting makes points, with or without
        # the right to read loyalty programmes; only the programme of this company is read.
        programs_sudo = self.sudo().search(
            [
                ("service_points", "=", True),
                ("active", "=", True),  # said here, since some callers look at all records
                ("company_id", "in", [company.id, False]),
            ],
            order="sequence, id",
        )
        own = programs_sudo.filtered("company_id")
        return (own or programs_sudo)[:1].with_env(self.env)

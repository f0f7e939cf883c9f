from odoo import api, fields, models
from odoo.exceptions import AccessError

from .others import MANAGER

# Programmes and cards are also read by salespeople, who need not be in the group.
USER = "loyalty_service.group_loyalty_user"
# What else decides which programme with a ledger the clients of a company earn in.
SERVES = {"active", "company_id", "sequence"}
# What of such a programme moves accounts or money: beside this, what its names begin with.
MANAGED = {"active", "company_id", "currency_id"}
MANAGED_PREFIXES = ("service_", "tier_", "referral_", "booking_")


class LoyaltyProgram(models.Model):
    _name = "loyalty.program"
    _inherit = ["loyalty.program", "loyalty.service.others"]
    _belongs_by = {"service_points", "program_type"}

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
        help="How many points a client may spend on gifts and services beyond what it has, and a "
        "manager may take away. With 0 it spends only what is there. A discount in a quotation "
        "never takes more than is there. Example: with 300 points and 200 here, a gift for 500 can "
        "be redeemed, a discount for 400 cannot. An invoice that is credited after its points "
        "were spent can always leave a client owing points.",
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
        kept = programs.filtered("service_points")
        if kept:
            kept._check_may_keep_books()
            self._point_clients()
        return programs

    def write(self, vals):
        opened, kept = self.browse(), self.filtered("service_points")
        if "service_points" in vals:
            (kept if not vals["service_points"] else self - kept)._check_may_keep_books()
        if self._moves_accounts(vals):
            kept._check_may_keep_books()
        if vals.get("service_points"):
            opened = self - kept
        serving = "sequence" in vals and kept._serving()
        result = super().write(vals)
        if serving and kept._serving() != serving:
            kept._check_may_keep_books()
        opened._open_ledgers()
        if "service_points" in vals or (SERVES & set(vals) and any(self.mapped("service_points"))):
            self._point_clients()
        return result

    def _keeps_ledger(self):
        """Loyalty cards without a ledger are those for which a manager may open one."""
        return self.service_points or self.program_type == "loyalty"

    def _point_clients(self):
        """Have clients look at their account of the programme that serves them from now on."""
        # sudo: which account is a client's follows from the programmes, whoever changes them.
        self.env["loyalty.service.client"].sudo()._follow_programs()

    def _check_may_keep_books(self):
        """Refuse what moves accounts or money to who merely sells: else points are free."""
        if self and not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "Only managers of Client Loyalty open or close a ledger of points, and say "
                    "what its points are worth and whom it serves."
                )
            )

    @api.model
    def _moves_accounts(self, vals):
        """Tell whether ``vals`` have something that decides what clients have or what it costs.

        What a programme offers is a list of records with rights of their own.
        """
        return any(
            name in MANAGED
            or (name.startswith(MANAGED_PREFIXES) and self._fields[name].type != "one2many")
            for name in vals.keys() & self._fields.keys() - {"service_points"}
        )

    def _serving(self):
        """Return the programmes with a ledger that the companies have their clients earn in.

        Who sells brings their own programmes into another order by dragging, and writes the
        numbers of all; that is no matter as long as nobody is served by another one.
        """
        if not self or self.env.su or self.env.user.has_group(MANAGER):
            return None
        # sudo: which programme serves each of the companies, not only those of the user.
        companies_sudo = self.env["res.company"].sudo().search([("id", "!=", False)])
        return [self._get_service_program(company).id for company in companies_sudo]

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

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..actions import open_form
from .loyalty_reward import KINDS

STATES = [
    ("requested", "Requested"),
    ("prepared", "Prepared"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
]
OPEN = ("requested", "prepared")

# What people may write. The rest only the actions of a redemption decide, since points and
# events follow from it.
EDITABLE = {"contact_id", "delivery_address", "note", "user_id", "cancel_reason"}


class Redemption(models.Model):
    """A reward that a client has asked for, on its way to the client.

    Points of a gift or service are spent when it is asked for and come back to their lots when
    it is cancelled. A discount is a wish: Odoo spends the points when the quotation that grants
    it is confirmed. Redemptions are made by :meth:`_redeem` and nothing else, and keep points
    and cost as they were then.
    """

    _name = "loyalty.service.redemption"
    _description = "Reward Redemption"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_requested desc, id desc"

    client_id = fields.Many2one(
        "loyalty.service.client",
        string="Loyalty Record",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Client", store=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    contact_id = fields.Many2one(
        "res.partner",
        string="Deliver to",
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        help="Who of the client receives it, and the mails about it.",
    )
    delivery_address = fields.Text(help="Where it goes, as it was given with the request.")
    reward_id = fields.Many2one(
        "loyalty.reward", required=True, index=True, readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    reward_image = fields.Image(related="reward_id.service_image", string="Picture")
    points = fields.Float(
        digits=(16, 2),
        readonly=True,
        help="What it cost the client. For a discount: what it needs at least until the "
        "quotation is confirmed, and what it took then.",
    )
    points_asked = fields.Float(
        string="Points Asked For",
        digits=(16, 2),
        readonly=True,
        help="Of a discount by the point: how many the client wants to use.",
    )
    cost = fields.Monetary(
        readonly=True, string="Cost to the Firm", help="As it was when it was asked for."
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="requested",
        index=True,
        tracking=True,
        group_expand=True,
    )
    date_requested = fields.Datetime(string="Requested on", required=True, readonly=True)
    date_prepared = fields.Datetime(string="Prepared on", readonly=True)
    date_delivered = fields.Datetime(string="Delivered on", readonly=True)
    date_cancelled = fields.Datetime(string="Cancelled on", readonly=True)
    requested_by_id = fields.Many2one(
        "res.users", string="Requested by", readonly=True, index="btree_not_null"
    )
    done_by_id = fields.Many2one(
        "res.users",
        string="Delivered or Cancelled by",
        readonly=True,
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False)]",
    )
    is_from_portal = fields.Boolean(string="Asked for in the Portal", readonly=True)
    note = fields.Text(help="What the client wishes, such as a size or a date.")
    cancel_reason = fields.Char(
        string="Reason of the Cancellation", tracking=True, help="Told to the client."
    )
    days_waiting = fields.Integer(
        compute="_compute_days_waiting",
        search="_search_days_waiting",
        help="Days since the request, until it is delivered or cancelled.",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Quotation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Of a discount: the quotation that grants it.",
    )
    token = fields.Char(
        readonly=True, help="Names the click that made it, so that a double one makes it once."
    )
    has_taken_stock = fields.Boolean(readonly=True)
    is_mailed = fields.Boolean(
        readonly=True, help="The client has been told by mail that it was delivered."
    )

    _token_unique = models.UniqueIndex(
        "(token) WHERE token IS NOT NULL", "This has been requested already."
    )
    _points_check = models.Constraint("CHECK (points >= 0)", "The points cannot be negative.")
    _open_idx = models.Index(
        "(company_id, date_requested) WHERE state IN ('requested', 'prepared')"
    )

    @api.depends("reward_id", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for redemption in self:
            redemption.display_name = self.env._(
                "%(reward)s for %(client)s",
                reward=redemption.reward_id.description or "",
                client=redemption.partner_id.name or "",
            )

    @api.depends("state", "date_requested")
    def _compute_days_waiting(self):
        now = fields.Datetime.now()
        for redemption in self:
            waits = redemption.state in OPEN and redemption.date_requested
            redemption.days_waiting = (now - redemption.date_requested).days if waits else 0

    def _search_days_waiting(self, operator, value):
        """Find what has been waiting for so many full days."""
        if operator not in (">=", ">", "<", "<=") or isinstance(value, bool):
            return NotImplemented
        # Waiting for at least N days is asked for N days ago or earlier.
        days = value + (operator in (">", "<="))
        moment = fields.Datetime.now() - timedelta(days=days)
        waiting = [("state", "in", OPEN), ("date_requested", "<=", moment)]
        return waiting if operator in (">=", ">") else ["!", "&", *waiting]

    # ------------------------------------------------------------------
    # Only the actions decide
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("Redeem a reward from the form of the client."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and (set(vals) & set(self._fields)) - EDITABLE - self._social_fields():
            raise UserError(
                self.env._(
                    "What was redeemed cannot be changed. Cancel it, which gives the points back, "
                    "and redeem anew."
                )
            )
        return super().write(vals)

    @api.model
    def _social_fields(self):
        """Return what chatter and activities write."""
        return {name for name in self._fields if name.startswith(("message_", "activity_"))}

    @api.constrains("contact_id")
    def _check_contact(self):
        for redemption in self:
            if redemption.contact_id and redemption._receiver() != redemption.contact_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s does not belong to %(client)s.",
                        contact=redemption.contact_id.display_name,
                        client=redemption.partner_id.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_refused(self):
        raise UserError(
            self.env._(
                "What was redeemed cannot be deleted. Cancel it, which gives the points back."
            )
        )

    def _points_origin(self):
        """Return what names the redemption in the ledger of points."""
        self.ensure_one()
        return f"{self._name},{self.id}"

    def action_view_order(self):
        """Open the quotation that grants the discount."""
        self.ensure_one()
        return open_form(self.order_id)

    def action_open_partner(self):
        """Open the client's own form, where its Loyalty tab is."""
        return self.client_id.action_open_partner()

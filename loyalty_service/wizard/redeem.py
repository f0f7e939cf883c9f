from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..actions import open_form
from ..models.loyalty_reward import DISCOUNT


class Redeem(models.TransientModel):
    """Redeem a reward for a client: first which one, then for whom and whereto.

    What it shows of client, contact and reward is read with the rights of the user: a record
    that is named by its id alone tells nothing.
    """

    _name = "loyalty.service.redeem"
    _description = "Redeem a Reward"

    client_id = fields.Many2one(
        "loyalty.service.client", string="Loyalty Record", required=True, readonly=True
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Client", related_sudo=False
    )
    tier_id = fields.Many2one(related="client_id.tier_id", related_sudo=False)
    tier_color = fields.Integer(related="client_id.tier_color", related_sudo=False)
    balance = fields.Float(related="client_id.points_today", string="Balance", related_sudo=False)
    line_ids = fields.One2many("loyalty.service.redeem.line", "redeem_id", readonly=True)
    reward_id = fields.Many2one("loyalty.reward", readonly=True)
    price = fields.Float(related="reward_id.required_points", string="Points", related_sudo=False)
    kind = fields.Selection(related="reward_id.service_kind", related_sudo=False)
    left = fields.Float(compute="_compute_left", string="Balance Afterwards")
    contact_id = fields.Many2one(
        "res.partner",
        string="Deliver to",
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    delivery_address = fields.Text(
        compute="_compute_delivery_address",
        compute_sudo=False,
        store=True,
        readonly=False,
        string="Address",
    )
    note = fields.Text()
    # Names this dialog, so that a double click or a retried request redeems once.
    token = fields.Char(default=lambda self: str(uuid4()), readonly=True)

    @api.depends("price", "balance", "kind")
    def _compute_left(self):
        for redeem in self:
            spent = 0.0 if redeem.kind == DISCOUNT else redeem.price
            redeem.left = redeem.balance - spent

    @api.depends("contact_id")
    def _compute_delivery_address(self):
        for redeem in self:
            redeem.delivery_address = redeem.contact_id._loyalty_address()

    @api.model_create_multi
    def create(self, vals_list):
        redeems = super().create(vals_list)
        redeems._check_readable()
        return redeems

    def write(self, vals):
        result = super().write(vals)
        self._check_readable()
        return result

    def _check_readable(self):
        for records in (self.client_id, self.contact_id, self.reward_id):
            records.check_access("read")

    @api.model
    def _open_for(self, client, contact):
        """Return the action that opens the dialog for ``client``."""
        redeem = self.create(
            {
                "client_id": client.id,
                "contact_id": contact.id,
                "line_ids": [
                    fields.Command.create(
                        {
                            "reward_id": offer.reward.id,
                            "is_within_reach": not offer.obstacles,
                            "obstacle": " ".join(offer.obstacles) or False,
                        }
                    )
                    for offer in client._offers()
                ],
            }
        )
        return redeem._reopen()

    def _reopen(self):
        self.ensure_one()
        name = (
            self.env._("Redeem: %s", self.reward_id.description)
            if self.reward_id
            else self.env._("Redeem for %s", self.partner_id.name)
        )
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_back(self):
        """Choose another reward."""
        self.reward_id = False
        return self._reopen()

    def action_redeem(self):
        """Redeem the reward that was chosen, and open it."""
        self.ensure_one()
        if not self.reward_id:
            raise UserError(self.env._("Choose a reward first."))
        self._check_readable()
        redemption = self.env["loyalty.service.redemption"]._redeem(
            self.client_id,
            self.reward_id,
            token=self.token,
            contact_id=self.contact_id.id or self.partner_id.id,
            delivery_address=self.delivery_address,
            note=self.note,
        )
        return open_form(redemption)

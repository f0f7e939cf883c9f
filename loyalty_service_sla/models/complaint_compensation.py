from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class Complaint(models.Model):
    """What the firm offers the client for the trouble, once a manager has approved it."""

    _inherit = "loyalty.service.complaint"

    currency_id = fields.Many2one(related="company_id.currency_id")
    compensation_amount = fields.Monetary(string="Compensation", tracking=True)
    compensation_text = fields.Char(
        string="What the Client Gets", help="e.g. one month free of charge. The client reads it."
    )
    compensation_state = fields.Selection(
        [
            ("none", "None"),
            ("requested", "To Approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        string="Approval",
        required=True,
        readonly=True,
        default="none",
        index=True,
        tracking=True,
    )
    compensation_user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="set null"
    )
    compensation_date = fields.Datetime(string="Decided On", readonly=True)

    _compensation_check = models.Constraint(
        "CHECK (compensation_amount >= 0)", "A compensation cannot be negative."
    )

    def write(self, vals):
        if not {"compensation_amount", "compensation_text"} & set(vals):
            return super().write(vals)
        before = {
            complaint: (complaint.compensation_amount, complaint.compensation_text)
            for complaint in self
        }
        result = super().write(vals)
        changed = self.filtered(
            lambda one: before[one] != (one.compensation_amount, one.compensation_text)
        )
        # sudo: what was approved was something else; the write above has checked the rights.
        for complaint_sudo in changed.sudo():
            asks = complaint_sudo.compensation_amount or complaint_sudo.compensation_text
            complaint_sudo.write(
                {
                    "compensation_state": "requested" if asks else "none",
                    "compensation_user_id": False,
                    "compensation_date": False,
                }
            )
        return result

    def action_approve_compensation(self):
        self._decide_compensation("approved")

    def action_refuse_compensation(self):
        self._decide_compensation("refused")

    def _decide_compensation(self, state):
        """Note what a manager has decided about the compensation that was asked for."""
        if not self.env.user._loyalty_sla_is_manager():
            raise AccessError(self.env._("Only managers decide about compensations."))
        self.check_access("write")
        if any(complaint.compensation_state != "requested" for complaint in self):
            raise UserError(self.env._("There is no compensation to decide about."))
        # sudo: nobody writes the decision by hand; a manager with the right to write decides.
        self.sudo().write(
            {
                "compensation_state": state,
                "compensation_user_id": self.env.uid,
                "compensation_date": fields.Datetime.now(),
            }
        )

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_list

ACTIVITY = "loyalty_service_sla.mail_activity_type_compensation"
#: So many of the others who may decide are named.
NAMED = 3


class Complaint(models.Model):
    """What the firm offers the client for the trouble, once a manager has approved it.

    Four eyes: whoever has asked for it does not approve it. Where nobody else may, the manager
    approves alone and says why.
    """

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
    compensation_requester_id = fields.Many2one(
        "res.users", string="Asked for by", readonly=True, ondelete="set null"
    )
    compensation_user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="set null"
    )
    compensation_date = fields.Datetime(string="Decided On", readonly=True)
    compensation_reason = fields.Char(
        string="Decided Alone because",
        tracking=True,
        help="Why the manager who has asked for the compensation approves it as well. Only where "
        "there is no other manager.",
    )
    compensation_role = fields.Selection(
        [
            ("decide", "Decides"),
            ("alone", "Decides alone"),
            ("wait", "Has asked for it"),
            ("none", "Does not decide"),
        ],
        compute="_compute_compensation_role",
        help="What the reader may do about the compensation.",
    )

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
            asks = bool(complaint_sudo.compensation_amount or complaint_sudo.compensation_text)
            complaint_sudo.write(
                {
                    "compensation_state": "requested" if asks else "none",
                    "compensation_requester_id": asks and self.env.uid,
                    "compensation_user_id": False,
                    "compensation_date": False,
                    "compensation_reason": asks and vals.get("compensation_reason"),
                }
            )
            complaint_sudo._ask_deciders()
        return result

    @api.depends("compensation_requester_id", "compensation_state", "company_id", "active")
    @api.depends_context("uid")
    def _compute_compensation_role(self):
        me = self.env.user
        is_manager = me._loyalty_sla_is_manager()
        for complaint in self:
            is_asked = complaint.active and complaint.compensation_state == "requested"
            if not is_manager or not is_asked:
                complaint.compensation_role = "none"
            elif complaint.compensation_requester_id != me:
                complaint.compensation_role = "decide"
            else:
                others = complaint._get_deciders() - me
                complaint.compensation_role = "wait" if others else "alone"

    def _get_deciders(self):
        """Return the managers who may approve a compensation of this company."""
        return self.env["res.users"]._loyalty_sla_get_managers(self.company_id)

    def _ask_deciders(self):
        """Tell who decides that there is a compensation to decide about.

        The leader of the team, or all who may if the leader may not; never who has asked for it,
        unless there is nobody else.
        """
        self.ensure_one()
        self.activity_unlink([ACTIVITY])
        if not self.active or self.compensation_state != "requested":
            return
        deciders = self._get_deciders()
        others = deciders - self.compensation_requester_id
        leader = self.ticket_id.team_id.user_id & others
        for user in leader or others or deciders:
            reader = self.with_context(
                lang=user.lang or self.company_id._loyalty_lang(), mail_activity_quick_update=True
            )
            reader.activity_schedule(
                ACTIVITY, summary=reader._get_request_summary(), user_id=user.id
            )

    def _get_request_summary(self):
        """Say in the reader's language what is asked for."""
        return self.env._("Compensation to approve: %s", self._get_compensation_words())

    def _get_compensation_words(self):
        """Return amount and text, as the client reads them, too; "" where it gets nothing."""
        self.ensure_one()
        amount = self.compensation_amount and format_amount(
            self.env, self.compensation_amount, self.currency_id
        )
        return " · ".join(filter(None, (amount, self.compensation_text)))

    def action_approve_compensation(self):
        self._decide_compensation("approved")

    def action_refuse_compensation(self):
        self._decide_compensation("refused")

    def _decide_compensation(self, state):
        """Note what a manager has decided about the compensation that was asked for."""
        if not self.env.user._loyalty_sla_is_manager():
            raise AccessError(self.env._("Only managers decide about compensations."))
        self.check_access("write")
        # Two managers at once: the second sees what the first has decided.
        self.lock_for_update()
        self.invalidate_recordset(
            [
                "active",
                "compensation_state",
                "compensation_requester_id",
                "compensation_amount",
                "compensation_text",
            ]
        )
        if any(
            not complaint.active or complaint.compensation_state != "requested"
            for complaint in self
        ):
            raise UserError(self.env._("There is no compensation to decide about."))
        if state == "approved":
            self._check_seen()
            self._check_four_eyes()
        # sudo: nobody writes the decision by hand; a manager with the right to write decides.
        self.sudo().write(
            {
                "compensation_state": state,
                "compensation_user_id": self.env.uid,
                "compensation_date": fields.Datetime.now(),
            }
        )
        # sudo: the activities of other managers go, too.
        self.sudo().activity_unlink([ACTIVITY])

    def _check_seen(self):
        """Refuse to approve another compensation than the one on the manager's screen.

        The button sends what stands there, as ``loyalty_seen_compensation``: the pair of amount
        and text. Who does not say what was seen has seen nothing.
        """
        match self.env.context.get("loyalty_seen_compensation"):
            case [int() | float() as amount, str() | False | None as text]:
                pass
            case _:
                raise UserError(
                    self.env._(
                        "Open the complaint and approve there the compensation that you see."
                    )
                )
        for complaint in self:
            if (complaint.compensation_text or "") != (
                text or ""
            ) or complaint.currency_id.compare_amounts(complaint.compensation_amount, amount):
                raise UserError(
                    self.env._(
                        "The compensation was changed while you looked at it. Load the page again "
                        "and read what is asked for now."
                    )
                )

    def _check_four_eyes(self):
        """Refuse who approves its own wish, unless nobody else may and it has said why."""
        me = self.env.user
        for complaint in self.filtered(lambda one: one.compensation_requester_id == me):
            others = complaint._get_deciders() - me
            if others:
                # sudo: who else decides is told by name; of users nothing else is read.
                names = others.sudo()[:NAMED].mapped("name")
                raise UserError(
                    self.env._(
                        "You have asked for this compensation yourself. Somebody else approves it: "
                        "%s.",
                        format_list(self.env, names, "or"),
                    )
                )
            complaint._require(
                "compensation_reason",
                self.env._(
                    "There is no other manager to approve it. First write down why you decide "
                    "alone."
                ),
            )

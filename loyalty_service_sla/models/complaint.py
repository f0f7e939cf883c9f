from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_list

STATES = [
    ("receipt", "Receipt"),
    ("investigation", "Investigation"),
    ("solution", "Solution"),
    ("feedback", "Feedback"),
    ("closed", "Closed"),
]

SEVERITIES = [("0", "Minor"), ("1", "Moderate"), ("2", "Serious"), ("3", "Critical")]

#: As long as nobody has looked at it.
UNASSESSED = "1"

#: What is written by hand; everything else comes about by the buttons and by the client.
DRAFT = {
    "category_id",
    "severity",
    "root_cause_id",
    "investigation",
    "solution",
    "prevention",
    "compensation_amount",
    "compensation_text",
    "compensation_reason",
    "move_id",
    "agreement_id",
    "staff_id",
    "team_id",
    "answer_comment",
    "lapse_reason",
}

#: What the client was told stands while the client thinks about it.
TOLD = DRAFT - {"prevention", "answer_comment", "lapse_reason"}


class Complaint(models.Model):
    """A complaint from its receipt to the client's answer: one for each ticket of that type.

    The ticket has the clocks, the conversation and the assignee. Here stands what ISO 10002 asks
    to be kept: how it was assessed, what the cause was, what was decided and what the client said.
    """

    _name = "loyalty.service.complaint"
    _description = "Complaint"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "received_date desc, id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="receipt", index=True, tracking=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="ticket_id.commercial_partner_id", string="Client", store=True, index=True
    )
    contact_id = fields.Many2one(related="ticket_id.partner_id", string="Complained")
    user_id = fields.Many2one(
        related="ticket_id.user_id", string="Handled by", store=True, index=True
    )
    ticket_team_id = fields.Many2one(
        related="ticket_id.team_id", string="Handling Team", store=True, index=True
    )
    # By the names that the timer looks for.
    loyalty_sla_deadline = fields.Datetime(related="ticket_id.loyalty_sla_deadline")
    loyalty_sla_timers = fields.Json(related="ticket_id.loyalty_sla_timers")
    description = fields.Html(related="ticket_id.description", string="What the Client Says")
    received_date = fields.Datetime(
        string="Received", required=True, readonly=True, default=fields.Datetime.now, index=True
    )
    acknowledged_date = fields.Datetime(
        string="Acknowledged", readonly=True, help="The first public answer after the receipt."
    )
    closed_date = fields.Datetime(string="Closed On", readonly=True)
    days = fields.Float(
        string="Days until Closed",
        compute="_compute_days",
        store=True,
        aggregator="avg",
        help="From the receipt to the last closing, every day counted.",
    )
    severity = fields.Selection(
        SEVERITIES, required=True, default=UNASSESSED, index=True, tracking=True
    )
    category_id = fields.Many2one(
        "loyalty.service.complaint.category",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Responsible Team",
        index="btree_not_null",
        ondelete="set null",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Whose work the complaint is about; not always the team that handles it.",
    )
    staff_id = fields.Many2one(
        "res.users",
        string="Employee",
        index="btree_not_null",
        ondelete="set null",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Whom the complaint is about, if it is about somebody.",
    )
    agreement_id = fields.Many2one(
        "loyalty.service.agreement",
        index="btree_not_null",
        ondelete="set null",
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id)]",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        ondelete="set null",
        domain="[('commercial_partner_id', '=', partner_id), ('company_id', '=', company_id), "
        "('move_type', 'in', ('out_invoice', 'out_refund'))]",
    )
    root_cause_id = fields.Many2one(
        "loyalty.service.complaint.cause",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
    )
    is_ours = fields.Boolean(related="root_cause_id.is_ours", string="Our Fault", store=True)
    investigation = fields.Text(help="What was looked at and what came out. For staff only.")
    solution = fields.Text(help="The client reads it by e-mail and in the portal.")
    prevention = fields.Text(
        string="So that It Does not Happen Again", help="What the firm changes. For staff only."
    )

    _ticket_unique = models.UniqueIndex("(ticket_id)", "This ticket has its complaint already.")

    @api.depends("received_date", "closed_date")
    def _compute_days(self):
        for complaint in self:
            passed = complaint.closed_date and complaint.closed_date - complaint.received_date
            complaint.days = passed.total_seconds() / 86400 if passed else 0

    @api.constrains("agreement_id", "move_id", "team_id", "staff_id")
    def _check_links(self):
        for complaint in self:
            foreign = complaint._get_foreign_links()
            if "agreement_id" in foreign:
                raise ValidationError(self.env._("The agreement is not one of this client."))
            if "move_id" in foreign:
                raise ValidationError(self.env._("The invoice is not one of this client."))
            if "team_id" in foreign:
                raise ValidationError(self.env._("The team belongs to another company."))
            if "staff_id" in foreign:
                raise ValidationError(self.env._("The employee does not work for this company."))

    def _get_foreign_links(self):
        """Return the names of the links to what is not this client's, or not this company's."""
        self.ensure_one()
        # sudo: whether the linked records are this client's and this company's is all that is
        # asked; the user need not be allowed to read them.
        complaint_sudo = self.sudo()
        client, company = complaint_sudo.partner_id, complaint_sudo.company_id
        agreement, move = complaint_sudo.agreement_id, complaint_sudo.move_id
        team, staff = complaint_sudo.team_id, complaint_sudo.staff_id
        is_foreign = {
            "agreement_id": (agreement.partner_id, agreement.company_id) != (client, company),
            "move_id": (move.commercial_partner_id, move.company_id) != (client, company),
            "team_id": team.company_id not in (company, company.browse()),
            "staff_id": staff.share or company not in staff.company_ids,
        }
        return [name for name, holds in is_foreign.items() if complaint_sudo[name] and holds]

    def _get_owners(self):
        """Return ``{complaint: (client, company, links that are foreign)}``, as they are."""
        return {
            complaint: (
                complaint.partner_id,
                complaint.company_id,
                complaint._get_foreign_links(),
            )
            for complaint in self
        }

    def _drop_foreign_links(self, before):
        """Take away what belongs to another client or company than the ticket does by now.

        Nothing else: an employee who has left the firm was with the complaint all the same. The
        history keeps what it was, which is for staff only; but of another company nothing is told
        to those who read it now.

        :param dict before: what :meth:`_get_owners` returned before the ticket was changed
        """
        for complaint, (client, company, known) in before.items():
            moved = complaint.company_id != company
            if not moved and complaint.partner_id == client:
                continue
            # What the other company has is not looked at there, whatever it was here.
            foreign = [
                name for name in complaint._get_foreign_links() if moved or name not in known
            ]
            if not foreign:
                continue
            words = complaint._in_staff_words()
            labels = [
                self._fields[name]._description_string(words.env)
                + ("" if moved else f": {complaint[name].display_name}")
                for name in foreign
            ]
            complaint.write(dict.fromkeys(foreign, False))
            complaint.message_post(
                body=words.env._(
                    "The ticket belongs to another client or company now. Removed: %s",
                    format_list(words.env, labels),
                )
            )

    def write(self, vals):
        if not self.env.su and set(vals) - DRAFT - self._social_fields():
            raise UserError(self.env._("Use the buttons of the complaint instead."))
        if not self.env.su:
            if any(complaint.state == "closed" for complaint in self) and set(vals) & (
                DRAFT - {"prevention"}
            ):
                raise UserError(
                    self.env._("The complaint is closed. Reopen it before you change it.")
                )
            if any(complaint.state == "feedback" for complaint in self) and set(vals) & TOLD:
                raise UserError(
                    self.env._(
                        "The client is asked about this solution. Record the answer before you "
                        "change it."
                    )
                )
        before = {one: one.severity for one in self} if "severity" in vals else {}
        result = super().write(vals)
        self._renew_promises(before)
        return result

    @api.model
    def _renew_promises(self, before):
        """Promise anew what is promised by how serious a complaint is.

        :param dict before: ``{complaint: its severity before it was changed}``
        """
        # sudo: whoever assesses a complaint; only the clocks of its own ticket are moved.
        changes = {
            complaint.sudo().ticket_id: [["severity", severity, complaint.severity]]
            for complaint, severity in before.items()
            if complaint.active and complaint.severity != severity
        }
        if changes:
            self.env["helpdesk.ticket"].sudo().union(*changes)._loyalty_sla_renew_promise(changes)

    @api.model
    def _social_fields(self):
        """Return what chatter and activities write."""
        return {name for name in self._fields if name.startswith(("message_", "activity_"))}

    def action_open_ticket(self):
        """Open the ticket, where the conversation and the clocks are."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "view_mode": "form",
        }

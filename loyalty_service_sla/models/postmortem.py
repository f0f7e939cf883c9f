from datetime import timedelta
from hashlib import sha256

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_datetime

STATES = [("draft", "To Write"), ("reviewed", "Reviewed"), ("closed", "Closed")]
REMINDER = "loyalty_service_sla.mail_activity_type_postmortem"

#: What is written by hand while it is written; everything else comes about by the buttons.
DRAFT = {
    "user_id",
    "summary",
    "impact",
    "timeline",
    "cause_id",
    "root_cause",
    "went_well",
    "went_badly",
}
TEXTS = DRAFT - {"user_id"}


class Postmortem(models.Model):
    """What was learned from an emergency: one for each, reviewed by a second person.

    It looks for causes in how the work is done, and for nobody to blame.
    """

    _name = "loyalty.service.sla.postmortem"
    _description = "Post-mortem"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "declared_date desc, id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    ticket_name = fields.Char(related="ticket_id.name", string="Emergency")
    active = fields.Boolean(default=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", index=True, tracking=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="ticket_id.commercial_partner_id", string="Client", store=True, index=True
    )
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, index=True)
    declared_date = fields.Datetime(
        related="ticket_id.loyalty_emergency_date", string="Declared On", store=True
    )
    declared_user_id = fields.Many2one(related="ticket_id.loyalty_emergency_user_id")
    reason = fields.Char(related="ticket_id.loyalty_emergency_reason")
    solved_date = fields.Datetime(related="ticket_id.closed_date", string="Solved On")
    hours = fields.Float(
        string="Hours until Solved",
        compute="_compute_hours",
        help="From declaring the emergency to closing the ticket, every hour counted.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Written by",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    author_ids = fields.Many2many(
        "res.users",
        "loyalty_service_sla_postmortem_author_rel",
        "postmortem_id",
        "user_id",
        string="Texts by",
        readonly=True,
        copy=False,
        help="Who has written in it since it became a draft. They do not review it.",
    )
    date_deadline = fields.Date(string="Due On", readonly=True)
    reviewer_id = fields.Many2one(
        "res.users", string="Reviewed by", readonly=True, ondelete="set null"
    )
    reviewed_date = fields.Datetime(string="Reviewed On", readonly=True)
    closed_date = fields.Datetime(string="Closed On", readonly=True)
    summary = fields.Text(help="What happened, in a few sentences that everybody understands.")
    impact = fields.Text(help="Who was affected, for how long, and what it cost.")
    timeline = fields.Html(help="What happened when. Proposed from the log of the ticket.")
    # Of what was proposed last: by it is seen whether somebody has written on the timeline since.
    timeline_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")
    cause_id = fields.Many2one(
        "loyalty.service.complaint.cause",
        string="Kind of Cause",
        ondelete="restrict",
        index="btree_not_null",
    )
    root_cause = fields.Text(help="Why it could happen. Ask five times why, not who.")
    went_well = fields.Text(string="What Went Well")
    went_badly = fields.Text(string="What Went Badly")
    action_ids = fields.One2many(
        "loyalty.service.sla.postmortem.action", "postmortem_id", string="Actions"
    )
    open_count = fields.Integer(string="Open Actions", compute="_compute_open_count")
    may_review = fields.Boolean(compute="_compute_may_review")

    _ticket_unique = models.UniqueIndex(
        "(ticket_id)", "This emergency has its post-mortem already."
    )

    @api.depends("declared_date", "solved_date")
    def _compute_hours(self):
        for record in self:
            lasted = (
                record.declared_date
                and record.solved_date
                and record.solved_date - record.declared_date
            )
            record.hours = lasted.total_seconds() / 3600 if lasted else 0

    @api.depends("action_ids.done_date")
    def _compute_open_count(self):
        for record in self:
            record.open_count = len(record.action_ids.filtered(lambda one: not one.done_date))

    @api.depends("user_id", "author_ids")
    @api.depends_context("uid")
    def _compute_may_review(self):
        for record in self:
            record.may_review = self.env.user not in record.user_id | record.author_ids

    @api.constrains("user_id")
    def _check_user(self):
        for record in self:
            user_sudo = record.sudo().user_id  # sudo: only for which firms they work is asked.
            if user_sudo.share or record.company_id not in user_sudo.company_ids:
                raise ValidationError(self.env._("Who writes it has to work for this company."))

    def write(self, vals):
        if not self.env.su:
            social = {name for name in vals if name.startswith(("message_", "activity_"))}
            if set(vals) - DRAFT - social - {"action_ids"}:
                raise UserError(self.env._("Use the buttons of the post-mortem instead."))
            if set(vals) & DRAFT and any(record.state != "draft" for record in self):
                raise UserError(
                    self.env._("It was reviewed. Take it back before you change what it says.")
                )
        result = super().write(vals)
        if not self.env.su and set(vals) & TEXTS:
            # sudo: who has written is noted, and not written by hand.
            self.sudo().write({"author_ids": [Command.link(self.env.uid)]})
        if "user_id" in vals:
            reminders_sudo = self._get_reminders()
            reminders_sudo.user_id = self.user_id[:1]
        return result

    # ------------------------------------------------------------------
    # Course
    # ------------------------------------------------------------------

    def action_review(self):
        """Say, as a second person, that this is what happened and what is to be done."""
        for record in self._in_state("draft"):
            if not record.may_review:
                raise UserError(
                    self.env._("Somebody else has to review it: four eyes see more than two.")
                )
            missing = [
                record._fields[name]._description_string(self.env)
                for name in ("summary", "impact", "root_cause")
                if not (record[name] or "").strip()
            ]
            if missing:
                raise UserError(self.env._("Still to be written: %s.", ", ".join(missing)))
        self._go(
            "reviewed", reviewer_id=self.env.uid, reviewed_date=fields.Datetime.now()
        )._end_reminders()

    def action_close(self):
        """Close what is reviewed and done."""
        for record in self._in_state("reviewed"):
            if record.open_count:
                raise UserError(
                    self.env._(
                        "%s of its actions are still open. Mark them as done or take them out.",
                        record.open_count,
                    )
                )
        self._go("closed", closed_date=fields.Datetime.now())

    def action_take_back(self):
        """Go on writing; somebody has to review it again."""
        self._in_state("reviewed", "closed")
        self._go(
            "draft",
            reviewer_id=False,
            reviewed_date=False,
            closed_date=False,
            author_ids=[Command.clear()],
        )

    def action_propose_timeline(self):
        """Write the timeline anew from the log of the ticket."""
        self._in_state("draft").check_access("write")
        # sudo: the log is copied, which makes nobody an author; the right to write was checked.
        self.sudo()._propose_timeline()

    def action_open_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    def _in_state(self, *states):
        for record in self:
            if record.state not in states:
                raise UserError(
                    self.env._("%s has moved on meanwhile. Load it again.", record.display_name)
                )
        return self

    def _go(self, state, **values):
        """Move on, and return the records as superuser."""
        self.check_access("write")
        # sudo: the state is not written by hand; the gates and the right to write were checked.
        self_sudo = self.sudo()
        self_sudo.write({"state": state, **values})
        return self_sudo

    # ------------------------------------------------------------------
    # Timeline
    # ------------------------------------------------------------------

    def _propose_timeline(self):
        for record in self:
            words = record.with_context(lang=record.company_id._loyalty_lang())
            record.timeline = words._get_timeline()
            # sudo: the hash is not written by hand; who may write the timeline may propose it.
            record.sudo().timeline_hash = record._hash_timeline()

    def _hash_timeline(self):
        self.ensure_one()
        return sha256(str(self.timeline or "").encode()).hexdigest()

    def _get_timeline(self):
        """Return what happened to the ticket and who was told of it, as a list."""
        self.ensure_one()
        # sudo: who may write the post-mortem reads in it what happened to its ticket.
        ticket_sudo = self.sudo().ticket_id
        kinds = dict(
            self.env["loyalty.service.sla.entry"]._fields["kind"]._description_selection(self.env)
        )
        moments = [
            (
                entry.date,
                ": ".join(filter(None, (kinds[entry.kind], entry.reason_text))),
                entry.user_id.name,
            )
            for entry in ticket_sudo.loyalty_sla_entry_ids
        ]
        if ticket_sudo.loyalty_emergency_date:
            moments.append(
                (
                    ticket_sudo.loyalty_emergency_date,
                    ": ".join(
                        filter(
                            None,
                            (
                                self.env._("Emergency declared"),
                                ticket_sudo.loyalty_emergency_reason,
                            ),
                        )
                    ),
                    ticket_sudo.loyalty_emergency_user_id.name,
                )
            )
        moments += [
            (log.date, self.env._("Told by the ladder"), log.user_id.name)
            for log in ticket_sudo.loyalty_sla_log_ids
            if log.date and log.state == "sent"
        ]
        zone = self.company_id._loyalty_tz_name()
        return Markup("<ul>%s</ul>") % Markup("").join(
            Markup("<li><strong>%s</strong> %s%s</li>")
            % (
                format_datetime(self.env, date, tz=zone, dt_format="short"),
                what,
                f" ({who})" if who else "",
            )
            for date, what, who in sorted(moments, key=lambda moment: moment[0])
        )

    # ------------------------------------------------------------------
    # Reminder
    # ------------------------------------------------------------------

    def _on_solved(self):
        """Remind who writes it, so many days after the emergency was over."""
        for record in self.filtered(lambda one: one.state == "draft"):
            firm = record.company_id
            due = firm._loyalty_day(record.ticket_id.closed_date or None) + timedelta(
                days=firm.loyalty_postmortem_days
            )
            record.date_deadline = due
            # What was proposed before the end lacks the end; what somebody wrote stays.
            if not record.timeline or record.timeline_hash == record._hash_timeline():
                record._propose_timeline()
            # Who was to write it may have left the firm since.
            writer = record.user_id
            if not writer.active or firm not in writer.company_ids:
                record.user_id = record.ticket_id._loyalty_postmortem_user() or writer
            known = record._get_reminders()
            if known:
                known.date_deadline = due
            else:
                record.activity_schedule(REMINDER, due, user_id=record.user_id.id)

    def _get_reminders(self):
        """Return the open reminders of these post-mortems, as superuser."""
        # sudo: the reminder is of whoever writes it; only those of these very records.
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", self.env.ref(REMINDER).id),
                ]
            )
        )

    def _end_reminders(self):
        reminders_sudo = self._get_reminders()
        if reminders_sudo:
            reminders_sudo.action_done()

    def _drop_reminders(self):
        self._get_reminders().unlink()

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.loyalty_service.bulk import update

from ..engine import ladder as engine
from .clock import TARGETS
from .policy import PRIORITIES

MOMENTS = [
    (engine.START, "After the wait begins"),
    (engine.BEFORE, "Before the target"),
    (engine.AT, "At the target"),
    (engine.AFTER, "After the target"),
]

WHO = [
    ("assignee", "Assignee"),
    ("leader", "Team Leader"),
    ("manager", "Manager"),
    ("account_manager", "Account Manager"),
    ("user", "Somebody Else"),
]

HOW = [
    ("activity", "Activity"),
    ("mail", "Message"),
    ("reassign", "Assign the ticket"),
    ("priority", "Raise the priority"),
]

#: Where there is nobody, who is told instead, in this order.
INSTEAD = {
    "assignee": ("leader", "account_manager", "manager"),
    "leader": ("account_manager", "assignee", "manager"),
    "account_manager": ("leader", "manager"),
    "manager": ("leader",),
    "user": ("manager",),
}

#: Fields that say when a step is due.
TIMING = {"target", "moment", "minutes", "anytime", "ladder_id"}


class Escalation(models.Model):
    """One step of a ladder: when who is told, and how."""

    _name = "loyalty.service.sla.escalation"
    _description = "Escalation Step"
    _order = "sequence, id"

    ladder_id = fields.Many2one(
        "loyalty.service.sla.ladder", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="ladder_id.company_id", store=True, index=True)
    target = fields.Selection(TARGETS, help="Empty: each of them.")
    moment = fields.Selection(MOMENTS, string="When", required=True, default=engine.AT)
    minutes = fields.Integer(
        help="Of working time; of every hour for a step that is told at any time.",
    )
    who = fields.Selection(
        WHO,
        required=True,
        default="assignee",
        help="Where there is nobody, for instance no assignee, the next one up is told.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    how = fields.Selection(
        HOW,
        required=True,
        default="activity",
        help="A message goes out by e-mail, or to the inbox of who reads messages in Odoo.",
    )
    priority = fields.Selection(
        PRIORITIES, help="The ticket gets this priority, unless its own is higher."
    )
    anytime = fields.Boolean(
        string="At Any Time",
        help="Also outside working hours. The minutes are those of every hour then.",
    )
    note = fields.Char(
        string="What to Do", translate=True, help="Stands in the activity or the message."
    )
    effective_date = fields.Datetime(
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        help="What was due before is left alone: a new step calls nobody to the past.",
    )

    _minutes_check = models.Constraint(
        "CHECK (minutes >= 0 AND minutes <= 1200000)",
        "Minutes cannot be negative, and are 1,200,000 at most (20,000 hours).",
    )

    @api.depends("target", "moment", "minutes", "who", "user_id", "how")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("moment", "who", "how")
        }
        for step in self:
            when = step._say_when() or labels["moment"].get(step.moment, "")
            who = step.user_id.name if step.who == "user" else labels["who"].get(step.who)
            parts = [when, labels["how"].get(step.how), who if step.how != "priority" else None]
            step.display_name = " · ".join(filter(None, parts))

    def _say_when(self):
        """Say so many minutes before or after what, as a whole sentence of each language."""
        if not self.minutes or self.moment == engine.AT:
            return False
        hours, rest = divmod(self.minutes, 60)
        time = self.env._("%s min", self.minutes) if rest else self.env._("%s h", hours)
        return {
            engine.START: self.env._("%s after the wait begins", time),
            engine.BEFORE: self.env._("%s before the target", time),
            engine.AFTER: self.env._("%s after the target", time),
        }.get(self.moment)

    @api.constrains("who", "user_id", "how", "priority", "moment", "minutes")
    def _check_complete(self):
        for step in self:
            if step.how != "priority" and step.who == "user" and not step.user_id:
                raise ValidationError(self.env._("Choose the person who is told."))
            if step.how == "reassign" and step.who == "assignee":
                raise ValidationError(
                    self.env._("The ticket is the assignee's already: choose who gets it.")
                )
            if step.how == "priority" and not step.priority:
                raise ValidationError(self.env._("Choose the priority that the ticket gets."))
            if step.moment in (engine.BEFORE, engine.AFTER) and not step.minutes:
                raise ValidationError(
                    self.env._("How many minutes before or after the target? Fill them in.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        ladders = self.env["loyalty.service.sla.ladder"].browse(
            {vals["ladder_id"] for vals in vals_list if vals.get("ladder_id")}
        )
        ladders._before_change(ladders.company_id)
        steps = super().create(vals_list)
        ladders._after_change(ladders.company_id)
        return steps

    def write(self, vals):
        timing = not TIMING.isdisjoint(vals)
        if timing:
            self.ladder_id._before_change(self.company_id)
            vals = {**vals, "effective_date": fields.Datetime.now()}
        result = super().write(vals)
        if timing or "effective_date" in vals:
            self.ladder_id._after_change(self.company_id)
        return result

    def unlink(self):
        ladders, companies = self.ladder_id, self.company_id
        ladders._before_change(companies)
        result = super().unlink()
        ladders._after_change(companies)
        return result

    def _begin_now(self):
        """Let these steps be about what is due from now on."""
        update(self, {"effective_date": [fields.Datetime.now()] * len(self)})

    def _as_engine(self):
        self.ensure_one()
        return engine.Step(
            key=self.id,
            moment=self.moment,
            offset=0 if self.moment == engine.AT else self.minutes * 60,
            anytime=self.anytime,
            since=self.effective_date or None,
        )

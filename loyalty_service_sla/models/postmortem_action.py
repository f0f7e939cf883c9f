from odoo import api, fields, models
from odoo.exceptions import UserError

ACTIVITY = "loyalty_service_sla.mail_activity_type_postmortem_action"

#: What the activity says, too.
TOLD = {"name", "user_id", "date_deadline"}


class PostmortemAction(models.Model):
    """Something that is done so that it does not happen again, with an activity for who does it."""

    _name = "loyalty.service.sla.postmortem.action"
    _description = "Post-mortem Action"
    _order = "date_deadline, id"

    postmortem_id = fields.Many2one(
        "loyalty.service.sla.postmortem", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="postmortem_id.company_id", store=True, index=True)
    state = fields.Selection(related="postmortem_id.state", string="Post-mortem State")
    name = fields.Char(string="Action", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date_deadline = fields.Date(
        string="Due On",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=14),
    )
    done_date = fields.Datetime(string="Done On", readonly=True, copy=False)
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(
            [{**vals, "done_date": False, "activity_id": False} for vals in vals_list]
        )
        # Being responsible for it is no key to somebody else's post-mortem.
        actions.postmortem_id.check_access("write")
        actions._check_open()
        for action in actions:
            # sudo: the activity of an action that the user may write; nothing else is made.
            record_sudo = action.sudo().postmortem_id
            action.sudo().activity_id = record_sudo.activity_schedule(
                ACTIVITY,
                action.date_deadline,
                summary=action.name,
                user_id=action.user_id.id,
            )
        return actions

    def write(self, vals):
        if not self.env.su:
            if set(vals) - TOLD:
                raise UserError(self.env._("Use the button of the action instead."))
            self._check_open()
        result = super().write(vals)
        if TOLD & set(vals):
            for action in self:
                # sudo: see create; an activity of somebody else follows its action.
                action.sudo().activity_id.filtered("active").write(
                    {
                        "summary": action.name,
                        "user_id": action.user_id.id,
                        "date_deadline": action.date_deadline,
                    }
                )
        return result

    def unlink(self):
        self.postmortem_id.check_access("write")
        self._check_open()
        # sudo: see create.
        activities_sudo = self.sudo().activity_id.filtered("active")
        result = super().unlink()
        activities_sudo.unlink()
        return result

    def _check_open(self):
        """Refuse to change what belongs to a closed post-mortem."""
        # sudo: who does it need not see the post-mortem; only its state is asked.
        if any(action.postmortem_id.state == "closed" for action in self.sudo()):
            raise UserError(
                self.env._("The post-mortem is closed. Take it back before you change it.")
            )

    def action_done(self):
        """Mark as done, with the activity."""
        self.check_access("write")
        self._check_open()
        # sudo: the activity may be somebody else's; the right to write on the action was checked.
        open_sudo = self.sudo().filtered(lambda action: not action.done_date)
        reminded_sudo = open_sudo.filtered("activity_id.active")
        reminded_sudo.activity_id.action_done()
        (open_sudo - reminded_sudo).done_date = fields.Datetime.now()

    @api.model
    def _follow_activities(self, activities):
        """Mark the actions as done whose activities were."""
        # sudo: who does an activity need not be at the service desk; only its own action.
        actions_sudo = self.sudo().search(
            [("activity_id", "in", activities.ids), ("done_date", "=", False)]
        )
        if actions_sudo:
            actions_sudo.done_date = fields.Datetime.now()

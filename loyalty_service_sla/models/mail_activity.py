from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    loyalty_sla_clock_id = fields.Many2one(
        "loyalty.service.sla.clock",
        string="SLA Clock",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="base.group_user",
        help="What this reminds of. It goes when the clock stops.",
    )

    def _action_done(self, feedback=False, attachment_ids=None):
        ours = self.filtered(lambda one: one.res_model == "loyalty.service.sla.postmortem")
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if ours:
            self.env["loyalty.service.sla.postmortem.action"]._follow_activities(ours)
        return result

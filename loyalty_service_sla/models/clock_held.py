from odoo import fields, models
from odoo.exceptions import AccessError

MANAGERS = ("helpdesk_mgmt.group_helpdesk_manager", "loyalty_service.group_loyalty_manager")


class Clock(models.Model):
    """Escalations that a mass change would have caused wait for somebody who decides."""

    _inherit = "loyalty.service.sla.clock"

    held = fields.Boolean(
        readonly=True,
        help="Late since a change of policies or working hours. Nobody was told yet: a manager "
        "releases or drops the escalation.",
    )

    _held_idx = models.Index("(id) WHERE held")

    def _hold(self):
        """Keep the escalation of these clocks until a manager decides."""
        self.filtered(lambda clock: not clock.held).write({"held": True})

    def _release(self):
        """Tell whoever has to be told that these clocks are late."""
        self.filtered("held").write({"held": False})
        self._escalate()

    def _check_may_decide(self):
        """Return the held clocks among ``self`` as superuser, for a manager who sees them."""
        if not any(self.env.user.has_group(group) for group in MANAGERS):
            raise AccessError(self.env._("Only managers decide about escalations that are held."))
        self.check_access("read")
        # sudo: nobody writes clocks by hand; a manager decides about those he or she sees.
        return self.sudo().filtered("held")

    def action_release(self):
        """Tell assignees and team leaders of these breaches now."""
        self._check_may_decide()._release()

    def action_drop(self):
        """Tell nobody of these breaches."""
        self._check_may_decide().write({"held": False})

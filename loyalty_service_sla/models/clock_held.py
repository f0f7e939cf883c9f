from odoo import fields, models
from odoo.exceptions import AccessError


class Clock(models.Model):
    """Escalations that a mass change would have caused wait for somebody who decides."""

    _inherit = "loyalty.service.sla.clock"

    held = fields.Boolean(
        readonly=True,
        help="Late since a change of policies or working hours, or due to be told of by that. "
        "Nobody was told yet: a manager releases or drops the escalation.",
    )

    _held_idx = models.Index("(id) WHERE held")

    def _hold(self):
        """Keep the escalation of these clocks until a manager decides."""
        fresh = self.filtered(lambda clock: not clock.held)
        if fresh:
            fresh.write({"held": True})
            fresh._plan()

    def _let_go(self):
        """Hold these clocks no more."""
        held = self.filtered("held")
        if held:
            held.write({"held": False})
            held._plan()

    def _check_may_decide(self):
        """Return the held clocks among ``self`` as superuser, for a manager who sees them."""
        if not self.env.user._loyalty_sla_is_manager():
            raise AccessError(self.env._("Only managers decide about escalations that are held."))
        self.check_access("read")
        # sudo: nobody writes clocks by hand; a manager decides about those he or she sees.
        return self.sudo().filtered("held")

    def action_release(self):
        """Tell whoever the ladder names, now or when working hours begin."""
        clocks_sudo = self._check_may_decide()
        clocks_sudo._let_go()
        clocks_sudo._escalate()

    def action_drop(self):
        """Tell nobody of this: neither of what is due, nor of the breach later on."""
        clocks_sudo = self._check_may_decide()
        clocks_sudo._drop_steps(fields.Datetime.now())
        clocks_sudo._let_go()

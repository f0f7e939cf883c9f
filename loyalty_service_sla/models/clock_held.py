from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import clean_context

from ..engine import clock as engine

#: In a transaction: the clocks that it holds.
HELD = "loyalty_sla.held"


class Clock(models.Model):
    """Escalations that a mass change would have caused wait for somebody who decides."""

    _inherit = "loyalty.service.sla.clock"

    held = fields.Boolean(
        readonly=True,
        help="Late since a change of policies, of working hours or of several tickets at once, or "
        "due to be told of by that. Nobody was told yet: a manager releases or drops the "
        "escalation.",
    )

    standing = fields.Selection(
        [("breached", "Breached"), ("running", "Running"), ("paused", "Paused")],
        string="How It Stands",
        compute="_compute_standing",
        help="What is late is so while it goes on, too.",
    )

    _held_idx = models.Index("(id) WHERE held")

    @api.depends("state", "breached")
    def _compute_standing(self):
        for clock in self:
            is_open = clock.state in engine.OPEN
            clock.standing = is_open and ("breached" if clock.breached else clock.state)

    def _hold(self):
        """Keep the escalation of these clocks until a manager decides."""
        fresh = self.filtered(lambda clock: not clock.held)
        if fresh:
            fresh.write({"held": True})
            fresh._plan()

    def _tell_held(self):
        """Say to who made a change, once, that nobody is told of these clocks yet."""
        if not self or not self.env.user._is_internal():
            return
        precommit = self.env.cr.precommit
        if HELD not in precommit.data:
            precommit.data[HELD] = set()
            clean = self.env(context=clean_context(self.env.context))
            precommit.add(clean[self._name]._send_held)
        precommit.data[HELD].update(self.ids)

    def _send_held(self):
        """Show the number of clocks that are held by this transaction, on the user's screen."""
        number = len(self.env.cr.precommit.data.pop(HELD, ()))
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Escalations are held"),
                "message": self.env._(
                    "Several tickets have changed at once, and %s of their promises are late or "
                    "due to be told of by that. Nobody is told before a manager says so, under "
                    "Held Escalations.",
                    number,
                ),
            },
        )

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
        return self._say_decided(
            self.env._("Released: %s. Who is told of it stands in the escalation log.", len(self))
        )

    def action_drop(self):
        """Tell nobody of this: neither of what is due, nor of the breach later on."""
        clocks_sudo = self._check_may_decide()
        clocks_sudo._drop_steps(fields.Datetime.now())
        clocks_sudo._let_go()
        return self._say_decided(self.env._("Dropped: %s. Nobody is told of it.", len(self)))

    def _say_decided(self, message):
        """Say what was done: the rows only vanish from the list."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

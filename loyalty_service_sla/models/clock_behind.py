from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.loyalty_service.batch import isolate

from ..engine import clock as engine
from .clock import REPLAN_SIZE
from .escalation_log import WAITING


class Clock(models.Model):
    """What a change of the ladders means for the clocks that run.

    A step is not about what was due before it was made or came to a ticket. That is right for
    clocks of which everything due was told, and would be wrong for those that are behind: held
    for a manager, put off by an error, or waiting to be counted anew. Of these a change notes
    when it came, and what they tell later is told as if the steps had always been there.
    """

    _inherit = "loyalty.service.sla.clock"

    behind_date = fields.Datetime(
        string="Behind Since",
        readonly=True,
        help="The ladder was changed then, while this clock was held, put off or waited to be "
        "counted. What was due before is told all the same.",
    )
    plan_wanted = fields.Boolean(
        string="To Be Planned",
        readonly=True,
        help="The ladder was changed: when this clock has to be looked at next is worked out "
        "anew, soon.",
    )

    _plan_wanted_idx = models.Index("(id) WHERE plan_wanted")

    # ------------------------------------------------------------------
    # Before a change
    # ------------------------------------------------------------------

    @api.model
    def _sweep_due(self, companies):
        """Look at what is due in some companies now, ahead of the scheduled action.

        One batch at most, so that nobody waits for it; clocks that others work on are left to
        them. For what is left see :meth:`_note_behind`.
        """
        now = fields.Datetime.now()
        ours = SQL(
            "clock.company_id IN %s AND clock.replan_date IS NULL AND clock.retry_date IS NULL",
            tuple(companies.ids),
        )
        for condition, method, size in (
            # The change before this one may have made something due.
            (SQL("clock.plan_wanted AND %s", ours), "_plan_as_wanted", REPLAN_SIZE),
            (SQL("clock.next_due < %s AND %s", now, ours), "_sweep", None),
        ):
            clocks = self._lock(condition, size)
            if clocks:
                self._isolated(clocks, method, now)

    @api.model
    def _isolated(self, clocks, method, now):
        """Call a method on clocks; those that fail are put off and do not stop the others."""
        isolate(
            clocks,
            lambda clocks: getattr(clocks, method)(now),
            lambda clock, error: clock._put_off(error, now),
        )

    @api.model
    def _note_behind(self, companies, to_others=False):
        """Note which clocks of some companies are behind while their ladders are changed.

        :param bool to_others: whether tickets may come to other ladders, which know nothing of
            what waits for working hours by the ladder so far
        """
        now = fields.Datetime.now()
        behind = (
            Domain("held", "=", True)
            | Domain("retry_date", "!=", False)
            | Domain("replan_date", "!=", False)
            | Domain("next_due", "<", now)
            # Late, and at rest before anybody was told.
            | Domain(
                [("state", "=", engine.PAUSED), ("breached", "=", True), ("log_ids", "=", False)]
            )
        )
        if to_others:
            behind |= Domain("log_ids.state", "=", WAITING)
        self.search(
            behind
            & Domain(
                [
                    ("company_id", "in", companies.ids),
                    ("state", "in", engine.OPEN),
                    ("behind_date", "=", False),
                ]
            )
        ).write({"behind_date": now})

    # ------------------------------------------------------------------
    # After it
    # ------------------------------------------------------------------

    @api.model
    def _request_plan(self, companies):
        """Have the clocks that run in some companies planned by the ladders as they are, soon."""
        clocks = self.search(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", engine.RUNNING),
                ("plan_wanted", "=", False),
            ]
        )
        if clocks:
            clocks.write({"plan_wanted": True})
            cron_sudo = self._get_cron()
            if cron_sudo:
                cron_sudo._trigger()

    def _plan_as_wanted(self, now):
        """Plan the clocks in ``self`` after their ladders were changed."""
        self.write({"plan_wanted": False, "error": False, "retry_date": False})
        self._plan()
        self._catch_up(now)

    def _catch_up(self, now):
        """Forget of the clocks in ``self`` that they were behind, as far as they no longer are."""
        done = self.filtered(
            lambda clock: (
                clock.behind_date
                and clock.state != engine.PAUSED
                and not (clock.held or clock.retry_date or clock.replan_date)
            )
        )
        done -= done._get_due(now)
        if done:
            done.write({"behind_date": False})

from datetime import timedelta
from time import monotonic

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

#: Differences that are listed; the number of all is told.
LISTED = 200

#: So many tickets are replayed at once, for so many seconds before somebody says to go on.
BATCH, STEP = 500, 20

OPEN, CLOSED = "open", "closed"


class Verify(models.TransientModel):
    """Show whether the clocks of tickets say what a replay of their logs makes.

    Of the tickets that somebody has chosen, of all that are open, or of those that were closed in
    a period. What is closed is proved by the working hours of then, as its receipt is. A firm may
    have closed tens of thousands: they are gone through in portions, and what was found so far
    stays on the screen.
    """

    _name = "loyalty.service.sla.verify"
    _description = "Verify the SLA Clocks"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket", readonly=True, help="Empty: every ticket of the period, or open one."
    )
    scope = fields.Selection(
        [(OPEN, "Open tickets"), (CLOSED, "Closed tickets")],
        string="Which Tickets",
        required=True,
        default=OPEN,
    )
    date_from = fields.Date(
        string="Closed from",
        default=lambda self: self.env.company._loyalty_day() - timedelta(days=365),
    )
    date_to = fields.Date(
        string="Closed until", default=lambda self: self.env.company._loyalty_day()
    )
    total_count = fields.Integer(string="Tickets to Verify", readonly=True)
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    clock_count = fields.Integer(string="Clocks", readonly=True)
    left_out_count = fields.Integer(
        string="Not Verified",
        readonly=True,
        help="Clocks that wait to be counted anew by changed working hours, or that ended before "
        "the hours of then were kept.",
    )
    difference_count = fields.Integer(string="Differences", readonly=True)
    last_id = fields.Integer(string="Last Ticket Verified", readonly=True)
    is_done = fields.Boolean(readonly=True)
    checked = fields.Char(string="What Was Verified", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    may_correct = fields.Boolean(compute="_compute_may_correct")
    wrong_ids = fields.Many2many(
        "helpdesk.ticket",
        "loyalty_service_sla_verify_wrong_rel",
        string="Tickets with Differences",
        readonly=True,
        context={"active_test": False},
    )
    found = fields.Json(string="First Differences", readonly=True)
    result = fields.Html(string="What Is Different", compute="_compute_result", sanitize=False)

    @api.depends("ticket_count", "total_count")
    def _compute_progress(self):
        for dialog in self:
            done, total = dialog.ticket_count, max(dialog.total_count, dialog.ticket_count)
            dialog.progress = 100 * done / total if total else 100

    @api.depends("difference_count", "is_done")
    @api.depends_context("uid")
    def _compute_may_correct(self):
        for dialog in self:
            dialog.may_correct = dialog.difference_count and dialog._is_manager()

    @api.depends("found")
    def _compute_result(self):
        for dialog in self:
            dialog.result = dialog.found and self.env["ir.qweb"]._render(
                "loyalty_service_sla.verify_result", {"rows": dialog.found}
            )

    @api.onchange("scope", "date_from", "date_to")
    def _onchange_scope(self):
        """What was found is of other tickets than those that are asked for now."""
        self.update(self._prepare_nothing())

    def _is_manager(self):
        return self.env.user._loyalty_sla_is_manager()

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog in dialogs:
            dialog._look()
        return dialogs

    # ------------------------------------------------------------------
    # Which tickets
    # ------------------------------------------------------------------

    def _get_domain(self):
        """Return the domain of the tickets to be looked at, in one of the user's companies."""
        self.ensure_one()
        if self.ticket_ids:
            return Domain("id", "in", self.ticket_ids.ids)
        mine = Domain("company_id", "in", self.env.companies.ids)
        if self.scope == OPEN:
            return mine & Domain("stage_id.closed", "=", False)
        if not self.date_from or not self.date_to or self.date_from > self.date_to:
            raise UserError(self.env._("Please say from when until when they were closed."))
        moment = self.env.company._loyalty_moment
        return mine & Domain(
            [
                ("stage_id.closed", "=", True),
                ("closed_date", ">=", moment(self.date_from)),
                ("closed_date", "<", moment(self.date_to + timedelta(days=1))),
            ]
        )

    def _get_model(self):
        """Return the tickets' model as it is searched: what is archived was promised, too."""
        active_test = self.scope == OPEN and not self.ticket_ids
        return self.env["helpdesk.ticket"].with_context(active_test=active_test)

    def _describe(self):
        """Return in words what was looked at."""
        self.ensure_one()
        done, total = self.ticket_count, max(self.total_count, self.ticket_count)
        if self.ticket_ids:
            return self.env._("%(done)s of %(total)s chosen tickets.", done=done, total=total)
        if self.scope == OPEN:
            return self.env._(
                "%(done)s of the %(total)s open tickets that you see.", done=done, total=total
            )
        return self.env._(
            "%(done)s of the %(total)s tickets that you see and that were closed from %(first)s to "
            "%(last)s, archived ones too.",
            done=done,
            total=total,
            first=format_date(self.env, self.date_from),
            last=format_date(self.env, self.date_to),
        )

    # ------------------------------------------------------------------
    # Looking
    # ------------------------------------------------------------------

    @api.model
    def _prepare_nothing(self):
        """Return the values of a dialog that has looked at nothing yet."""
        return {
            "total_count": 0,
            "ticket_count": 0,
            "clock_count": 0,
            "left_out_count": 0,
            "difference_count": 0,
            "last_id": 0,
            "is_done": False,
            "checked": False,
            "wrong_ids": [(5,)],
            "found": False,
        }

    def _look(self):
        """Begin anew, and go on for a while."""
        self.ensure_one()
        self.ticket_ids.check_access("read")
        total = self._get_model().search_count(self._get_domain())
        self.write({**self._prepare_nothing(), "total_count": total})
        self._go_on()

    def _go_on(self):
        """Replay portion after portion, and keep what was found."""
        end = monotonic() + STEP
        while not self.is_done:
            tickets = self._get_model().search(
                self._get_domain() & Domain("id", ">", self.last_id), order="id", limit=BATCH
            )
            self._look_at(tickets)
            # Nothing of one portion is needed for the next one.
            self.env.invalidate_all()
            if monotonic() >= end:
                break

    def _look_at(self, tickets):
        # sudo: logs and clocks of tickets that the user may read, which were searched.
        tickets_sudo = tickets.sudo()
        Clock_sudo = tickets_sudo.env["loyalty.service.sla.clock"]
        found = Clock_sudo._verify(tickets_sudo)
        clocks_sudo = Clock_sudo.search([("ticket_id", "in", tickets_sudo.ids)])
        verified_sudo = clocks_sudo.filtered(lambda clock: clock._is_verifiable())
        known = self.found or []
        self.write(
            {
                "ticket_count": self.ticket_count + len(tickets),
                "clock_count": self.clock_count + len(verified_sudo),
                "left_out_count": self.left_out_count + len(clocks_sudo) - len(verified_sudo),
                "difference_count": self.difference_count + len(found),
                "last_id": tickets[-1:].id or self.last_id,
                "is_done": len(tickets) < BATCH,
                "wrong_ids": [(4, ticket_id) for ticket_id in {one.ticket.id for one in found}],
                "found": known + self._prepare_rows(found[: LISTED - len(known)]),
            }
        )
        self.checked = self._describe()

    def _prepare_rows(self, differences):
        """Return what the table of differences says, in the reader's language."""
        Clock = self.env["loyalty.service.sla.clock"]
        targets = dict(Clock._fields["target"]._description_selection(self.env))
        others = {"clock": self.env._("Missing clock"), "stage": self.env._("Stage in the log")}
        return [
            {
                "ticket": difference.ticket.display_name,
                "target": targets.get(difference.target, ""),
                "field": others.get(difference.field)
                or (difference.clock or difference.ticket)
                ._fields[difference.field]
                ._description_string(self.env),
                "stored": str(difference.stored),
                "replayed": str(difference.replayed),
            }
            for difference in differences
        ]

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_verify(self):
        """Look at the tickets that are asked for now."""
        self._look()
        return self._reopen()

    def action_go_on(self):
        """Look at the next ones."""
        self._go_on()
        return self._reopen()

    def action_correct(self):
        """Make the clocks that were found wrong again from the logs."""
        self.ensure_one()
        if not self._is_manager():
            raise AccessError(self.env._("Only managers make clocks again from their logs."))
        self.wrong_ids.check_access("read")
        # sudo: logs and clocks of tickets that the user may read, which was checked.
        tickets_sudo = self.wrong_ids.sudo()
        found = tickets_sudo.env["loyalty.service.sla.clock"]._verify(tickets_sudo)
        sums = tickets_sudo.browse(
            {one.ticket.id for one in found if not one.target and one.field != "stage"}
        )
        sums._loyalty_sla_correct_sums()
        wrong = {one.ticket.id for one in found if one.target or one.field == "stage"}
        if wrong:
            tickets_sudo.browse(wrong)._loyalty_sla_correct()
        self._look()
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Verify the SLA Clocks"),
        }

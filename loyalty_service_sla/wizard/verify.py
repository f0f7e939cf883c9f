from odoo import api, fields, models
from odoo.exceptions import AccessError

#: Differences that are listed; the number of all is told.
LISTED = 200


class Verify(models.TransientModel):
    """Show whether the clocks of tickets say what a replay of their logs makes."""

    _name = "loyalty.service.sla.verify"
    _description = "Verify the SLA Clocks"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket", readonly=True, help="Empty: every open ticket that the user sees."
    )
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    clock_count = fields.Integer(string="Clocks", readonly=True)
    left_out_count = fields.Integer(
        string="Not Verified",
        readonly=True,
        help="Clocks that wait to be counted anew by changed working hours, or that ended before "
        "the hours of then were kept.",
    )
    difference_count = fields.Integer(string="Differences", readonly=True)
    may_correct = fields.Boolean(compute="_compute_may_correct")
    result = fields.Html(string="What Is Different", readonly=True, sanitize=False)

    @api.depends("difference_count")
    @api.depends_context("uid")
    def _compute_may_correct(self):
        for dialog in self:
            dialog.may_correct = dialog.difference_count and dialog._is_manager()

    def _is_manager(self):
        return self.env.user._loyalty_sla_is_manager()

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog in dialogs:
            dialog._look()
        return dialogs

    def _get_tickets_sudo(self):
        """Return the tickets to be looked at, as superuser."""
        self.ensure_one()
        tickets = self.ticket_ids
        if tickets:
            tickets.check_access("read")
        else:
            tickets = tickets.search(
                [("stage_id.closed", "=", False), ("company_id", "in", self.env.companies.ids)]
            )
        # sudo: logs and clocks of tickets that the user may read, which was checked or searched.
        return tickets.sudo()

    def _look(self):
        """Replay, and keep what was found."""
        tickets_sudo = self._get_tickets_sudo()
        Clock_sudo = tickets_sudo.env["loyalty.service.sla.clock"]
        found = Clock_sudo._verify(tickets_sudo)
        clocks_sudo = Clock_sudo.search([("ticket_id", "in", tickets_sudo.ids)])
        verified_sudo = clocks_sudo.filtered(lambda clock: clock._is_verifiable())
        self.write(
            {
                "ticket_count": len(tickets_sudo),
                "clock_count": len(verified_sudo),
                "left_out_count": len(clocks_sudo) - len(verified_sudo),
                "difference_count": len(found),
                "result": self._render(found[:LISTED]) if found else False,
            }
        )

    def _render(self, differences):
        """Return a table of differences."""
        Clock = self.env["loyalty.service.sla.clock"]
        targets = dict(Clock._fields["target"]._description_selection(self.env))
        others = {"clock": self.env._("Missing clock"), "stage": self.env._("Stage in the log")}
        rows = [
            {
                "ticket": difference.ticket.display_name,
                "target": targets.get(difference.target, ""),
                "field": others.get(difference.field)
                or (difference.clock or difference.ticket)
                ._fields[difference.field]
                ._description_string(self.env),
                "stored": difference.stored,
                "replayed": difference.replayed,
            }
            for difference in differences
        ]
        return self.env["ir.qweb"]._render("loyalty_service_sla.verify_result", {"rows": rows})

    def action_correct(self):
        """Make the clocks again from the logs."""
        self.ensure_one()
        if not self._is_manager():
            raise AccessError(self.env._("Only managers make clocks again from their logs."))
        tickets_sudo = self._get_tickets_sudo()
        found = tickets_sudo.env["loyalty.service.sla.clock"]._verify(tickets_sudo)
        sums = tickets_sudo.browse(
            {one.ticket.id for one in found if not one.target and one.field != "stage"}
        )
        sums._loyalty_sla_correct_sums()
        wrong = {one.ticket.id for one in found if one.target or one.field == "stage"}
        if wrong:
            tickets_sudo.browse(wrong)._loyalty_sla_correct()
        self._look()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Verify the SLA Clocks"),
        }

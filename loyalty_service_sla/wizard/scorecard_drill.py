from odoo import api, models
from odoo.exceptions import AccessError, UserError


class Scorecard(models.TransientModel):
    """The tickets behind each number."""

    _inherit = "loyalty.service.sla.scorecard"

    @api.model
    def get_records(self, options, key):
        """Return the action that opens the tickets behind a number; called by the screen.

        :param str key: "what:kind:id:period"
        """
        asked = self._asked(options)
        what, kind, of, period = key.split(":")
        if kind not in ("all", "team", "user"):
            raise UserError(self.env._("There is no such figure."))
        of = int(of) if of else None
        if not asked._may_open(kind, of):
            raise AccessError(self.env._("These tickets are not yours to see."))
        return {
            "type": "ir.actions.act_window",
            "name": asked._record_title(what),
            "res_model": "helpdesk.ticket",
            "domain": [("id", "in", asked._read_tickets(what, int(period), kind, of))],
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "context": {"active_test": False},
            "target": "current",
        }

    def _record_title(self, what):
        return {**self._counted(), **self._workload()}.get(what) or self.env._("Tickets")

from odoo import models
from odoo.exceptions import UserError


class Event(models.Model):
    _inherit = "loyalty.service.event"

    def _check_allowed(self):
        """Points that a person gives by hand are given for something, and the client reads it."""
        result = super()._check_allowed()
        for event in self:
            if event.kind == "points" and not self.env.su and not (event.summary or "").strip():
                raise UserError(
                    self.env._("Say what the points are for: the client reads it in its history.")
                )
        return result

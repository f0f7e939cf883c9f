from odoo import api, models
from odoo.exceptions import AccessError

#: What comes about by the clocks, by the buttons and by the client's own word.
MEASURED = frozenset(
    {
        "loyalty_sla_deadline",
        "loyalty_sla_state",
        "loyalty_breach_probability",
        "closed_date",
        "loyalty_asked_date",
        "loyalty_confirmation",
        "loyalty_confirmation_date",
        "loyalty_rating",
        "loyalty_emergency_date",
        "loyalty_emergency_user_id",
        "loyalty_emergency_reason",
    }
)

#: What managers may give to tickets that they file: an import brings its history.
IMPORTED = frozenset({"closed_date"})


class HelpdeskTicket(models.Model):
    """What is measured of a ticket is not written by those who are measured by it."""

    _inherit = "helpdesk.ticket"

    @api.model
    def default_get(self, fields):
        # Neither a context nor a default of one's own makes up a client's word.
        return super().default_get([name for name in fields if name not in MEASURED])

    @api.model_create_multi
    def create(self, vals_list):
        names = {name for vals in vals_list for name in vals}
        if self.env.user._loyalty_sla_is_manager():
            names -= IMPORTED
        self._loyalty_check_measured(names)
        return super().create(vals_list)

    def write(self, vals):
        self._loyalty_check_measured(vals)
        # A copy: helpdesk_mgmt adds the date of closing to what it is given, and who writes the
        # same on the next ticket would be taken for its author.
        return super().write({**vals})

    @api.model
    def _loyalty_check_measured(self, names):
        """Refuse what nobody writes by hand; ``readonly`` is for the screens only."""
        written = [] if self.env.su else sorted(MEASURED.intersection(names))
        if written:
            raise AccessError(
                self.env._(
                    "This is measured and not written by hand: %s.",
                    ", ".join(self._fields[name]._description_string(self.env) for name in written),
                )
            )

from odoo import api, fields, models
from odoo.exceptions import AccessError

#: What managers of the desk decide about their company, by the names of the company's fields.
SETTINGS = (
    "loyalty_portal_team_id",
    "loyalty_filing_limit",
    "loyalty_reopen_days",
    "loyalty_ask_solved",
    "loyalty_complaint_recourse",
    "loyalty_one_emergency",
    "loyalty_postmortem_rule",
    "loyalty_postmortem_days",
    "loyalty_desk_hourly_cost",
)


class DeskSettings(models.TransientModel):
    """The settings of the service desk, for its managers.

    Odoo lets only administrators into its settings, and into companies. Here stand the few that
    are the desk's own, and nothing else of the company is written.
    """

    _name = "loyalty.service.sla.desk.settings"
    _description = "Service Desk Settings"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    loyalty_portal_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Team for What Clients File",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    loyalty_filing_limit = fields.Integer(string="Tickets per Hour")
    loyalty_reopen_days = fields.Integer(string="Reopen within")
    loyalty_ask_solved = fields.Boolean(string="Ask If Solved")
    loyalty_complaint_recourse = fields.Text(string="Where Else Clients Can Turn To")
    loyalty_one_emergency = fields.Boolean(string="One Emergency per Client")
    loyalty_postmortem_rule = fields.Selection(
        selection=lambda self: (
            self.env["res.company"]
            ._fields["loyalty_postmortem_rule"]
            ._description_selection(self.env)
        ),
        string="Post-mortem of Emergencies",
        required=True,
    )
    loyalty_postmortem_days = fields.Integer(string="Post-mortem within")
    loyalty_desk_hourly_cost = fields.Monetary(string="Hourly Cost of the Service Desk")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        company_sudo = self._get_company_sudo(self.env.company)
        for name in set(SETTINGS).intersection(fields):
            value = company_sudo[name]
            values[name] = value.id if company_sudo._fields[name].relational else value
        return values

    def action_save(self):
        """Write the settings to the company."""
        self.ensure_one()
        values = {}
        for name in SETTINGS:
            value = self[name]
            values[name] = value.id if self._fields[name].relational else value
        self._get_company_sudo(self.company_id).write(values)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _get_company_sudo(self, company):
        """Return the company as superuser, for a manager who works there."""
        if not self.env.user._loyalty_sla_is_manager() or company not in self.env.companies:
            raise AccessError(self.env._("Only managers of the service desk decide about it."))
        # sudo: only administrators may write companies; what is read and written here is the
        # settings above, of a company in which the manager works.
        return company.sudo()

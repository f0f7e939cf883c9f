from odoo import api, fields, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    # OCA's helpdesk_mgmt_sla has the same field with the same meaning, so that both addons
    # can be installed and one set of hours serves them.
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        default=lambda self: self.env.company.resource_calendar_id,
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )

    @api.constrains("resource_calendar_id")
    def _check_loyalty_sla_hours(self):
        # sudo: the hours may be another company's; only their name is told.
        self.sudo().resource_calendar_id._loyalty_sla_check_owned()

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Show the hours once, where another addon shows the field that it shares with us."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if len(arch.xpath("//field[@name='resource_calendar_id']")) > 1:
            for ours in arch.xpath("//field[hasclass('o_loyalty_sla_hours')]"):
                ours.getparent().remove(ours)
        return arch, view

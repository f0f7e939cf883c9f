from odoo import api, fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.filtered(lambda lead: lead.won_status == "won")._loyalty_sync_won()
        return leads

    def write(self, vals):
        before = {lead.id: (lead.won_status, lead.partner_id) for lead in self}
        result = super().write(vals)
        self.filtered(
            lambda lead: before[lead.id] != (lead.won_status, lead.partner_id)
        )._loyalty_sync_won()
        return result

    def unlink(self):
        # sudo: salespeople need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        return super().unlink()

    def _loyalty_sync_won(self):
        """Record opportunities that are won, and undo it for those that no longer are."""
        # sudo: salespeople need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        wanted = {
            lead.id: (
                "lead_won",
                {
                    "partner": lead.partner_id,
                    "date": lead.date_closed or fields.Datetime.now(),
                    "company_id": (lead.company_id or self.env.company).id,
                    "user_id": lead.user_id.id,
                    "amount": lead.expected_revenue,
                    "summary": lead.name,
                },
            )
            for lead in self
            if lead.won_status == "won" and lead.partner_id
        }
        Event_sudo._sync_source(self, ["lead_won"], wanted)

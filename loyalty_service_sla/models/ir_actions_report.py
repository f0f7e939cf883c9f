from odoo import api, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_loyalty_papers(self):
        return (
            *super()._get_loyalty_papers(),
            "loyalty_service_sla.report_complaint_register",
            "loyalty_service_sla.report_postmortem",
            "loyalty_service_sla.report_scorecard",
        )

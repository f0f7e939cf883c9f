from odoo import api, models

# Reports whose pages bring their few styles along, by name.
PAPERS = ("loyalty_service.report_client_statement", "loyalty_service.report_evaluation")
# An attribute of the page's root, in milliseconds; Odoo hands on what begins with data-report.
DELAY = "data-report-print-delay"


class IrActionsReport(models.Model):
    """Our own pages on paper, in a fraction of a second and from any server.

    Odoo's layout has the PDF program fetch the styles of all reports, 400 kB of them, from the
    server, and wait a second for scripts. Ours need neither: no address has to be reachable
    (``report.url``), and nothing is waited for.
    """

    _inherit = "ir.actions.report"

    def _get_layout(self):
        if len(self) == 1 and self.report_name in self._get_loyalty_papers():
            return self.env.ref("loyalty_service.report_paper_layout")
        return super()._get_layout()

    @api.model
    def _get_loyalty_papers(self):
        """Return the names of the reports that bring their styles along, for addons to add."""
        return PAPERS

    @api.model
    def _build_wkhtmltopdf_args(
        self, paperformat_id, landscape, specific_paperformat_args=None, set_viewport_size=False
    ):
        arguments = super()._build_wkhtmltopdf_args(
            paperformat_id, landscape, specific_paperformat_args, set_viewport_size
        )
        delay = (specific_paperformat_args or {}).get(DELAY)
        # Of an option that is given twice the program takes the last one.
        return [*arguments, "--javascript-delay", str(delay)] if delay else arguments

from math import ceil
from urllib.parse import urlencode

from odoo import api, models
from odoo.tools import split_every

from ..engine import sheet

TILES_IN_A_ROW = 5


class Evaluation(models.TransientModel):
    """The evaluation on paper and as a spreadsheet."""

    _inherit = "loyalty.service.evaluation"

    @api.model
    def get_report(self, options):
        """Return the action that prints what the screen shows; called by it."""
        record = self.create(self._asked(options)._stored_values())
        report = self.env.ref("loyalty_service.evaluation")
        # The page has a letterhead of its own: no layout of documents has to be chosen first.
        return report.report_action(record, config=False)

    @api.model
    def get_spreadsheet(self, options):
        """Return the action that downloads what the screen shows; called by it."""
        values = self._asked(options)._stored_values()
        # The page of the download does not know which companies are chosen in the screen.
        values["company_ids"] = ",".join(map(str, self.env.companies.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/loyalty_service/evaluation.xlsx?{urlencode(values)}",
            "target": "download",
        }

    def _spreadsheet(self):
        """Return the spreadsheet, as bytes."""
        self.ensure_one()
        return sheet.write(self._prepare_screen())

    @staticmethod
    def _in_rows(tiles):
        """Return ``tiles`` in rows as they fit on paper, of about the same length."""
        rows = ceil(len(tiles) / TILES_IN_A_ROW) or 1
        width = ceil(len(tiles) / rows)
        return list(split_every(width, tiles)) if tiles else []

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.display_name

    @api.model
    def get_booking(self, options):
        """Return the dialog that books what is owed; called by the screen."""
        asked = self._asked(options)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Book the Liability"),
            "res_model": "loyalty.service.liability.entry",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_program_id": asked.program_id.id},
        }

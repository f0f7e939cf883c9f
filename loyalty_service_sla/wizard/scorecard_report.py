from urllib.parse import urlencode

from odoo import api, models

from odoo.addons.loyalty_service.engine import sheet


class Scorecard(models.TransientModel):
    """The scorecards on paper and as a spreadsheet."""

    _inherit = "loyalty.service.sla.scorecard"

    @api.model
    def get_report(self, options):
        """Return the action that prints what the screen shows; called by it."""
        record = self.create(self._asked(options)._stored_values())
        # The page has a letterhead of its own: no layout of documents has to be chosen first.
        return self.env.ref("loyalty_service_sla.scorecard").report_action(record, config=False)

    @api.model
    def get_spreadsheet(self, options):
        """Return the action that downloads what the screen shows; called by it."""
        values = self._asked(options)._stored_values()
        wanted = {name: value for name, value in values.items() if value}
        return {
            "type": "ir.actions.act_url",
            "url": f"/loyalty_service_sla/scorecards.xlsx?{urlencode(wanted)}",
            "target": "download",
        }

    def _spreadsheet(self):
        """Return the spreadsheet, as bytes."""
        self.ensure_one()
        return sheet.write(self._prepare_screen())

    def _get_report_base_filename(self):
        self.ensure_one()
        days, _before = self._days()
        return f"{self.display_name} {days.first} - {days.last}"

from odoo import fields
from odoo.http import Controller, content_disposition, request, route

from odoo.addons.loyalty_service.controllers.evaluation import TYPE

from .address import read_id


class ScorecardController(Controller):
    @route(
        "/loyalty_service_sla/scorecards.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def scorecard_sheet(self, company_id="", team_id="", **options):
        """Send the spreadsheet of what the screen shows, to those who may see the screen."""
        env = request.env
        if not env["loyalty.service.sla.scorecard"].has_access("create"):
            raise request.not_found()
        own = env.user.company_ids.ids
        company = read_id(company_id) or env.company.id
        env = env(
            context={
                **env.context,
                "allowed_company_ids": [company] if company in own else env.company.ids,
            }
        )
        options["team_id"] = read_id(team_id)
        for name in ("date_from", "date_to"):
            try:
                options[name] = fields.Date.to_date(options.get(name) or None)
            except ValueError:
                raise request.not_found() from None
        scorecard = env["loyalty.service.sla.scorecard"]._asked(options)
        name = f"{scorecard._get_report_base_filename()}.xlsx"
        return request.make_response(
            scorecard._spreadsheet(),
            headers=[
                ("Content-Type", TYPE),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

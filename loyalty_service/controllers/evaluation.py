from odoo import http
from odoo.http import content_disposition, request

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EvaluationController(http.Controller):
    @http.route(
        "/loyalty_service/evaluation.xlsx", type="http", auth="user", methods=["GET"], readonly=True
    )
    def evaluation_sheet(self, program_id="", company_ids="", **options):
        """Send the spreadsheet of what the screen shows, to those who may see the screen."""
        ids = [int(number) for number in company_ids.split(",") if number.isdigit()]
        allowed = [number for number in ids if number in request.env.user.company_ids.ids]
        env = request.env(
            context={
                **request.env.context,
                "allowed_company_ids": allowed or request.env.company.ids,
            }
        )
        if program_id.isdigit():
            options["program_id"] = int(program_id)
        if not env["loyalty.service.evaluation"].has_access("create"):
            raise request.not_found()
        evaluation = env["loyalty.service.evaluation"]._asked(options)
        name = f"{evaluation._get_report_base_filename()}.xlsx"
        return request.make_response(
            evaluation._spreadsheet(),
            headers=[
                ("Content-Type", TYPE),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_no_survey = fields.Boolean(
        string="No Surveys",
        help="Set it when somebody asked not to be sent surveys. On a company it holds for "
        "all its contacts.",
    )
    loyalty_satisfaction = fields.Float(
        related="loyalty_client_id.satisfaction", groups="loyalty_service.group_loyalty_user"
    )
    loyalty_satisfaction_date = fields.Datetime(
        related="loyalty_client_id.satisfaction_date",
        groups="loyalty_service.group_loyalty_user",
    )
    loyalty_nps = fields.Integer(
        related="loyalty_client_id.nps", groups="loyalty_service.group_loyalty_user"
    )
    loyalty_nps_date = fields.Datetime(
        related="loyalty_client_id.nps_date", groups="loyalty_service.group_loyalty_user"
    )
    loyalty_last_survey_date = fields.Datetime(
        related="loyalty_client_id.last_survey_date",
        groups="loyalty_service.group_loyalty_user",
    )

    def _loyalty_survey_contacts(self, companies):
        """Return ``{(client, company): contact}``: whom a company asks when nobody is named.

        That is the first contact of the client that can be reached by mail, and the client
        itself where there is none. A contact that another company of the database keeps for
        itself is not asked.

        :param self: commercial partners
        :param companies: those that ask
        """
        contacts = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", self.ids),
                ("id", "not in", self.ids),
                ("is_company", "=", False),
                ("type", "=", "contact"),
                ("email", "!=", False),
                ("loyalty_no_survey", "=", False),
                ("company_id", "in", [False, *companies.parent_ids.ids]),
            ],
            order="id",
        )
        first = {}
        for company in companies:
            for contact in contacts:
                if not contact.company_id or contact.company_id in company.parent_ids:
                    first.setdefault((contact.commercial_partner_id, company), contact)
        return {
            (partner, company): first.get((partner, company), partner)
            for partner in self
            for company in companies
        }

    def action_view_loyalty_survey_answers(self):
        """Open what the client answered."""
        self.ensure_one()
        return self.loyalty_client_id.action_view_survey_answers()

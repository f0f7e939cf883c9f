from odoo.http import request

from odoo.addons.survey.controllers.main import Survey


class LoyaltySurvey(Survey):
    """Let a mailed link work for whoever of the client's firm opens it.

    The link alone opens the survey for anybody who is not logged in. Survey itself turns away
    whoever is logged in as somebody else than the person that was asked, with a page that
    does not say why.
    """

    def _check_validity(
        self, survey_sudo, answer_sudo, answer_token, ensure_token=True, check_partner=True
    ):
        validity = super()._check_validity(
            survey_sudo, answer_sudo, answer_token, ensure_token, check_partner
        )
        if validity == "answer_wrong_user" and answer_token and answer_sudo.loyalty_client_id:
            partner = request.env.user.partner_id
            if partner.commercial_partner_id == answer_sudo.partner_id.commercial_partner_id:
                return True
            return "answer_not_yours"
        return validity

    def _redirect_with_error(self, access_data, error_key):
        if error_key == "answer_not_yours":
            return request.render(
                "loyalty_service_survey.survey_not_yours", {"survey": access_data["survey_sudo"]}
            )
        return super()._redirect_with_error(access_data, error_key)

    def _extract_comment_from_answers(self, question, answers):
        return super()._extract_comment_from_answers(question, question._loyalty_keep_zero(answers))

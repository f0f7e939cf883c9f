"""Events of answers name their survey to each reader in its own language."""

from odoo.tools import SQL


def migrate(cr, version):
    for model, source in (
        ("survey.user_input", SQL("SELECT id, survey_id FROM survey_user_input")),
        (
            "loyalty.service.survey.invitation",
            SQL("SELECT id, survey_id FROM loyalty_service_survey_invitation"),
        ),
    ):
        cr.execute(
            SQL(
                """
                UPDATE loyalty_service_event event
                   SET summary_texts = survey.title::text
                  FROM (%s) AS source
                  JOIN survey_survey survey ON survey.id = source.survey_id
                 WHERE event.res_model = %s AND event.res_id = source.id
                   AND event.reversal_of_id IS NULL AND event.summary_texts IS NULL
                   AND event.summary IN (SELECT value FROM jsonb_each_text(survey.title))
                   AND (SELECT COUNT(DISTINCT value) FROM jsonb_each_text(survey.title)) > 1
                """,
                source,
                model,
            )
        )

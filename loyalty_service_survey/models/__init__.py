from . import (
    client,
    event,
    mail_mail,
    res_partner,
    survey_invitation,
    survey_question,
    survey_survey,
    survey_trigger,
    survey_user_input,
)

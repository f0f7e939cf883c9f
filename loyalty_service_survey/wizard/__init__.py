from . import partner_merge, survey_send

from . import survey_send

from . import (
    emergency,
    holiday_load,
    pause,
    policy_apply,
    scorecard,
    scorecard_drill,
    scorecard_facts,
    scorecard_report,
    scorecard_screen,
    scorecard_words,
    verify,
    withdraw,
)

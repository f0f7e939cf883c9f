from . import interaction_report, rhythm_report

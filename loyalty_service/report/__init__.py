from . import interaction_report

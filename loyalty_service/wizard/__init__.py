from . import agreement_end, log

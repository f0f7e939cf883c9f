from . import agreement_end, log, partner_merge

from . import agreement_end, generate_cards, log, partner_merge, update_balance

from . import agreement_end, generate_cards, log, partner_merge, referral_decision, update_balance

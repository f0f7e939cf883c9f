from . import addresses, booking, evaluation, portal, referral, rewards, tiers

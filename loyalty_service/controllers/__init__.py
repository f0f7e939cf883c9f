from . import booking, evaluation, portal, referral, rewards, tiers

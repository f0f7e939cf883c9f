from . import evaluation, portal, referral, rewards, tiers

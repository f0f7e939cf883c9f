from . import evaluation, portal, referral, tiers

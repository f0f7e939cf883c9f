from . import portal, referral, tiers

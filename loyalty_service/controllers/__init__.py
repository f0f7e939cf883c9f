from . import portal, tiers

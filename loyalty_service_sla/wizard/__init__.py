from . import holiday_load, pause, policy_apply, verify

from . import holiday_load, pause

from . import pause

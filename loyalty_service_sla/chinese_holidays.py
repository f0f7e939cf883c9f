"""The one place that knows where China's public holidays come from.

The Python package is optional: who does not use the holidays need not have it.
"""

from .engine import special_days

PACKAGE = "chinesecalendar"


def get_version():
    """Return the version of the package, or None where it is not installed."""
    library = _import()
    return library and library.__version__


def get_years():
    """Return the first and the last year that the package knows, or None without it."""
    library = _import()
    if not library:
        return None
    years = {day.year for day in library.holidays}
    return min(years), max(years)


def get_days(years):
    """Return the :class:`~.engine.special_days.PublicDay` of some years, none without it."""
    library = _import()
    if not library:
        return []
    return special_days.public_days(years, library.holidays, library.workdays, library.in_lieu_days)


def _import():
    try:
        import chinese_calendar
    except ImportError:
        return None
    return chinese_calendar

"""What stands in an address, as it may have been typed by anybody."""

#: No id of a database has more digits.
LONGEST = 9


def read_id(text):
    """Return the id that ``text`` is, None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None

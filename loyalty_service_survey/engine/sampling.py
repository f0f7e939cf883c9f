"""Who is asked, when not everybody is."""

from hashlib import sha256


def is_sampled(key: str, percent: float) -> bool:
    """Tell whether what ``key`` names falls into a sample of ``percent`` (0..100).

    The decision depends on nothing but the key: asking again gives the same answer, no
    random state has to be kept, and raising the percentage only adds to the sample. Over many
    keys the share that falls into it is ``percent``, whatever the keys look like, since
    SHA-256 spreads them evenly.

    >>> is_sampled("anything", 100), is_sampled("anything", 0)
    (True, False)
    """
    point = int.from_bytes(sha256(key.encode()).digest()[:8]) / 2**64  # in [0, 1)
    return 100.0 * point < percent

"""The ladder of tiers, said in SQL: what ``engine/tiers.py`` makes of each client."""

from odoo.tools import SQL

from .engine import tiers


class LadderSql:
    """Parts of a statement about clients, one rung of the ladder after the other.

    A client is the row ``client``. What fell into each span of time is the row ``counted``, made
    of :meth:`sums`. Where the client stands is the row ``place``, with a number for a rung, from
    0 for the lowest one, and -1 for none:

    - ``has``: the tier that it has (:meth:`place_of_tier`); NULL for one that is no rung
    - ``earned``: the tier that it has earned today (:meth:`place_earned`)
    - ``left_over``: the tier that it will have earned when the year is over, if nothing more
      comes in (:meth:`place_left_over`)

    :param rungs: ``tiers.Ladder``
    :param keys: of ``tiers.spans``, in the order of their numbers
    :param today: day
    :param grace_days: see ``tiers.step``
    """

    def __init__(self, rungs, keys, today, grace_days):
        self.rungs = rungs
        self.keys = keys
        self.today = today
        self.year_ends = tiers.year_ends(today)
        fell = {key: SQL("COALESCE(counted.%s, 0)", _column(key)) for key in keys}
        # By window. What ``tiers.count`` calls left is what is not of the year before.
        self.left = {rung.window: fell[rung.window] for rung in rungs}
        self.counts = dict(self.left)
        self.year_is_over_soon = False
        if tiers.YEAR in self.counts:
            self.counts[tiers.YEAR] = SQL(
                "GREATEST(%s, %s)", fell[tiers.YEAR], fell[tiers.LAST_YEAR]
            )
            self.year_is_over_soon = (self.year_ends - today).days <= grace_days

    # ------------------------------------------------------------------
    # What counts
    # ------------------------------------------------------------------

    def sums(self):
        """Return the columns of ``counted``, from rows of ``(number of the span, figure)``."""
        return SQL(", ").join(
            SQL("SUM(figure) FILTER (WHERE number = %s)::float8 AS %s", number, _column(key))
            for number, key in enumerate(self.keys)
        )

    def figure(self):
        """Return what the client is shown, if its tier stays.

        That is what counts for the tier above; at the top, for the tier itself.
        """
        above = [*self.rungs, self.rungs[-1]]
        return SQL(
            "CASE place.has %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", place, self.left[rung.window])
                for place, rung in enumerate(above, start=-1)
            ),
        )

    # ------------------------------------------------------------------
    # Places on the ladder
    # ------------------------------------------------------------------

    def place_of_tier(self):
        return SQL(
            "CASE WHEN client.tier_id IS NULL THEN -1 %s END",
            SQL(" ").join(
                SQL("WHEN client.tier_id = %s THEN %s", rung.key, place)
                for place, rung in enumerate(self.rungs)
            ),
        )

    def place_earned(self):
        return self._highest_met(self.counts)

    def place_left_over(self):
        return self._highest_met(self.left)

    def _highest_met(self, counts):
        """Return the place of ``tiers.earned``: the first rung from above that is met."""
        downwards = reversed(list(enumerate(self.rungs)))
        return SQL(
            "CASE %s ELSE -1 END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", self._is_met(rung, counts), place)
                for place, rung in downwards
            ),
        )

    def _is_met(self, rung, counts):
        if rung.threshold <= 0:
            return SQL("TRUE")
        return SQL("%s >= %s", counts[rung.window], rung.threshold)

    # ------------------------------------------------------------------
    # What happens
    # ------------------------------------------------------------------

    def stays(self):
        """Return the condition that tier and review stay as they are.

        The cases are those of ``tiers.step`` without an override, in its order.
        """
        return SQL(
            """
            CASE WHEN place.earned < place.has THEN %(is_warned)s
                 -- It rises, or its tier stands on the ladder no more.
                 WHEN place.earned IS DISTINCT FROM place.has THEN FALSE
                 WHEN %(falls_soon)s THEN %(is_warned_of_year)s
                 ELSE %(has_no_review)s
            END
            """,
            is_warned=self._is_warned(),
            falls_soon=self._falls_soon(),
            is_warned_of_year=self._is_warned_of_year(),
            has_no_review=SQL("client.tier_told_on IS NULL AND client.tier_review_date IS NULL"),
        )

    def _is_warned(self):
        """It was told, and the day on which it is lowered has not come."""
        return SQL("client.tier_told_on IS NOT NULL AND client.tier_review_date > %s", self.today)

    def _falls_soon(self):
        """It has its tier by the year before, which counts no more in a short while."""
        if not self.year_is_over_soon:
            return SQL("FALSE")
        return SQL("place.left_over < place.earned")

    def _is_warned_of_year(self):
        """It was told that its tier ends with the year, or later."""
        return SQL(
            "client.tier_told_on IS NOT NULL AND client.tier_review_date >= %s", self.year_ends
        )


def _column(key):
    """Return the name of the column of a span, whose key is a number of months or a word."""
    return SQL.identifier(f"in_{key}".replace(" ", "_"))

from odoo import models
from odoo.tools import format_date, formatLang

from ..engine import comparison


class Evaluation(models.TransientModel):
    """Members against comparable others, in words."""

    _inherit = "loyalty.service.evaluation"

    # ------------------------------------------------------------------
    # Members and comparable others
    # ------------------------------------------------------------------

    def _section_comparison(self, figures):
        found = figures.comparison
        day, later = self._landmark()
        tiles, charts = [], []
        if found.difference:
            sides = (
                (self.env._("Members"), found.members, "members", "earned"),
                (self.env._("Comparable others"), found.others, "others", "others"),
            )
            tiles = [
                self._tile(
                    label,
                    self._percent(rate.value),
                    self.env._(
                        "%(clients)s clients, %(between)s",
                        clients=rate.clients,
                        between=self._between(
                            self._percent(rate.low, 0), self._percent(rate.high, 0)
                        ),
                    ),
                    f"subjects:{key}",
                )
                for label, rate, key, _color in sides
            ]
            tiles.append(self._tile_difference(found))
            charts = [
                {
                    "id": "retention",
                    "kind": "interval",
                    "title": self.env._(
                        "Still clients on %(later)s, of those on %(day)s (per cent, with the "
                        "interval)",
                        later=format_date(self.env, later),
                        day=format_date(self.env, day),
                    ),
                    "labels": [label for label, _rate, _key, _color in sides],
                    "percent": True,
                    "datasets": [
                        {
                            "label": self.env._("Still clients"),
                            "colors": [color for *_rest, color in sides],
                            "values": [100 * rate.value for _label, rate, *_rest in sides],
                            "lows": [100 * rate.low for _label, rate, *_rest in sides],
                            "highs": [100 * rate.high for _label, rate, *_rest in sides],
                            "keys": [f"subjects:{key}" for _label, _rate, key, _color in sides],
                        }
                    ],
                }
            ]
        return {
            "id": "comparison",
            "title": self.env._("Do Members Stay?"),
            "headline": self._verdict_text(found),
            "tone": {comparison.MORE: "success", comparison.LESS: "danger"}.get(
                found.verdict, "secondary"
            ),
            "tiles": tiles,
            "charts": charts,
            "tables": [],
            "notes": [*self._definition_texts(), *self._strata_texts(found), self._caution_text()],
        }

    def _tile_difference(self, found):
        """Return the tile of the difference; in percentage points."""
        difference, low, high = (
            formatLang(self.env, 100 * share, digits=1) for share in found.difference
        )
        few = found.verdict in (comparison.FEW, comparison.WIDE)
        return self._tile(
            self.env._("Difference, percentage points"),
            "-" if few else difference,
            "" if few else self._between(low, high),
        )

    def _verdict_text(self, found):
        if found.verdict == comparison.FEW:
            return self.env._(
                "Too few clients to tell: %(members)s members and %(others)s comparable others; "
                "%(least)s of each are needed.",
                members=found.members.clients if found.members else 0,
                others=found.others.clients if found.others else 0,
                least=comparison.LEAST_CLIENTS,
            )
        if found.verdict == comparison.WIDE:
            return self.env._(
                "Too few clients to tell: the difference may lie anywhere within %s percentage "
                "points.",
                formatLang(self.env, 100 * (found.difference[2] - found.difference[1]), digits=0),
            )
        if found.verdict == comparison.MORE:
            return self.env._("More of the members stayed than of comparable others.")
        if found.verdict == comparison.LESS:
            return self.env._("Fewer of the members stayed than of comparable others.")
        return self.env._(
            "No difference can be seen: what is measured may well be chance, since the interval "
            "includes zero."
        )

    def _definition_texts(self):
        """Say who counts as a member, and when is looked."""
        day, later = self._landmark()
        dates = {"day": format_date(self.env, day), "later": format_date(self.env, later)}
        who = {
            "engaged": self.env._(
                "Members used points, referred somebody or took part in something (a training, "
                "an event, documents handed in early) in the 12 months before %(day)s.",
                **dates,
            ),
            "redeemed": self.env._("Members used points in the 12 months before %(day)s.", **dates),
            "earned": self.env._(
                "Members had earned points before %(day)s, whether or not by their own doing. "
                "Where every client earns points, nobody is left to compare with.",
                **dates,
            ),
        }[self.membership]
        return [
            who,
            self.env._(
                "All were clients on %(day)s; who joined the members later counts as one of the "
                "others. Who was still under agreement on %(later)s has stayed.",
                **dates,
            ),
        ]

    def _strata_texts(self, found):
        text = {
            "size": self.env._(
                "Compared are clients of the same band of monthly amount and tenure."
            ),
            "industry": self.env._(
                "Compared are clients of the same industry and band of monthly amount and tenure."
            ),
            "manager": self.env._(
                "Compared are clients of the same account manager and band of monthly amount and "
                "tenure."
            ),
        }[self.match_on]
        counts = self.env._(
            "%(strata)s such groups have members and others; %(dropped)s have one of them only "
            "and are left out (%(members)s members, %(others)s others).",
            strata=found.strata,
            dropped=found.dropped_strata,
            members=found.dropped_members,
            others=found.dropped_others,
        )
        return [text, counts]

    def _caution_text(self):
        return self.env._(
            "This is no proof that the programme keeps clients: those who are content both take "
            "part and stay."
        )

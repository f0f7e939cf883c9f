from odoo import models

from ..amounts import worth_text
from ..engine import evaluation


class Evaluation(models.TransientModel):
    """What is owed to clients and what the programme costs, in words and tables."""

    _inherit = "loyalty.service.evaluation"

    # ------------------------------------------------------------------
    # What is owed to clients
    # ------------------------------------------------------------------

    def _section_liability(self, figures):
        held = figures.held
        worth = self._worth(held.points)
        value = self.env._(
            "A point is worth %s.",
            worth_text(self.env, self.program_id.service_point_value) + " " + self.currency_id.name,
        )
        tiles = [
            self._tile(
                self.env._("Held by clients"),
                self._money(worth),
                self.env._("%s points", self._points(held.points)),
                "lots:all",
            )
        ]
        notes = [value]
        if held.breaking is None:
            notes.append(
                self.env._(
                    "All points count in full: how many of them will expire cannot be said yet."
                )
            )
        else:
            breaking = held.breaking
            tiles.append(
                self._tile(
                    self.env._("Of it will expire"),
                    self._money(self._worth(breaking.value)),
                    self._between(
                        self._money(self._worth(breaking.low)),
                        self._money(self._worth(breaking.high)),
                    ),
                )
            )
            tiles.append(
                self._tile(
                    self.env._("Owed after breakage"),
                    self._money(worth - self._worth(breaking.value)),
                    self._between(
                        self._money(worth - self._worth(breaking.high)),
                        self._money(worth - self._worth(breaking.low)),
                    ),
                )
            )
        if held.owed:
            tiles.append(
                self._tile(
                    self.env._("Owed by clients"),
                    self._money(self._worth(-held.owed)),
                    self.env._("%s points, not set off", self._points(-held.owed)),
                    "lots:owed",
                )
            )
        if not self.program_id.service_point_value:
            notes = [
                self.env._(
                    "A point of this programme has no value in money yet. Set it on the "
                    "programme, and this page says what is owed."
                )
            ]
        table = self._liability_rows(figures)
        return {
            "id": "liability",
            "title": self.env._("Owed to Clients"),
            "tiles": tiles,
            "charts": [
                {
                    "id": "liability",
                    "kind": "stacked",
                    "title": self.env._("Points held, by the month of their last day"),
                    "labels": [row["label"] for row in table],
                    "datasets": [
                        {
                            "label": self.env._("Expected to be used"),
                            "color": "used",
                            "values": [row["points"] - row["breaking"] for row in table],
                            "keys": [row["key"] for row in table],
                        },
                        {
                            "label": self.env._("Expected to expire"),
                            "color": "expired",
                            "values": [row["breaking"] for row in table],
                            "keys": [row["key"] for row in table],
                        },
                    ],
                }
            ],
            "tables": [self._table_liability(table)],
            "notes": notes,
        }

    def _liability_rows(self, figures):
        """Return the points held by the month of their last day, what never expires last."""
        _first, last = self._days()
        groups = {}
        for lot in figures.held.rows:
            if lot.is_debt:
                continue
            lapsed = lot.expiry is not None and lot.expiry <= last
            key = "lapsed" if lapsed else lot.expiry and evaluation.month_number(lot.expiry)
            group = groups.setdefault(key, {"points": 0.0, "lots": 0, "days": []})
            group["points"] += lot.points
            group["lots"] += lot.lots
            group["days"].append((evaluation.months_before(last, lot.expiry), lot.points))
        rows = []
        for key in sorted(groups, key=lambda key: (key is None, (key != "lapsed" and key) or 0)):
            group = groups[key]
            expected = figures.breakage.expect(group["days"])
            rows.append(
                {
                    "label": self._expiry_label(key),
                    "key": f"lots:{'never' if key is None else key}",
                    "points": group["points"],
                    "lots": group["lots"],
                    "breaking": expected.value if expected else 0.0,
                }
            )
        return rows

    def _expiry_label(self, key):
        if key is None:
            return self.env._("never")
        return self.env._("past") if key == "lapsed" else self._month_name(key)

    def _table_liability(self, rows):

        def row(label, points, breaking, lots, key):
            worth = self._worth(points)
            owed = worth - self._worth(breaking)
            return {
                "label": label,
                "cells": [
                    (str(lots), lots, key),
                    self._cell(points, key),
                    (self._money(worth), worth, None),
                    self._cell(round(breaking)),
                    (self._money(owed), owed, None),
                ],
            }

        sums = [sum(row_[name] for row_ in rows) for name in ("points", "breaking", "lots")]
        return {
            "id": "liability",
            "title": self.env._("By the month of the last day"),
            "columns": [
                self.env._("Lots"),
                self.env._("Points"),
                self.env._("Value"),
                self.env._("Will expire"),
                self.env._("Owed after breakage"),
            ],
            "rows": [
                row(r["label"], r["points"], r["breaking"], r["lots"], r["key"]) for r in rows
            ],
            "total": row(self.env._("Total"), *sums, "lots:all"),
        }

    # ------------------------------------------------------------------
    # Cost
    # ------------------------------------------------------------------

    def _section_cost(self, figures):
        costs, active = figures.costs, figures.participation[None].active
        tiles = [
            self._tile(
                self.env._("Cost of the period"),
                self._money(costs.total),
                self.env._("points used and rewards handed out"),
            ),
            self._tile(
                self.env._("Points used in orders"),
                self._money(costs.discounts),
                "",
                "moves:orders",
            ),
            self._tile(self.env._("Rewards handed out"), self._money(costs.rewards), "", "rewards"),
            self._tile(
                self.env._("Per active client"),
                self._money(costs.total / active) if active else "-",
                "",
                "clients:active",
            ),
            self._tile(
                self.env._("Of what card holders paid for"),
                self._percent(costs.total / costs.revenue, 2) if costs.revenue > 0 else "-",
                self.env._("%s invoiced to them", self._money(costs.revenue)),
                "revenue",
            ),
        ]
        notes = []
        if costs.referrals:
            notes.append(
                self.env._(
                    "Points given for referrals in the period are worth %s; they cost once they "
                    "are used.",
                    self._money(costs.referrals),
                )
            )
        return {
            "id": "cost",
            "title": self.env._("What It Costs"),
            "tiles": tiles,
            "charts": [],
            "tables": [],
            "notes": notes,
        }

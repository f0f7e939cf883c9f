from odoo import api, models
from odoo.tools import format_date, formatLang

from ..amounts import points_text
from ..engine import breakage, evaluation


class Evaluation(models.TransientModel):
    """The figures in words and tables: what screen, PDF and spreadsheet show alike.

    A section has tiles, charts, tables and notes. A cell of a table is ``(text, number, key)``:
    the key says what ``evaluation_drill.py`` opens behind it, and is None where there is nothing.
    """

    _inherit = "loyalty.service.evaluation"

    @api.model
    def get_screen(self, options):
        """Return what the screen shows; called by it.

        :param dict options: see ``_asked``
        """
        if not options.get("program_id") and not self.default_get(["program_id"]).get("program_id"):
            return {"empty": self._nothing_text()}
        return self._asked(options)._prepare_screen()

    def _prepare_screen(self):
        """Return all that is shown, as plain data."""
        self.ensure_one()
        figures = self._figures()
        screen = {
            "title": self.program_id.name,
            "subtitle": self._subtitle(),
            "options": self._prepare_options(),
            "empty": False,
            "sections": [],
            "can_book": self._can_book(),
        }
        if not figures.flows:
            return dict(screen, empty=self._nothing_text())
        screen["sections"] = [
            self._section_participation(figures),
            self._section_points(figures),
            self._section_liability(figures),
            self._section_cost(figures),
            self._section_comparison(figures),
        ]
        return screen

    def _nothing_text(self):
        return self.env._(
            "No points have been booked yet. As soon as clients earn some, this page says who "
            "takes part, what it costs, what is owed to clients, and whether members stay longer."
        )

    def _prepare_options(self):
        """Return what can be chosen, and what is."""
        programs = self.env["loyalty.program"].search(
            [("service_points", "=", True), ("company_id", "in", [*self.env.companies.ids, False])]
        )
        options = {
            "program_id": {
                "label": self._fields["program_id"]._description_string(self.env),
                "value": self.program_id.id,
                "choices": [(program.id, program.name) for program in programs],
            }
        }
        for name in ("period", "membership", "horizon", "match_on"):
            field = self._fields[name]
            options[name] = {
                "label": field._description_string(self.env),
                "value": self[name],
                "choices": field._description_selection(self.env),
            }
        return options

    def _can_book(self):
        """Tell whether there is a liability to book; who may not book it sees what it is."""
        return bool(self.program_id.service_point_value)

    # ------------------------------------------------------------------
    # Numbers in words
    # ------------------------------------------------------------------

    def _subtitle(self):
        first, last = self._days()
        names = ", ".join(self._companies().mapped("name"))
        return self.env._(
            "%(first)s to %(last)s, %(companies)s",
            first=format_date(self.env, first),
            last=format_date(self.env, last),
            companies=names,
        )

    def _points(self, points):
        return points_text(self.env, points)

    def _money(self, amount):
        return formatLang(self.env, amount + 0, currency_obj=self.currency_id)

    def _percent(self, share, digits=1):
        if share is None:
            return "-"
        return f"{formatLang(self.env, 100 * share, digits=digits)}%"

    def _between(self, low, high):
        return self.env._("between %(low)s and %(high)s", low=low, high=high)

    def _month_name(self, month):
        day = evaluation.first_day(month)
        return format_date(self.env, day, date_format=self.env._("MMM yyyy"))

    @staticmethod
    def _tile(label, value, note="", key=None, number=None):
        """Return what a section begins with; ``number`` is the value to add up, if it has one."""
        return {"label": label, "value": value, "note": note, "key": key, "number": number}

    def _cell(self, points, key=None):
        return (self._points(points), points, key if points else None)

    # ------------------------------------------------------------------
    # Who takes part
    # ------------------------------------------------------------------

    def _section_participation(self, figures):
        whole = figures.participation[None]

        def of_active(number):
            return self.env._("%(number)s of %(active)s", number=number, active=whole.active)

        months = self._months()
        by_month = [figures.participation[month] for month in months]
        return {
            "id": "participation",
            "title": self.env._("Who Takes Part"),
            "tiles": [
                self._tile(
                    self.env._("Active clients"),
                    str(whole.active),
                    self.env._("under agreement in the period"),
                    "clients:active",
                ),
                self._tile(
                    self.env._("Hold a card"),
                    self._percent(whole.share("holders")),
                    of_active(whole.holders),
                    "clients:holders",
                ),
                self._tile(
                    self.env._("Earned points"),
                    self._percent(whole.share("earners")),
                    of_active(whole.earners),
                    "clients:earners",
                ),
                self._tile(
                    self.env._("Used points"),
                    self._percent(whole.share("spenders")),
                    of_active(whole.spenders),
                    "clients:spenders",
                ),
            ],
            "charts": [
                {
                    "id": "participation",
                    "kind": "line",
                    "title": self.env._(
                        "Clients who earned and used points, per cent of the active ones"
                    ),
                    "labels": [self._month_name(month) for month in months],
                    "percent": True,
                    "datasets": [
                        {
                            "label": label,
                            "color": color,
                            "values": [100 * (part.share(name) or 0) for part in by_month],
                        }
                        for label, name, color in (
                            (self.env._("Earned"), "earners", "earned"),
                            (self.env._("Used"), "spenders", "used"),
                        )
                    ],
                }
            ],
            "tables": [],
            "notes": [
                self.env._(
                    "A client is active if an agreement of it ran on a day of the period; one "
                    "that never had an agreement, if anything was recorded of it."
                )
            ],
        }

    # ------------------------------------------------------------------
    # Points earned and used
    # ------------------------------------------------------------------

    def _section_points(self, figures):
        months = self._months()
        return {
            "id": "points",
            "title": self.env._("Points Earned and Used"),
            "tiles": [
                *self._tiles_account(figures),
                *self._tiles_breakage(figures.breakage),
            ],
            "charts": [
                {
                    "id": "flow",
                    "kind": "bar",
                    "title": self.env._("Points earned, used and expired"),
                    "labels": [self._month_name(month) for month in months],
                    "datasets": [
                        {
                            "label": label,
                            "color": color,
                            "values": [sign * getattr(part, name) for part in figures.accounts],
                            "keys": [f"moves:{name}:{month}" for month in months],
                        }
                        for label, name, color, sign in (
                            (self.env._("Earned"), "awarded", "earned", 1),
                            (self.env._("Used"), "spent", "used", -1),
                            (self.env._("Expired"), "expired", "expired", -1),
                        )
                    ],
                }
            ],
            "tables": [self._table_accounts(figures), self._table_cohorts(figures)],
            "notes": self._breakage_texts(figures.breakage),
        }

    def _tiles_account(self, figures):
        """Return the tiles that lead from what was held first to what was held last.

        They add up, since they are the line of totals of the table. What seldom happens has a
        tile where it did.
        """
        account = figures.account
        given = account.awarded + account.taken_back
        shares = {}
        if given > 0:
            shares["spent"] = self.env._(
                "%s of what was earned", self._percent(-account.spent / given)
            )
        tiles = [
            self._tile(
                self.env._("Held at the beginning"),
                self._points(account.opening),
                number=account.opening,
            )
        ]
        for name, label in self._parts_of(figures):
            points = getattr(account, name)
            if points or name in ("awarded", "spent", "expired"):
                text = points_text(self.env, points, sign=True)
                note = shares.get(name, "")
                tiles.append(self._tile(label, text, note, f"moves:{name}", points))
        closing = self._points(account.closing)
        tiles.append(
            self._tile(
                self.env._("Held at the end"), closing, "", "lots:all", number=account.closing
            )
        )
        return tiles

    def _parts_of(self, figures):
        """Return ``[(part, label)]`` of what moves points, in the order of the table."""
        earned, taken_back = self.env._("Earned"), self.env._("Taken back")
        used, expired = self.env._("Used"), self.env._("Expired")
        parts = [
            ("awarded", earned),
            ("taken_back", taken_back),
            ("spent", used),
            ("expired", expired),
            ("adjusted", self.env._("Adjusted")),
        ]
        # Of one company alone: points earned there that paid what was owed to another one.
        if any(round(part.settled, 2) for part in figures.accounts):
            parts.append(("settled", self.env._("Set off")))
        return parts

    def _tiles_breakage(self, learned):
        share = learned.share
        if share is None:
            return []
        return [
            self._tile(
                self.env._("Will expire unused"),
                self._percent(share.value),
                self._between(self._percent(share.low), self._percent(share.high)),
            )
        ]

    def _few_breakage_text(self, learned):
        return self.env._(
            "Too few clients to tell how many points will expire unused: those of %(clients)s have "
            "come to their last month; %(least)s are needed.",
            clients=learned.clients,
            least=breakage.LEAST_CLIENTS,
        )

    def _breakage_texts(self, learned):
        """Say how sure the share of points is that will expire, and how it was found."""
        texts = []
        if learned.share is None:
            texts.append(self._few_breakage_text(learned))
        else:
            texts.append(
                self.env._(
                    "Of all points given, %(share)s will expire unused (%(between)s, with 95%% "
                    "confidence). It is learned from what clients did in each month before the "
                    "last day of their points, so that young points count for what they have "
                    "lived through; the interval takes each client as one observation.",
                    share=self._percent(learned.share.value),
                    between=self._between(
                        self._percent(learned.share.low), self._percent(learned.share.high)
                    ),
                )
            )
        if learned.matured:
            texts.append(
                self.env._(
                    "From the beginning of the programme to %(day)s %(points)s points have come "
                    "to their last day, and %(expired)s of them expired: %(share)s "
                    "(%(between)s). The figure above is of the period only, up to its last day.",
                    day=format_date(self.env, self._last_month_end()),
                    points=self._points(learned.matured_points),
                    expired=self._points(learned.matured.value * learned.matured_points),
                    share=self._percent(learned.matured.value),
                    between=self._between(
                        self._percent(learned.matured.low), self._percent(learned.matured.high)
                    ),
                )
            )
        return texts

    def _table_accounts(self, figures):
        parts = self._parts_of(figures)

        def row(label, account, suffix):
            cells = [self._cell(account.opening)]
            cells += [
                self._cell(getattr(account, name), f"moves:{name}{suffix}")
                for name, _label in parts
            ]
            return {"label": label, "cells": [*cells, self._cell(account.closing)]}

        return {
            "id": "accounts",
            "title": self.env._("By month"),
            "columns": [
                self.env._("Opening"),
                *(label for _name, label in parts),
                self.env._("Closing"),
            ],
            "rows": [
                row(self._month_name(month), account, f":{month}")
                for month, account in zip(self._months(), figures.accounts, strict=True)
            ],
            "total": row(self.env._("Total"), figures.account, ""),
        }

    def _table_cohorts(self, figures):

        def row(label, cohort, month):
            return {
                "label": label,
                "cells": [
                    self._cell(cohort.given, f"cohort:given:{month}"),
                    self._cell(cohort.used, f"cohort:used:{month}"),
                    self._cell(cohort.expired, f"cohort:expired:{month}"),
                    self._cell(cohort.left, f"cohort:left:{month}"),
                    (self._percent(cohort.redemption), cohort.redemption, None),
                ],
            }

        whole = evaluation.Cohort(
            0,
            *(sum(getattr(c, name) for c in figures.cohorts) for name in ("given", "used")),
            sum(cohort.expired for cohort in figures.cohorts),
        )
        return {
            "id": "cohorts",
            "title": self.env._("By the month in which points were earned: what became of them"),
            "columns": [
                self.env._("Given"),
                self.env._("Used"),
                self.env._("Expired"),
                self.env._("Left"),
                self.env._("Used, share"),
            ],
            "rows": [
                row(self._month_name(cohort.month), cohort, cohort.month)
                for cohort in figures.cohorts
            ],
            "total": row(self.env._("Total"), whole, "all"),
        }

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from ..engine import scorecard as engine
from ..models.clock import TARGETS
from .scorecard_facts import BREACH, PROMISE
from .scorecard_words import ANSWER, BLANK, NOTHING, SOLUTION


class Scorecard(models.TransientModel):
    """The figures in words, cards and tables: what screen, PDF and spreadsheet show alike.

    What a section has is told in the evaluation of programmes, whose screen this one is too. A
    key says what ``scorecard_drill.py`` opens behind a figure: "what:kind:id:period".
    """

    _inherit = "loyalty.service.sla.scorecard"

    @api.model
    def get_screen(self, options):
        """Return what the screen shows; called by it.

        :param dict options: see ``_asked``
        """
        return self._asked(options)._prepare_screen()

    def _prepare_screen(self):
        """Return all that is shown, as plain data."""
        self.ensure_one()
        self._check_own_company()
        self._check_team()
        cards = self._read_cards()
        now = cards.get((0, "all", None), {})
        screen = {
            "title": self.display_name,
            "subtitle": self._subtitle(),
            "options": self._prepare_options(),
            "empty": False,
            "empty_title": self.env._("No tickets yet"),
            "sections": [],
        }
        if not now and not cards.get((1, "all", None)):
            return dict(screen, empty=self._nothing_text())
        screen["sections"] = [
            self._section_desk(cards),
            self._section_people(cards, "user"),
            *([self._section_people(cards, "team")] if self._has_teams(cards) else ()),
            self._section_meaning(),
        ]
        return screen

    def _nothing_text(self):
        return self.env._(
            "Nothing happened at the service desk in this period or in the one before. Choose "
            "other dates, or come back when there are tickets: this page tells how fast they are "
            "answered and solved, which promises were kept, and who has how many."
        )

    def _subtitle(self):
        days, before = self._days()
        return self.env._(
            "%(first)s to %(last)s, compared with %(first_before)s to %(last_before)s",
            first=format_date(self.env, days.first),
            last=format_date(self.env, days.last),
            first_before=format_date(self.env, before.first),
            last_before=format_date(self.env, before.last),
        )

    def _prepare_options(self):
        """Return what can be chosen, and what is."""

        def label(name):
            return self._fields[name]._description_string(self.env)

        days, _before = self._days()
        teams = self._get_teams().filtered("active")
        options = {
            "period": {
                "label": self.env._("Period"),
                "value": self.period,
                "choices": self._fields["period"]._description_selection(self.env),
            }
        }
        if self.period == engine.OWN:
            for name, day in (("date_from", days.first), ("date_to", days.last)):
                options[name] = {"label": label(name), "type": "date", "value": str(day)}
        if len(teams) > 1:
            options["team_id"] = {
                "label": label("team_id"),
                "value": self.team_id.id or 0,
                "choices": [
                    (0, self.env._("All teams")),
                    *((team.id, team.display_name) for team in teams),
                ],
            }
        return options

    # ------------------------------------------------------------------
    # The desk as a whole
    # ------------------------------------------------------------------

    def _breaches(self, card):
        return int(sum(tally.total for what, tally in card.items() if what.startswith(PROMISE)))

    def _counted(self):
        """Return {what: label} of what is only counted."""
        return {
            "taken": self.env._("Taken"),
            "closed": self.env._("Closed"),
            BREACH: self.env._("Breaches"),
            "reopened": self.env._("Reopened"),
            "complaint": self.env._("Complaints"),
        }

    def _workload(self):
        return {
            "now_open": self.env._("Open now"),
            "now_client": self.env._("Waiting for the client"),
            "now_late": self.env._("Overdue"),
        }

    def _count(self, card, what):
        return self._breaches(card) if what == BREACH else card.get(what, NOTHING).number

    def _section_desk(self, cards):
        card, before = (cards.get((period, "all", None), {}) for period in (0, 1))
        opens = self._may_open("all", None)

        def tile(what, label, value, note):
            key = opens and what and self._key(what, "all", None)
            return {"label": label, "value": value, "note": note, "key": key or None, "tone": ""}

        def was(text):
            return self.env._("before: %s", text)

        tiles = [
            tile(what, label, str(self._count(card, what)), was(self._count(before, what)))
            for what, label in self._counted().items()
        ]
        for what, label in (
            (ANSWER, self.env._("First answer, median")),
            (SOLUTION, self.env._("Solution, median")),
        ):
            value, note = self._time_words(card.get(what, NOTHING))
            earlier = before.get(what, NOTHING)
            if earlier.is_enough:
                note = f"{note}; {was(self._duration(earlier.median))}" if note else note
            tiles.append(tile(card.get(what) and what, label, value, note))
        tiles.append(
            tile(
                card.get("rating") and "rating",
                self.env._("Rating"),
                *self._rating_words(card.get("rating", NOTHING)),
            )
        )
        rate = self._hourly_cost()
        if rate is not None:
            tiles.append(tile("", self.env._("Cost per ticket"), *self._cost_words(card, rate)))
        tiles += [
            tile(what, label, str(self._count(card, what)), self.env._("now"))
            for what, label in self._workload().items()
        ]
        return {
            "id": "desk",
            "title": self.team_id.display_name or self.env._("The Desk"),
            "tiles": tiles,
            "charts": [],
            "tables": [self._table_promises(card, before, opens)],
            "notes": [],
        }

    def _table_promises(self, card, before, opens):
        """Return what was promised and kept, by what it was."""
        labels = dict(
            self.env["loyalty.service.sla.clock"]._fields["target"]._description_selection(self.env)
        )
        rows = []
        for target, _label in TARGETS:
            tally, earlier = (period.get(PROMISE + target, NOTHING) for period in (card, before))
            if not tally.number and not earlier.number:
                continue
            share, note = self._share_words(tally)
            rate = self._rate(tally)
            words, _tone = self._change_words(
                tally,
                earlier,
                self.env._("better"),
                self.env._("worse"),
                self.env._("no clear difference"),
            )
            key = self._key(PROMISE + target, "all", None) if opens and tally.number else None
            rows.append(
                {
                    "label": labels[target],
                    "cells": [
                        (str(tally.number), tally.number, key),
                        (str(tally.good), tally.good, None),
                        (share if rate else BLANK, rate and rate.value, None),
                        (
                            f"{self._percent(rate.low)} - {self._percent(rate.high)}"
                            if rate
                            else note,
                            None,
                            None,
                        ),
                        (self._share_words(earlier)[0], None, None),
                        (words, None, None),
                    ],
                }
            )
        return {
            "id": "promises",
            "title": self.env._("Promises"),
            "open": True,
            "columns": [
                self.env._("Came due"),
                self.env._("Kept in time"),
                self.env._("Share"),
                self.env._("Between"),
                self.env._("Before"),
                self.env._("Change"),
            ],
            "rows": rows,
            "total": {"label": "", "cells": []},
        }

    # ------------------------------------------------------------------
    # People and teams
    # ------------------------------------------------------------------

    def _has_teams(self, cards):
        return not self.team_id and len([key for key in cards if key[:2] == (0, "team")]) > 1

    def _names(self, kind, keys):
        """Return ``{id: name}`` of agents, whoever may read them, or of teams."""
        if kind == "team":
            names = {team.id: team.display_name for team in self._get_teams()}
            return {**names, None: self.env._("No team")}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT agent.id, partner.name
                  FROM res_users agent JOIN res_partner partner ON partner.id = agent.partner_id
                 WHERE agent.id = ANY(%s)
                """,
                [key for key in keys if key],
            )
        )
        return {**dict(rows), None: self.env._("Nobody yet")}

    def _people(self, cards, kind):
        """Return ``[(id, name, card, card of the period before)]``, the busiest first.

        Who does not see all sees nobody but themselves.
        """
        keys = {key for _period, of, key in cards if of == kind}
        if kind == "user" and not self.sees_all:
            keys &= {self.env.uid}
        names = self._names(kind, keys)
        people = [
            (key, names.get(key, ""), *(cards.get((period, kind, key), {}) for period in (0, 1)))
            for key in keys
        ]
        people = [person for person in people if person[2]]
        return sorted(
            people,
            key=lambda person: (
                person[0] is None,
                -self._count(person[2], "taken") - self._count(person[2], "closed"),
                person[1],
            ),
        )

    def _section_people(self, cards, kind):
        people = self._people(cards, kind)
        whole = cards.get((0, "all", None), {})
        is_staff = kind == "user"
        title = self.env._("Agents") if is_staff else self.env._("Teams")
        if is_staff and not self.sees_all:
            title = self.env._("My Card")
        return {
            "id": "agents" if is_staff else "teams",
            "title": title,
            "tiles": [],
            "charts": [
                chart
                for target, label in (
                    (ANSWER, self.env._("First answers in time, per cent")),
                    (SOLUTION, self.env._("Solutions in time, per cent")),
                )
                if (chart := self._chart(people, kind, target, label))
            ],
            "cards": [self._card(person, kind, whole) for person in people],
            "tables": [self._table_people(people, kind, whole)] if len(people) > 1 else [],
            "notes": []
            if people
            else [self.env._("You had no tickets in this period. Above are your team's.")]
            if not self.sees_all
            else [],
        }

    def _chart(self, people, kind, target, title):
        """Return a bar with its interval for each of whom there is enough to tell."""
        shown = [
            (key, name, rate)
            for key, name, card, _before in people
            if (rate := self._rate(card.get(PROMISE + target, NOTHING)))
        ]
        if not shown:
            return None
        return {
            "id": f"{kind}_{target}",
            "kind": "interval",
            "title": title,
            "labels": [name for _key, name, _rate in shown],
            "percent": True,
            "datasets": [
                {
                    "label": self.env._("Kept in time"),
                    "color": "earned" if target == ANSWER else "used",
                    "values": [100 * rate.value for _key, _name, rate in shown],
                    "lows": [100 * rate.low for _key, _name, rate in shown],
                    "highs": [100 * rate.high for _key, _name, rate in shown],
                    "keys": [
                        self._key(PROMISE + target, kind, key)
                        if self._may_open(kind, key)
                        else None
                        for key, _name, _rate in shown
                    ],
                }
            ],
        }

    def _card(self, person, kind, whole):
        """Return the card of one agent or team, compared with all others."""
        key, name, card, before = person
        opens = self._may_open(kind, key)

        def line(what, label, value, note=""):
            link = self._key(what, kind, key) if opens and card.get(what) else None
            return {"label": label, "value": value, "note": note, "key": link}

        def earlier(text):
            return self.env._("before: %s", text)

        counted = list(self._counted().items())
        lines = [
            line(what, label, str(self._count(card, what)), earlier(self._count(before, what)))
            for what, label in counted[:2]
        ]
        lines += [
            line(what, label, *self._time_words(card.get(what, NOTHING)))
            for what, label in (
                (ANSWER, self.env._("First answer")),
                (SOLUTION, self.env._("Solution")),
            )
        ]
        lines += [
            line(PROMISE + what, label, *self._share_words(card.get(PROMISE + what, NOTHING)))
            for what, label in (
                (ANSWER, self.env._("First answers in time")),
                (SOLUTION, self.env._("Solutions in time")),
            )
        ]
        misses = self._breaches(card)
        lines.append(
            {
                "label": self.env._("Breaches"),
                "value": str(misses),
                "note": earlier(self._breaches(before)),
                "key": self._key(BREACH, kind, key) if opens and misses else None,
            }
        )
        lines += [
            line(what, label, str(self._count(card, what)), earlier(self._count(before, what)))
            for what, label in counted[3:]
        ]
        lines.append(
            line("rating", self.env._("Rating"), *self._rating_words(card.get("rating", NOTHING)))
        )
        rate = self._hourly_cost()
        if rate:
            lines.append(line("", self.env._("Cost per ticket"), *self._cost_words(card, rate)))
        lines += [
            line(what, label, str(self._count(card, what)))
            for what, label in self._workload().items()
        ]
        words, tone = self._compare(card, whole)
        return {"title": name, "headline": words, "tone": tone, "lines": lines}

    def _compare(self, card, whole):
        """Say of solutions, and else of first answers, whether the others keep them as often."""
        texts = {
            SOLUTION: (
                self.env._("Solves in time more often than the others"),
                self.env._("Solves in time less often than the others"),
            ),
            ANSWER: (
                self.env._("Answers in time more often than the others"),
                self.env._("Answers in time less often than the others"),
            ),
        }
        for target, (better, worse) in texts.items():
            tally = card.get(PROMISE + target, NOTHING)
            others = whole.get(PROMISE + target, NOTHING).less(tally)
            words, tone = self._change_words(tally, others, better, worse, "")
            if words:
                return words, tone
        return "", ""

    def _table_people(self, people, kind, whole):
        rate = self._hourly_cost()

        def row(label, key, of, card):
            opens = self._may_open(of, key)

            def count(what):
                number = self._count(card, what)
                link = self._key(what, of, key) if opens and number else None
                return (str(number), number, link)

            def time(what, name):
                tally = card.get(what, NOTHING)
                seconds = getattr(tally, name) if tally.is_enough else None
                return (
                    self._duration(seconds),
                    None if seconds is None else round(seconds / 3600, 2),
                    None,
                )

            def share(what):
                tally = card.get(PROMISE + what, NOTHING)
                found = self._rate(tally)
                link = self._key(PROMISE + what, of, key) if opens and tally.number else None
                return (self._share_words(tally)[0], found and found.value, link)

            rating = card.get("rating", NOTHING)
            cells = [
                count("taken"),
                count("closed"),
                time(ANSWER, "median"),
                time(ANSWER, "ninetieth"),
                time(SOLUTION, "median"),
                time(SOLUTION, "ninetieth"),
                share(ANSWER),
                share(SOLUTION),
                count(BREACH),
                count("reopened"),
                count("complaint"),
                (
                    formatLang(self.env, rating.mean, digits=1) if rating.number else BLANK,
                    rating.mean,
                    None,
                ),
                *(count(what) for what in self._workload()),
            ]
            if rate:
                cost = self._cost(card, rate)
                cells.append((self._cost_words(card, rate)[0], cost and round(cost, 2), None))
            return {"label": label, "cells": cells}

        columns = [
            self.env._("Taken"),
            self.env._("Closed"),
            self.env._("First answer, median"),
            self.env._("90% within"),
            self.env._("Solution, median"),
            self.env._("90% within"),
            self.env._("First answers in time"),
            self.env._("Solutions in time"),
            self.env._("Breaches"),
            self.env._("Reopened"),
            self.env._("Complaints"),
            self.env._("Rating"),
            *self._workload().values(),
        ]
        if rate:
            columns.append(self.env._("Cost per ticket"))
        return {
            "id": f"{kind}s",
            "title": self.env._("All in one table"),
            "open": False,
            "columns": columns,
            "rows": [row(name, key, kind, card) for key, name, card, _before in people],
            "total": row(self.env._("Together"), None, "all", whole),
        }

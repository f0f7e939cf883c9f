from odoo import models
from odoo.tools.misc import format_amount, formatLang

from odoo.addons.loyalty_service.engine.comparison import Rate, newcombe, wilson

from ..engine import clock as clock_engine
from ..engine import scorecard as engine

NOTHING = engine.Tally()
ANSWER, SOLUTION = clock_engine.FIRST_RESPONSE, clock_engine.RESOLUTION

#: Where there is no figure.
BLANK = "-"


class Scorecard(models.TransientModel):
    """The figures in words, and what they mean."""

    _inherit = "loyalty.service.sla.scorecard"

    # ------------------------------------------------------------------
    # Numbers in words
    # ------------------------------------------------------------------

    def _duration(self, seconds):
        """Return working time in words: '24 min' or '5.5 h'."""
        if seconds is None:
            return BLANK
        if seconds < 3570:
            return self.env._("%s min", round(seconds / 60))
        return self.env._("%s h", formatLang(self.env, seconds / 3600, digits=1))

    def _percent(self, share):
        return f"{formatLang(self.env, 100 * share, digits=0)}%"

    @staticmethod
    def _key(what, kind, key, period=0):
        return f"{what}:{kind}:{key or ''}:{period}"

    def _rate(self, tally):
        """Return the share of a tally with its interval, None if it is of too few tickets."""
        if not tally.is_enough:
            return None
        share = tally.good / tally.number
        return Rate(tally.number, share, *wilson(share, tally.number))

    def _share_words(self, tally):
        """Return a share as (value, note): of too few tickets no percentage, but how many."""
        of = self.env._("%(part)s of %(whole)s", part=tally.good, whole=tally.number)
        if not tally.number:
            return BLANK, ""
        rate = self._rate(tally)
        if not rate:
            return of, self.env._("too few tickets to tell")
        return self._percent(rate.value), self.env._(
            "%(of)s; between %(low)s and %(high)s",
            of=of,
            low=self._percent(rate.low),
            high=self._percent(rate.high),
        )

    def _change_words(self, tally, other, better, worse, same):
        """Say whether a share differs from another one by more than chance, or nothing."""
        rates = self._rate(tally), self._rate(other)
        if not all(rates):
            return "", ""
        _difference, low, high = newcombe(*rates)
        if low > 0:
            return better, "success"
        if high < 0:
            return worse, "danger"
        return same, ""

    def _time_words(self, tally):
        """Return the median as (value, note) with the 90th percentile."""
        if not tally.number:
            return BLANK, ""
        if not tally.is_enough:
            return BLANK, self.env._("%s: too few tickets to tell", tally.number)
        return self._duration(tally.median), self.env._(
            "90%% within %(time)s (%(number)s tickets)",
            time=self._duration(tally.ninetieth),
            number=tally.number,
        )

    def _rating_words(self, tally):
        """Return the mean rating as (value, note) with the share of those that are content."""
        if not tally.number:
            return BLANK, self.env._("nobody has rated")
        value = self.env._("%s of 5", formatLang(self.env, tally.mean, digits=1))
        if tally.number < engine.LEAST_RATINGS:
            return value, self.env._("%s rated: too few to tell", tally.number)
        share = tally.good / tally.number
        low, high = wilson(share, tally.number)
        return value, self.env._(
            "%(part)s of %(whole)s content; between %(low)s and %(high)s",
            part=tally.good,
            whole=tally.number,
            low=self._percent(low),
            high=self._percent(high),
        )

    # ------------------------------------------------------------------
    # Cost
    # ------------------------------------------------------------------

    def _hourly_cost(self):
        """Return what an hour of the desk costs, None for those who are not to know."""
        if not self.sees_all:
            return None
        # sudo: team leaders need not be allowed to read the settings of the company.
        return self.company_id.sudo().loyalty_desk_hourly_cost

    def _cost_tally(self, card):
        return card.get("timesheet") or card.get(SOLUTION) or NOTHING

    def _cost(self, card, rate):
        """Return the cost of a ticket, None where there is too little to tell."""
        tally = self._cost_tally(card)
        if not rate or not tally.is_enough:
            return None
        return tally.mean / 3600 * rate

    def _cost_words(self, card, rate):
        cost = self._cost(card, rate)
        if not rate:
            return BLANK, self.env._("Fill in the hourly cost in the settings of Helpdesk.")
        tally = self._cost_tally(card)
        if cost is None:
            return BLANK, self._few_words(tally)
        return format_amount(self.env, cost, self.currency_id), self.env._(
            "%(time)s each, at %(cost)s an hour",
            time=self._duration(tally.mean),
            cost=format_amount(self.env, rate, self.currency_id),
        )

    def _few_words(self, tally):
        return self.env._("%s: too few tickets to tell", tally.number) if tally.number else ""

    # ------------------------------------------------------------------
    # What the figures mean
    # ------------------------------------------------------------------

    def _section_meaning(self):
        notes = [
            self.env._(
                "A ticket counts for the agent and the team that it has today, also when it was "
                "handed over. Times are working time by the hours that it was promised in; pauses "
                "do not count."
            ),
            self.env._(
                "A promise comes due when it is kept or when its deadline goes by. So tickets that "
                "nobody answers count as missed, and not as unfinished. Each wait for a next "
                "answer is a promise of its own. Closing in time ends it; without any first answer "
                "closing counts neither way."
            ),
            self.env._(
                "A ticket that is reopened takes nothing back from the month in which it was "
                "closed. When it is closed again it counts again, with all its time since it was "
                "opened. So the figures of a month that is over stay; only corrections change "
                "them: working hours or promises that are changed from the start for open tickets, "
                "complaints that turn out to be none, and tickets that are deleted or handed over."
            ),
            self.env._(
                "Shares have an interval: with 95%% confidence the true share lies between these "
                "two figures (Wilson). Below %(tickets)s tickets or %(ratings)s ratings there is "
                "too little to tell.",
                tickets=engine.LEAST_TICKETS,
                ratings=engine.LEAST_RATINGS,
            ),
            self.env._(
                "Ratings are those that clients gave to the solution of a complaint or to a "
                "ticket, from 1 to 5; who gives 4 or 5 is content. Archived tickets count, too."
            ),
        ]
        if self.sees_all:
            notes.append(self._cost_note())
        return {
            "id": "meaning",
            "title": self.env._("What the Figures Mean"),
            "tiles": [],
            "charts": [],
            "tables": [],
            "notes": notes,
        }

    def _cost_note(self):
        if not self._hourly_cost():
            return self.env._(
                "For the cost per ticket, fill in what an hour of the service desk costs: "
                "Settings, Helpdesk, Service Desk Scorecards."
            )
        if self._timesheet_lines():
            return self.env._(
                "The cost per ticket is the mean of the hours in the timesheets of the tickets "
                "that were closed, times the hourly cost in the settings. For a ticket that is "
                "closed again only the hours since the closing before count. The cost is the same "
                "for all: nobody's wage can be read off it."
            )
        return self.env._(
            "The cost per ticket is the mean working time from opening to closing, without "
            "pauses, times the hourly cost in the settings, which is the same for all. Agents have "
            "several tickets open at a time, so it is the most that a ticket can have cost. With "
            "timesheets on tickets their hours are taken instead."
        )

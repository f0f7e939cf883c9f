from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date

from ..engine import tiers


class Outlook(NamedTuple):
    """What happens to a client's tier at its review if nothing more comes in.

    :ivar tier: the tier that it then has
    :ivar missing: what it lacks to stay, in the unit of the programme
    :ivar last_day: until when that can come in
    """

    tier: object
    missing: float
    last_day: object


class Client(models.Model):
    """What is said about a client's tier: whole sentences, so that each language puts them in
    its own order, and all from the figures by which the tier is decided."""

    _inherit = "loyalty.service.client"

    qualifying_text = fields.Char(string="Counted for Tier", compute="_compute_tier_texts")
    review_text = fields.Char(
        string="What the Client is Told",
        compute="_compute_review_text",
        help="As the client reads it.",
    )
    review_note = fields.Char(
        string="What is Coming", compute="_compute_review_text", help="The same, for staff."
    )

    @api.depends("qualifying_points", "tier_id")
    @api.depends_context("lang")
    def _compute_tier_texts(self):
        Program = self.env["loyalty.program"]
        for client in self:
            program = client._tier_program()
            client.qualifying_text = program and Program._figure_text(
                program.tier_basis, client.qualifying_points, client.company_id
            )

    @api.depends("tier_review_date", "tier_id", "qualifying_points")
    @api.depends_context("lang")
    def _compute_review_text(self):
        outlooks = self._tier_outlooks()
        for client in self:
            outlook = outlooks.get(client)
            client.review_text = client._say_review(outlook) if outlook else False
            client.review_note = client._say_review_to_staff(outlook) if outlook else False

    def _tier_program(self):
        return self.tier_id.program_id or self.card_id.program_id

    # ------------------------------------------------------------------
    # What is coming
    # ------------------------------------------------------------------

    def _tier_outlooks(self):
        """Return ``{client: Outlook}`` of those that have a review: one statement per basis.

        What leaves the window until the day of the review is left out, so that what is said to
        be missing is enough on that day.
        """
        result = {}
        reviewed = self.filtered(lambda client: client.tier_review_date and client.tier_id)
        for (company, program), clients in reviewed.grouped(
            lambda client: (client.company_id, client.tier_id.program_id)
        ).items():
            # sudo: what is told to and of these very clients follows from their own ledger.
            result.update(clients.sudo()._outlooks_in(company, program.sudo()))
        return {self.browse(client.id): outlook for client, outlook in result.items()}

    def _outlooks_in(self, company, program):
        Tier = self.env["loyalty.service.tier"]
        rungs = Tier._ladder(program)._rungs()
        today = company._loyalty_day()
        days = {client: max(client.tier_review_date, today) for client in self}
        spans = {client: tiers.spans(rungs, days[client]) for client in self}
        by_year = program.tier_window == "calendar_year"
        ends = today.replace(month=12, day=31)
        found = self._tier_figures(program.tier_basis, spans)
        overrides = self.env["loyalty.service.tier.override"]._running(self, today)
        result = {}
        for client in self:
            figures = found.get(client.id, {})
            points, _lapse = tiers.count(figures, days[client])
            met = tiers.earned(rungs, points)
            tier = Tier.browse(met and met.key)
            override = overrides.get(client.id)
            if (
                override
                and override.date_to >= days[client]
                and tiers.is_lower(rungs, tier.id or None, override.tier_id.id)
            ):
                tier = override.tier_id
            last_day = max(days[client] - timedelta(days=1), today)
            if by_year:
                # Until New Year it is this year that can still be made good, and no other.
                crosses = days[client].year > today.year
                points = {tiers.YEAR: figures.get(tiers.LAST_YEAR if crosses else tiers.YEAR, 0.0)}
                last_day = min(last_day, ends)
            missing = tiers.missing(rungs, client.tier_id.id, points)
            result[client] = Outlook(tier, missing, last_day)
        return result

    def _review_words(self, outlook):
        """Return what the sentences about a review are made of, in the reader's language."""
        self.ensure_one()
        return {
            "now": self.tier_id.name,
            "tier": outlook.tier.name,
            "date": format_date(self.env, self.tier_review_date),
            "last": format_date(self.env, outlook.last_day),
            "missing": self.env["loyalty.program"]._figure_text(
                self.tier_id.program_id.tier_basis, outlook.missing, self.company_id, bare=True
            ),
        }

    def _say_review(self, outlook):
        """Say what becomes of the tier and what the client can do, in the reader's language."""
        words = self._review_words(outlook)
        basis = self.tier_id.program_id.tier_basis
        if outlook.missing <= 0:
            return self.env._("Your tier %(now)s is looked at again on %(date)s.", **words)
        if not outlook.tier:
            return self.env._(
                "You lose the tier %(now)s on %(date)s unless %(missing)s more come in by "
                "%(last)s.",
                **words,
            )
        if basis == "spend":
            return self.env._(
                "You move to %(tier)s on %(date)s unless you pay invoices of %(missing)s more by "
                "%(last)s.",
                **words,
            )
        if basis == "tenure":
            return self.env._(
                "You move to %(tier)s on %(date)s unless your agreement goes on: %(missing)s are "
                "missing.",
                **words,
            )
        return self.env._(
            "You move to %(tier)s on %(date)s unless you earn %(missing)s more points by %(last)s.",
            **words,
        )

    def _say_review_to_staff(self, outlook):
        """Say to staff what becomes of the tier and what would keep it."""
        words = self._review_words(outlook)
        basis = self.tier_id.program_id.tier_basis
        if outlook.missing <= 0:
            return self.env._("%(now)s is looked at again on %(date)s.", **words)
        if not outlook.tier:
            return self.env._(
                "Loses %(now)s on %(date)s unless %(missing)s more come in by %(last)s.", **words
            )
        if basis == "spend":
            return self.env._(
                "Moves to %(tier)s on %(date)s unless invoices of %(missing)s more are paid by "
                "%(last)s.",
                **words,
            )
        if basis == "tenure":
            return self.env._(
                "Moves to %(tier)s on %(date)s unless the agreement goes on: %(missing)s are "
                "missing.",
                **words,
            )
        return self.env._(
            "Moves to %(tier)s on %(date)s unless %(missing)s more points are earned by %(last)s.",
            **words,
        )

    def _review_text(self):
        """Return what the client is told of its coming review."""
        self.ensure_one()
        return self.review_text or ""

    # ------------------------------------------------------------------
    # The way to the next tier
    # ------------------------------------------------------------------

    def _progress_text(self):
        self.ensure_one()
        above = self.next_tier_id
        program = above.program_id
        say = self.env["loyalty.program"]._figure_text
        numbers = {
            "earned": say("points", self.qualifying_points, self.company_id, bare=True),
            "needed": say(program.tier_basis, above.threshold, self.company_id, bare=True),
            "months": above.window_months,
        }
        if program.tier_basis == "spend":
            numbers["earned"] = say("spend", self.qualifying_points, self.company_id)
        by_year = program.tier_window == "calendar_year"
        return self._progress_sentences(numbers)[
            program.tier_basis, "year" if by_year else "window" if above.window_months else "ever"
        ]

    def _progress_sentences(self, numbers):
        return {
            ("points", "window"): self.env._(
                "%(earned)s of %(needed)s earned in %(months)s months", **numbers
            ),
            ("points", "ever"): self.env._("%(earned)s of %(needed)s earned", **numbers),
            ("points", "year"): self.env._("%(earned)s of %(needed)s earned this year", **numbers),
            ("spend", "window"): self.env._(
                "%(earned)s of %(needed)s paid in %(months)s months", **numbers
            ),
            ("spend", "ever"): self.env._("%(earned)s of %(needed)s paid", **numbers),
            ("spend", "year"): self.env._("%(earned)s of %(needed)s paid this year", **numbers),
            ("tenure", "window"): self.env._(
                "%(earned)s of %(needed)s under agreement, in the last %(months)s", **numbers
            ),
            ("tenure", "ever"): self.env._("%(earned)s of %(needed)s under agreement", **numbers),
            ("tenure", "year"): self.env._(
                "%(earned)s of %(needed)s under agreement this year", **numbers
            ),
        }

    def _next_tier_text(self):
        self.ensure_one()
        above = self.next_tier_id
        basis = above.program_id.tier_basis
        missing = self.env["loyalty.program"]._figure_text(
            basis, self.points_to_next, self.company_id, bare=True
        )
        if basis == "points":
            return self.env._("%(points)s to %(tier)s", points=missing, tier=above.name)
        return self.env._("%(missing)s more to %(tier)s", missing=missing, tier=above.name)

    def _tier_text(self, tier):
        self.ensure_one()
        if tier == self.tier_id:
            return self.env._("your tier")
        return self.env._("from %s", tier._needed_text(self.company_id)) if tier.threshold else ""

    def _by_lang(self, reader_of):
        """Return ``{language code: clients}`` for texts that people read in their own."""
        result = defaultdict(self.browse)
        for client in self:
            result[client.company_id._loyalty_lang(reader_of(client))] += client
        return result

from typing import NamedTuple

from odoo import api, models

from ..engine import clock as engine
from .policy import MOST_HOURS

#: What a policy may ask that a change of such a field of a ticket answers otherwise.
ASKED_BY = {
    "team_id": {"teams"},
    # A ticket without a team gets that of who takes it.
    "user_id": {"teams"},
    "category_id": {"categories"},
    "tag_ids": {"tags"},
    "channel_id": {"channels"},
    "partner_id": {"partners", "tiers"},
    "priority": {"min_priority", "max_priority"},
    "severity": {"min_severity"},
    "loyalty_ticket_type": {"types"},
    "tier": {"tiers"},
}


#: What has to change of a ticket for its hours to be shortened otherwise, or counted by others.
OF_TIER, OF_CALENDAR = {"tier", "partner_id"}, {"team_id", "user_id", "company_id"}


class Criteria(NamedTuple):
    """What a policy asks of a ticket, as sets of ids and as limits; an empty one asks nothing."""

    teams: frozenset
    categories: frozenset
    tags: frozenset
    channels: frozenset
    tiers: frozenset
    partners: frozenset
    types: frozenset
    min_priority: str = ""
    max_priority: str = ""
    min_severity: str = ""

    def fit(self, ticket, tier):
        """Tell whether a policy is meant for ``ticket``, whose client has ``tier``."""
        return (
            (not self.teams or ticket.team_id.id in self.teams)
            and (not self.types or ticket.loyalty_ticket_type in self.types)
            and (not self.min_priority or (ticket.priority or "0") >= self.min_priority)
            and (not self.max_priority or (ticket.priority or "0") <= self.max_priority)
            and (not self.min_severity or ticket._loyalty_get_severity() >= self.min_severity)
            and (not self.channels or ticket.channel_id.id in self.channels)
            and (not self.partners or ticket.commercial_partner_id.id in self.partners)
            and (not self.tiers or tier.id in self.tiers)
            and (not self.tags or not self.tags.isdisjoint(ticket.tag_ids.ids))
            and (not self.categories or self._fit_category(ticket.category_id))
        )

    def as_json(self):
        """Return what is asked at all, as the log keeps it."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in self._asdict().items()
            if value
        }

    @classmethod
    def from_json(cls, asked):
        return cls(
            *(
                asked.get(name, "")
                if name in cls._field_defaults
                else frozenset(asked.get(name, ()))
                for name in cls._fields
            )
        )

    def _fit_category(self, category):
        ancestors = {int(part) for part in (category.parent_path or "").split("/") if part}
        return not ancestors.isdisjoint(self.categories)


class Policy(models.Model):
    """Which policy applies to a ticket, and what that promises."""

    _inherit = "loyalty.service.sla.policy"

    @api.model
    def _get_promises(self, tickets, in_force=None, changes=None):
        """Return what is promised to each ticket, with a flat number of queries.

        :param dict in_force: ``{ticket: entry}`` with what was promised last. Where the same
            policy applies, whatever version of it, its hours stay as they were promised; so they
            do where it is the policies that have changed and not the ticket. The factor of a tier
            and the calendar of a team stay, too, until the ticket has another tier or team.
        :param dict changes: ``{ticket: {names of what has changed of it}}``
        :return: ``{ticket: {"policy_id": id, "calendar_id": id, "promise": {target: seconds},
            "terms": dict}}``; False and empty where no policy fits
        """
        in_force = in_force or {}
        tiers, fitting = self._match(tickets, self._get_effective(tickets.company_id))
        result, terms_of = {}, {}
        for ticket in tickets:
            tier, policy, known = tiers[ticket], fitting[ticket], in_force.get(ticket)
            if (policy, tier) not in terms_of:
                terms_of[policy, tier] = policy._get_terms(tier)
            terms, calendar = terms_of[policy, tier], None
            changed = set((changes or {}).get(ticket, ()))
            if (
                known
                and known.terms
                and (
                    known.policy_id._is_same(policy) or policy._leaves(ticket, tier, known, changed)
                )
            ):
                policy, terms = known.policy_id, known.terms
                if not OF_TIER.isdisjoint(changed):
                    by_tier = tier and terms.get("by_tier")
                    terms = {
                        **terms,
                        "tier": tier.name or False,
                        "factor": tier.sla_factor if by_tier else 1.0,
                    }
                if OF_CALENDAR.isdisjoint(changed):
                    calendar = known.calendar_id
            result[ticket] = policy._prepare_promise(ticket, tier, terms, calendar)
        return result

    def _leaves(self, ticket, tier, known, changed):
        """Tell whether this policy, which fits a ticket now, leaves it what it was promised.

        So it is where the ticket still is what the promise was made for, and what has changed of
        it is nothing that this policy asks: somebody has narrowed or archived the policy of then,
        or put this one before it. What was promised to a ticket is what counts for it.

        :param self: a policy, or none where no policy fits
        :param known: the entry of the log with what was promised
        """
        then = known.policy_id
        asked = known.terms.get("asked")
        if asked is None or not then or then.company_id != ticket.company_id:
            return False
        if not Criteria.from_json(asked).fit(ticket, tier):
            return False
        answered = set().union(*(ASKED_BY[name] for name in changed))
        return not self or answered.isdisjoint(self._get_criteria().as_json())

    def _prepare_promise(self, ticket, tier, terms, calendar=None):
        """Return the values of an entry of the log that promises what ``terms`` say.

        :param calendar: by which it counts, if that is known already
        """
        return {
            "policy_id": self._origin.id,
            "calendar_id": (calendar or self._get_calendar(ticket, terms)).id,
            "promise": self._get_seconds(tier, terms),
            "terms": terms,
        }

    @api.model
    def _get_effective(self, companies):
        """Return the policies that promise something today, in their order."""
        # Whatever the caller looks for among archived records, an archived policy promises nothing.
        policies = self.with_context(active_test=True).search([("company_id", "in", companies.ids)])
        days = {company: company._loyalty_day() for company in companies}
        return policies.filtered(lambda policy: policy._is_effective(days[policy.company_id]))

    def _is_effective(self, day):
        self.ensure_one()
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )

    @api.model
    def _match(self, tickets, policies):
        """Return ``{ticket: tier of its client}`` and ``{ticket: first policy that fits}``."""
        of_clients = self._get_tiers(tickets) if policies else {}
        nobody = self.env["loyalty.service.tier"]
        tiers = {
            ticket: of_clients.get((ticket.commercial_partner_id.id, ticket.company_id.id), nobody)
            for ticket in tickets
        }
        by_company = {}
        for policy in policies:
            by_company.setdefault(policy.company_id.id, []).append((policy, policy._get_criteria()))
        fitting = {
            ticket: next(
                (
                    policy
                    for policy, criteria in by_company.get(ticket.company_id.id, ())
                    if criteria.fit(ticket, tiers[ticket])
                ),
                self.browse(),
            )
            for ticket in tickets
        }
        return tiers, fitting

    def _get_criteria(self):
        """Return what this policy asks of a ticket, saved or not."""
        self.ensure_one()
        return Criteria(
            teams=frozenset(self.team_ids._origin.ids),
            categories=frozenset(self.category_ids._origin.ids),
            tags=frozenset(self.tag_ids._origin.ids),
            channels=frozenset(self.channel_ids._origin.ids),
            tiers=frozenset(self.tier_ids._origin.ids),
            partners=frozenset(self.partner_ids._origin.commercial_partner_id.ids),
            types=frozenset(self.ticket_types._origin.mapped("code")),
            min_priority=self.min_priority or "",
            max_priority=self.max_priority or "",
            min_severity=self.min_severity or "",
        )

    @api.model
    def _get_tiers(self, tickets):
        """Return ``{(partner id, company id): tier}`` of the clients of ``tickets``."""
        clients = self.env["loyalty.service.client"].search_fetch(
            [
                ("partner_id", "in", tickets.commercial_partner_id.ids),
                ("company_id", "in", tickets.company_id.ids),
            ],
            ["partner_id", "company_id", "tier_id"],
        )
        return {(client.partner_id.id, client.company_id.id): client.tier_id for client in clients}

    # ------------------------------------------------------------------
    # What it promises
    # ------------------------------------------------------------------

    def _get_terms(self, tier):
        """Return what a promise is made from, which the log keeps.

        ``{"hours": {target: hours}, "by_tier": bool, "factor": share of these hours that is
        promised to the tier, "tier": its name, "calendar": id or False, "asked": what the policy
        asks of a ticket}``
        """
        if not self:
            return False
        return {
            "hours": self._get_hours(),
            "by_tier": self.apply_tier_factor,
            "factor": tier.sla_factor if tier and self.apply_tier_factor else 1.0,
            "calendar": self.calendar_id._origin.id,
            "tier": tier.name or False,
            "asked": self._get_criteria().as_json(),
        }

    def _get_hours(self):
        """Return ``{target: hours}`` of the targets that are promised."""
        hours = {
            engine.FIRST_RESPONSE: self.first_response_hours,
            engine.NEXT_RESPONSE: self.next_response_hours,
            engine.RESOLUTION: self.resolution_hours,
        }
        return {target: promised for target, promised in hours.items() if promised}

    def _get_seconds(self, tier, terms=None):
        """Return ``{target: working seconds}`` for a client of ``tier``."""
        terms = terms or self._get_terms(tier)
        if not terms:
            return {}
        return {
            target: min(max(round(promised * 3600 * terms["factor"]), 1), MOST_HOURS * 3600)
            for target, promised in terms["hours"].items()
        }

    def _get_calendar(self, ticket, terms):
        """Return the first fixed calendar of the ticket's company that is set for it."""
        Calendar = self.env["resource.calendar"]
        if not self:
            return Calendar
        candidates = (
            Calendar.browse(terms["calendar"]),
            ticket.team_id.resource_calendar_id,
            self.company_id.resource_calendar_id,
        )
        return next(
            (
                calendar
                for calendar in candidates
                if calendar
                and not calendar.flexible_hours
                and calendar.company_id in (self.company_id, self.env["res.company"])
            ),
            Calendar,
        )

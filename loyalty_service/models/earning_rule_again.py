from odoo import api, fields, models

from ..columns import pick
from ..engine import earning
from .earning_rule import Award, Claim
from .loyalty_card_ledger import Posting, to_units

# What decides whether a rule gives anything for an event.
DECIDES = {
    "active",
    "program_id",
    "event_type_id",
    "domain",
    "points_fixed",
    "points_per_unit",
    "cap_points",
    "cap_period",
    "date_from",
    "date_to",
}


class EarningRule(models.Model):
    """What is recorded again of one source earns as it did the first time.

    A credit note, a payment that is taken off an invoice and put back, an invoice that is reset
    to draft: each has the event of the source be undone and another one stand in for it. That
    is no new business. So the tier of the client, the formula, the validity and the limit are
    those of the first time, whatever has become of the client and the rule since.
    """

    _inherit = "loyalty.service.earning.rule"

    running_since = fields.Datetime(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.cr.now(),
        help="When the rule was made, switched on or changed for the last time.",
    )

    def write(self, vals):
        if DECIDES & set(vals):
            # By the clock of the database, which also says when an event was recorded.
            vals = {**vals, "running_since": self.env.cr.now()}
        return super().write(vals)

    @api.model
    def _award(self, events):
        renewed = pick(events, bool, "lineage_id")
        if not renewed:
            return super()._award(events)
        super()._award(events - renewed)
        earned = self._earned_before(renewed)
        given = self._of_same_type(earned)
        for company, company_events in renewed.grouped("company_id").items():
            self._give_again(company, company_events, given)
            program = self.env["loyalty.program"]._get_service_program(company)
            rules = self._running(program, company_events.type_id)
            for left, part in company_events.grouped(
                lambda event, rules=rules: rules._left_for(event, earned[event])
            ).items():
                if left:
                    left._award_in(company, program, part)
        return None

    def _left_for(self, event, earned):
        """Return those of ``self`` by which ``event`` may earn as any other.

        Not those that gave something for the same type of the source already, nor those that
        somebody made, changed or switched on since it was first recorded, or first was of this
        type: they are for what comes after.

        What a source earned as another type it loses with it: an invoice that was paid late is
        on time once its due date was corrected. Then all rules count that were there when it was
        first recorded, whatever has been changed about them since.

        :param earned: see :meth:`_earned_before`
        """
        first = event.lineage_id
        awards = earned.filtered(lambda award: award.event_id.type_id == event.type_id)
        if first.is_backlog and not earned:
            return self.browse()
        known = first.create_date
        if not awards:
            known = max(known, event.date)
        changed = earned and not awards
        return (self - awards.rule_id).filtered(
            lambda rule: (
                rule.running_since <= known or (changed and rule.create_date <= first.create_date)
            )
        )

    @api.model
    def _earned_before(self, events):
        """Return ``{event: awards of all events that it stands in for}``."""
        Move = self.env["loyalty.service.move"]
        firsts = events.lineage_id
        awards = Move.search(
            [
                ("kind", "=", "award"),
                ("rule_id", "!=", False),
                "|",
                ("event_id", "in", firsts.ids),
                ("event_id.lineage_id", "in", firsts.ids),
            ],
            order="id",
        ).grouped(lambda award: award.event_id.lineage_id or award.event_id)
        return {event: awards.get(event.lineage_id, Move) for event in events}

    @api.model
    def _of_same_type(self, earned):
        """Return ``{event: awards of the events of the same type that it stands in for}``.

        :param dict earned: see :meth:`_earned_before`
        """
        return {
            event: awards.filtered(
                lambda award, event=event: award.event_id.type_id == event.type_id
            )
            for event, awards in earned.items()
        }

    @api.model
    def _give_again(self, company, events, given):
        """Give what the sources of ``events`` gave before, as far as their amounts still bear it.

        :param dict given: see :meth:`_of_same_type`
        """
        days = company._loyalty_days(events.mapped("date"))
        awards = self._within_caps(self._claims_again(events, given, days))
        if not awards:
            return
        event_by_id = {event.id: event for event in events}
        cards = self._cards_of(awards)
        postings = []
        for award in awards:
            event, rule = event_by_id[award.event_id], self.browse(award.rule_id)
            [first, *_others] = given[event].filtered(lambda move, rule=rule: move.rule_id == rule)
            postings.append(
                rule._prepare_again(
                    event,
                    days[event.date],
                    award.points,
                    cards[rule.program_id.id, award.partner_id],
                    first,
                )
            )
        self.env["loyalty.card"]._post(
            postings,
            before_clients=lambda: self.env["loyalty.service.client"]._update_tiers_of(
                self.env["loyalty.card"].browse(posting.card_id for posting in postings)
            ),
        )

    @api.model
    def _claims_again(self, events, given, days):
        """Return the :class:`Claim` of ``events`` that stand in for others, as those earned.

        :param dict given: see :meth:`_of_same_type`
        :param dict days: date of an event -> its day where the firm is
        """
        claims = []
        for event in events.sorted("date"):
            for rule, awards in given[event].grouped("rule_id").items():
                if not rule.program_id.service_points:
                    continue
                if not rule._still_rewards(event, awards.event_id):
                    continue
                points = earning.again(
                    awards[0]._worth_then(),
                    event.amount,
                    [(award.event_id.amount, int(award.points)) for award in awards],
                )
                partner_id, moment = event.partner_id.id, event.date
                cap = rule._cap_then(awards[0])
                key = cap and rule._cap_key(partner_id, days[moment])
                award = Award(event.id, partner_id, moment, rule.id, points)
                claims.append(Claim(award, key, cap))
        return claims

    def _foreseen(self, events, multipliers):
        """Return the awards that ``events``, which are not stored, would bring one after another.

        As :meth:`_award` gives them, by the rules in ``self``; what stands in for an event that
        was rewarded before brings what it did, whatever has become of client and rules since.

        :param events: of one company, each at a moment of its own
        :param dict multipliers: partner id -> earning multiplier of its tier
        """
        if not events:
            return []
        days = events.company_id._loyalty_days(events.mapped("date"))
        renewed = events.filtered("lineage_id")
        earned = self._earned_before(renewed)
        given = self._of_same_type(earned)
        claims = (
            self._claims(events - renewed, days, multipliers)
            + self._claims_again(renewed, given, days)
            + [
                claim
                for left, part in renewed.grouped(
                    lambda event: self._left_for(event, earned[event])
                ).items()
                for claim in left._claims(part, days, multipliers)
            ]
        )
        return self._within_caps(sorted(claims, key=lambda claim: claim.award.date))

    def _cap_then(self, award):
        """Return the limit under which ``award`` was given, or None.

        That of now for awards from before rates and limits were kept.
        """
        kept = award.rate_fixed or award.rate_unit
        return (award.rate_cap if kept else self.cap_points) or None

    @api.model
    def _cards_of(self, awards):
        """Return ``{(programme id, partner id): card}``.

        Points return to the programme they were of.
        """
        partners = {}
        for award in awards:
            program = self.browse(award.rule_id).program_id
            partners.setdefault(program, set()).add(award.partner_id)
        Card, Partner = self.env["loyalty.card"], self.env["res.partner"]
        return {
            (program.id, partner.id): card
            for program, owners in partners.items()
            for partner, card in Card._ensure_service_cards(Partner.browse(owners), program).items()
        }

    def _still_rewards(self, event, before):
        """Tell whether ``event`` is as good as those ``before``, which the rule has rewarded.

        It is not if the filter or the days of the rule tell them apart, such as a filter for
        invoices from 1,000 once 500 were credited. What the rule would reward neither of by now
        was rewarded by a filter that somebody has changed since.
        """
        self.ensure_one()
        both = before | event
        days = event.company_id._loyalty_days(both.mapped("date"))
        matching = self._matching(both, days)
        return event in matching or not matching

    def _prepare_again(self, event, day, points, card, first):
        """Return the posting of ``points`` that ``event`` earns as ``first`` did."""
        self.ensure_one()
        validity = earning.validity(first.earned_date, first.expiry_date or None)
        expiry = earning.expiry(day, validity)
        return Posting(
            card.id,
            lambda account: account.award(
                to_units(points), expiry, today=event.company_id._loyalty_day()
            ),
            {
                "company_id": event.company_id.id,
                "date": event.date,
                "earned_date": day,
                "qualifying_points": points if first.qualifying_points else 0.0,
                "event_id": event.id,
                "rule_id": self.id,
                "reason": event.with_context(lang=event.company_id._loyalty_lang()).client_summary,
                "rates": (first.rate_fixed, first.rate_unit, first.rate_cap),
            },
            takes=False,
        )

    def _unrewarded_events(self):
        """Leave out what stands in for an event that the rule has rewarded: it was decided."""
        events = super()._unrewarded_events()
        given = self._of_same_type(self._earned_before(events.filtered("lineage_id")))
        return events.filtered(
            lambda event: self not in given.get(event, self.env["loyalty.service.move"]).rule_id
        )

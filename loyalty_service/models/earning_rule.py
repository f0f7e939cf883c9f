from ast import literal_eval
from datetime import date, datetime
from functools import cache, partial
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_list

from ..amounts import points_text
from ..columns import column, pick, rows, split
from ..engine import earning, lots
from .loyalty_card_ledger import Posting, to_units

CAP_PERIODS = [
    ("month", "per Month"),
    ("quarter", "per Quarter"),
    ("year", "per Calendar Year"),
    ("ever", "Ever"),
]


class Award(NamedTuple):
    """What one event earns by one rule.

    :ivar points: whole, above zero
    """

    event_id: int
    partner_id: int
    date: datetime
    rule_id: int
    points: int


class Claim(NamedTuple):
    """What an event would earn by a rule if no cap stood in the way.

    :ivar award: :class:`Award`, with zero points or more
    :ivar key: what shares the cap, see ``_cap_key``; None without one
    :ivar cap: points at most, or None
    """

    award: Award
    key: tuple | None
    cap: float | None


class EarningRule(models.Model):
    """What an event of one type is worth to the client, in points."""

    _name = "loyalty.service.earning.rule"
    _description = "Earning Rule"
    _order = "sequence, id"

    name = fields.Char(
        required=True, translate=True, help="Shown to the client in the history of points."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('service_points', '=', True)]",
        default=lambda self: self.env["loyalty.program"]._get_service_program(self.env.company),
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True, index=True)
    event_type_id = fields.Many2one(
        "loyalty.service.event.type", required=True, index=True, ondelete="restrict"
    )
    event_kind = fields.Selection(related="event_type_id.kind")
    domain = fields.Char(
        string="Only Events That Match",
        default="[]",
        help="Leave empty for all events of the type.",
    )
    points_fixed = fields.Float(string="Points per Event")
    points_per_unit = fields.Float(
        string="Points per Currency Unit",
        digits=(16, 4),
        help="Points for each unit of the event's amount (of an invoice: without taxes, in the "
        "currency of the company). 0.1 gives 1 point for each 10 units.",
    )
    use_tier_multiplier = fields.Boolean(
        string="Multiply by Tier",
        default=True,
        help="A client earns so many times the points as its tier says.",
    )
    cap_points = fields.Float(
        string="At Most",
        help="Points that a client can earn by this rule within one period. 0 sets no limit.",
    )
    cap_period = fields.Selection(
        CAP_PERIODS,
        required=True,
        default="year",
    )
    date_from = fields.Date(
        string="Events from",
        default=lambda self: self.env.company._loyalty_day(),
        help="Events before this day earn nothing. Set an earlier day to reward what happened "
        "before; it takes effect with the events that are recorded from now on.",
    )
    date_to = fields.Date(string="Events until")
    validity_months = fields.Integer(
        string="Points Expire after (Months)",
        default=24,
        help="0 for points that never expire.",
    )
    qualifies = fields.Boolean(
        string="Counts for Tiers",
        default=True,
        help="Points of this rule lift a client towards the next tier.",
    )
    example = fields.Char(compute="_compute_example", help="What the rule gives in each tier.")
    move_count = fields.Integer(compute="_compute_given")
    points_given = fields.Float(compute="_compute_given", help="Points given by this rule so far.")

    _points_check = models.Constraint(
        "CHECK (points_fixed >= 0 AND points_fixed < 1e12 "
        "AND points_per_unit >= 0 AND points_per_unit < 1e12)",
        "A rule cannot take points, nor give 1,000,000,000,000 or more at once.",
    )
    _cap_check = models.Constraint(
        "CHECK (cap_points >= 0 AND cap_points < 1e12)",
        "A limit cannot be negative, and must be less than 1,000,000,000,000.",
    )
    _validity_check = models.Constraint(
        "CHECK (validity_months >= 0)", "The validity cannot be negative."
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "A rule cannot end before it starts.",
    )

    def copy_data(self, default=None):
        """A copy rests until somebody switches it on: with it, each event would earn twice."""
        default = {"active": False, "date_from": self.env.company._loyalty_day(), **(default or {})}
        return [
            {**vals, "name": self.env._("%s (copy)", rule.name)} if "name" not in default else vals
            for rule, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for rule in self:
            if rule.move_count:
                raise UserError(
                    self.env._(
                        "The rule %s has given points, and their history names it. Archive it "
                        "instead: what was given stays.",
                        rule.name,
                    )
                )

    @api.depends(
        "points_fixed", "points_per_unit", "cap_points", "use_tier_multiplier", "program_id"
    )
    @api.depends_context("company", "lang")
    def _compute_example(self):
        for rule in self:
            tiers = self.env["loyalty.service.tier"]
            if rule.use_tier_multiplier:
                tiers = tiers._ladder(rule.program_id)
            rule.example = rule._example_for(tiers)

    def _example_for(self, tiers):
        """Say what the rule gives clients of ``tiers``, worked out as for an event."""
        self.ensure_one()
        amount = 1000 if self.points_per_unit else 0

        def points(tier):
            multiplier = tier.multiplier if self.use_tier_multiplier and tier else 1.0
            worth = earning.points(self.points_fixed, self.points_per_unit, amount, multiplier)
            return min(worth, int(self.cap_points)) if self.cap_points else worth

        if len(set(map(points, tiers))) > 1:
            gains = format_list(
                self.env,
                [
                    self.env._("%(points)s in %(tier)s", points=points(tier), tier=tier.name)
                    for tier in tiers
                ],
            )
        else:
            gains = self.env._("%s points", points(tiers[:1]))
        if not amount:
            return gains
        # Of a programme that firms share, each counts what it is paid in its own.
        currency = (self.company_id or self.env.company).currency_id
        return self.env._(
            "%(amount)s: %(gains)s", amount=format_amount(self.env, amount, currency), gains=gains
        )

    def _limit_text(self):
        """Say to clients how much the rule gives at most; nothing without a limit."""
        self.ensure_one()
        if not self.cap_points:
            return ""
        points = points_text(self.env, self.cap_points)
        return {
            "month": self.env._("at most %s a month", points),
            "quarter": self.env._("at most %s a quarter", points),
            "year": self.env._("at most %s a year", points),
            "ever": self.env._("at most %s altogether", points),
        }[self.cap_period]

    def _compute_given(self):
        given = {
            rule: (count, points)
            for rule, count, points in self.env["loyalty.service.move"]._read_group(
                [("rule_id", "in", self.ids), ("kind", "=", "award")],
                ["rule_id"],
                ["__count", "points:sum"],
            )
        }
        for rule in self:
            rule.move_count, rule.points_given = given.get(rule, (0, 0.0))

    def action_view_moves(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.move_action")
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------------
    # Giving and taking back
    # ------------------------------------------------------------------

    @api.model
    def _award(self, events):
        """Give the points that ``events``, which nobody has rewarded yet, are worth.

        Any number of events costs the same number of queries per company. The tier with which
        a client goes into the batch multiplies what it earns in it.
        """
        for company, company_events in split(events, "company_id").items():
            program = self.env["loyalty.program"]._get_service_program(company)
            rules = self._running(program, company_events.type_id)
            if rules:
                rules._award_in(company, program, company_events)

    @api.model
    def _running(self, program, types):
        """Return the rules of ``program`` that reward events of ``types`` today."""
        return self.search(
            [
                ("program_id", "=", program.id),
                ("active", "=", True),
                ("event_type_id", "in", types.ids),
            ]
        )

    def _award_in(self, company, program, events):
        clients = self.env["loyalty.service.client"]._ensure(events.partner_id, company)
        days = company._loyalty_days(column(events, "date"))
        multipliers = clients._multipliers()
        awards = self._prepare_awards(events, days, multipliers)
        if not awards:
            return
        Card = self.env["loyalty.card"]
        partners = self.env["res.partner"].browse(
            dict.fromkeys(award.partner_id for award in awards)
        )
        card_ids = {
            partner.id: card.id
            for partner, card in Card._ensure_service_cards(partners, program).items()
        }
        # Kept as text, should the event be forgotten: in the language of the firm.
        reasons = events.with_context(lang=company._loyalty_lang())._client_summaries()
        expiries = {
            (rule.id, day): earning.expiry(day, rule.validity_months)
            for rule in self
            for day in set(days.values())
        }
        qualifying_ids = set(self.filtered("qualifies").ids)
        rates = {
            (rule.id, multiplier): rule._rates(multiplier)
            for rule in self
            for multiplier in {1.0, *multipliers.values()}
        }
        today = company._loyalty_day()
        owned = Card.browse(card_ids.values())
        Card._post(
            [
                Posting(
                    card_ids[partner_id],
                    partial(
                        lots.Account.award,
                        points=to_units(points),
                        expiry=expiries[rule_id, days[moment]],
                        today=today,
                    ),
                    {
                        "company_id": company.id,
                        "date": moment,
                        "earned_date": days[moment],
                        "qualifying_points": points if rule_id in qualifying_ids else 0.0,
                        "event_id": event_id,
                        "rule_id": rule_id,
                        "rates": rates[rule_id, multipliers.get(partner_id, 1.0)],
                        "reason": reasons.get(event_id),
                    },
                    takes=False,
                )
                for event_id, partner_id, moment, rule_id, points in awards
            ],
            before_clients=lambda: clients._update_tiers_of(owned),
        )

    @api.model
    def _take_back(self, undoing):
        """Take back exactly the awards of the events that ``undoing`` undo."""
        Move = self.env["loyalty.service.move"]
        awards = Move.search(
            [
                ("event_id", "in", undoing.reversal_of_id.ids),
                ("kind", "=", "award"),
            ],
            order="id",
        )
        if not awards:
            return
        expired = dict(
            Move._read_group(
                [
                    ("card_id", "in", awards.card_id.ids),
                    ("lot_id", "in", awards.ids),
                    ("kind", "=", "expire"),
                ],
                ["lot_id"],
                ["points:sum"],
            )
        )
        by_event = {event.reversal_of_id: event for event in undoing}
        self.env["loyalty.card"]._post(
            [
                self._prepare_reversal(
                    award, by_event[award.event_id], award.points + expired.get(award, 0.0)
                )
                for award in awards
            ],
            also=awards.ids,
            before_clients=lambda: self.env["loyalty.service.client"]._update_tiers_of(
                awards.card_id
            ),
        )

    @api.model
    def _prepare_reversal(self, award, event, points):
        """Return the posting by which ``event`` takes ``points`` of ``award`` back."""
        return Posting(
            award.card_id.id,
            lambda account: account.reverse(award.id, to_units(points)),
            {
                "company_id": award.company_id.id,
                "date": event.date,
                "earned_date": award.earned_date,
                "qualifying_points": -award.qualifying_points,
                "event_id": event.id,
                "rule_id": award.rule_id.id,
                "reverses_id": award.id,
                # The client reads what the award was for; why it is undone is for the staff.
                "reason": award.reason,
            },
        )

    def action_award_past(self):
        """Reward recorded events that match the rule and have not been rewarded by it."""
        self.check_access("write")
        for rule in self:
            events = rule._unrewarded_events()
            # sudo: a manager may apply rules; points are booked by the ledger only.
            for company, company_events in events.grouped("company_id").items():
                program = self.env["loyalty.program"]._get_service_program(company)
                if program == rule.program_id:
                    rule.sudo()._award_in(company, program, company_events.sudo())
        return True

    def _unrewarded_events(self):
        self.ensure_one()
        Event = self.env["loyalty.service.event"]
        domain = Domain.AND(
            [
                Event._domain_standing(),
                [("type_id", "=", self.event_type_id.id)],
                [("company_id", "in", self.env.companies.ids)],
                [("move_ids", "not any", [("rule_id", "=", self.id), ("kind", "=", "award")])],
            ]
        )
        if self.date_from:
            domain &= Domain.OR(
                Domain("company_id", "=", company.id)
                & Domain("date", ">=", company._loyalty_moment(self.date_from))
                for company in self.env.companies
            )
        return Event.search(domain, order="date, id")

    # ------------------------------------------------------------------
    # What events are worth
    # ------------------------------------------------------------------

    def _matching(self, events, days):
        """Return those of ``events`` that the rule rewards.

        :param dict days: date of an event -> its day where the firm is
        """
        self.ensure_one()
        types = events.type_id
        if not types:
            return events
        if types != self.event_type_id:
            type_id = self.event_type_id.id
            events = pick(events, lambda other_id: other_id == type_id, "type_id")
        if self.date_from or self.date_to:
            first, last = self.date_from or date.min, self.date_to or date.max
            inside = {moment for moment, day in days.items() if first <= day <= last}
            events = pick(events, inside.__contains__, "date")
        domain = literal_eval(self.domain or "[]")
        return events.filtered_domain(domain) if domain and events else events

    def _prepare_awards(self, events, days, multipliers):
        """Return what ``events`` earn by the rules in ``self``, caps applied.

        :param events: not undone, all of one company that the rules' programme is for
        :param dict days: date of an event -> its day where the firm is
        :param dict multipliers: partner id -> earning multiplier of its tier
        :return: list of :class:`Award`, in the order in which it happened
        """
        return self._within_caps(self._claims(events, days, multipliers))

    def _claims(self, events, days, multipliers):
        """Return the :class:`Claim` of ``events``, as :meth:`_prepare_awards` takes them."""
        rules = list(self.sorted(lambda rule: (rule.sequence, rule.id)))
        matches = sorted(
            (moment, event_id, place, partner_id, amount)
            for place, rule in enumerate(rules)
            for matching in [rule._matching(events, days)]
            for event_id, (moment, partner_id, amount) in zip(
                matching._ids, rows(matching, "date", "partner_id", "amount"), strict=True
            )
        )
        worth = [rule._worth() for rule in rules]
        caps = [rule.cap_points or None for rule in rules]
        claims = []
        for moment, event_id, place, partner_id, amount in matches:
            points = worth[place](amount or 0.0, multipliers.get(partner_id, 1.0))
            key = caps[place] and rules[place]._cap_key(partner_id, days[moment])
            award = Award(event_id, partner_id, moment, rules[place].id, points)
            claims.append(Claim(award, key, caps[place]))
        return claims

    def _within_caps(self, claims):
        """Return the awards of ``claims``, in their order, as far as caps leave them points."""
        used = self._points_used({claim.key for claim in claims if claim.key})
        left = earning.capped([(key, award.points, cap) for award, key, cap in claims], used)
        return [
            award if award.points == points else award._replace(points=points)
            for (award, _key, _cap), points in zip(claims, left, strict=True)
            if points
        ]

    def _worth(self):
        """Return the function from amount and tier multiplier to whole points."""
        self.ensure_one()
        fixed, per_unit = self.points_fixed, self.points_per_unit
        use_multiplier = self.use_tier_multiplier

        @cache
        def worth(amount, multiplier):
            return earning.points(fixed, per_unit, amount, multiplier if use_multiplier else 1.0)

        return worth

    def _rates(self, multiplier):
        """Return what the rule gives in a tier: for an event, for each unit of its amount, and
        at most."""
        self.ensure_one()
        used = multiplier if self.use_tier_multiplier else 1.0
        return (*earning.rates(self.points_fixed, self.points_per_unit, used), self.cap_points)

    def _cap_key(self, partner_id, day):
        return (self.id, partner_id, earning.period_start(day, self.cap_period))

    def _points_used(self, keys):
        """Return ``{cap key: points}`` given already in the periods of ``keys``, without the
        awards that were undone: one query for all rules, clients and periods.

        What has expired of an award was given all the same, until the award is undone.
        """
        if not keys:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cap.rule_id, cap.partner_id, cap.start, SUM(move.points)
                  FROM (VALUES %(keys)s) AS cap (rule_id, partner_id, start, stop)
                  JOIN loyalty_service_move move
                    ON move.rule_id = cap.rule_id AND move.partner_id = cap.partner_id
                   AND move.earned_date >= cap.start AND move.earned_date < cap.stop
                   AND move.kind = 'award'
                 WHERE NOT EXISTS (
                       SELECT 1
                         FROM loyalty_service_move undone
                        WHERE undone.reverses_id = move.id AND undone.kind = 'reverse'
                       )
              GROUP BY cap.rule_id, cap.partner_id, cap.start
                """,
                keys=SQL(", ").join(
                    SQL("%s", (rule_id, partner_id, start, self._period_stop(rule_id, start)))
                    for rule_id, partner_id, start in sorted(keys)
                ),
            )
        )
        return {tuple(key): float(used) for *key, used in rows}

    def _period_stop(self, rule_id, start):
        period = self.browse(rule_id).cap_period
        if period == "ever":
            return fields.Date.to_date("9999-12-31")
        return start + relativedelta(months={"month": 1, "quarter": 3, "year": 12}[period])

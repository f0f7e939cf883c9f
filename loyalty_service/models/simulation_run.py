from collections import defaultdict
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import earning, lots, simulation
from .loyalty_card_ledger import to_units

# Of a hundred: reading the history, and each of the two replays. The rest is keeping the results.
SHARE_READ, SHARE_REPLAY = 20, 35


class Simulation(models.Model):
    """What a run reads of the firm's history, in a few statements, and hands to the engine."""

    _inherit = "loyalty.service.simulation"

    def _run(self, tell):
        """Replay the events of the period, by the rules and tiers as they are and as changed.

        All that is read is read before the replays begin: ``tell`` may end the transaction.

        :param tell: function that is told now and then how far it is, in per cent
        """
        self.ensure_one()
        companies = self._companies()
        self._follow()
        last = self.company_id._loyalty_day()
        first = last - relativedelta(months=int(self.months)) + timedelta(days=1)
        booked = self._read_given(companies, first)
        history = self._read_history(companies, first, last)
        sides = [self._read_side(changed, companies, history, first) for changed in (False, True)]
        facts = {
            "date_from": first,
            "date_to": last,
            "events": sum(event.undoes is None for event in history["events"]),
            "firms": self._firms_text(companies),
            "ran_with": self._fingerprint(),
        }
        outcomes = []
        for number, side in enumerate(sides):
            begin = SHARE_READ + number * SHARE_REPLAY
            tell(begin)
            outcomes.append(
                simulation.replay(
                    side["programme"],
                    history["events"],
                    side["claims"],
                    first,
                    last,
                    movements=history["movements"],
                    figures=history["figures"],
                    given=history["given"],
                    starts=history["starts"],
                    used=side["used"],
                    awards=history["awards"],
                    progress=lambda share, begin=begin: tell(begin + SHARE_REPLAY * share),
                )
            )
        tell(SHARE_READ + len(sides) * SHARE_REPLAY)
        self._keep(*outcomes, facts, booked)

    def _read_side(self, changed, companies, history, first):
        """Return what one of the replays takes beside the history."""
        rules = self._rules(changed)
        return {
            "programme": self._programme(rules, changed),
            "claims": self._claims(rules, companies, history["days"], first),
            "used": self._read_used(rules, companies, first),
        }

    def _companies(self):
        """Return the companies of the user that earn points of the programme."""
        Program = self.env["loyalty.program"]
        companies = self.env.companies.filtered(
            lambda company: Program._get_service_program(company) == self.program_id
        )
        if self.company_id not in companies:
            raise UserError(
                self.env._(
                    "%(company)s does not earn points of %(programme)s any more.",
                    company=self.company_id.name,
                    programme=self.program_id.name,
                )
            )
        return companies

    def _firms_text(self, companies):
        """Name the firms whose events are replayed, where others earn points as well."""
        # sudo: whether the programme has more firms; none of them is named that is not chosen.
        all_sudo = self.env["res.company"].sudo().search([("active", "=", True)])
        Program = self.env["loyalty.program"]
        served = all_sudo.filtered(
            lambda company: Program._get_service_program(company) == self.program_id
        )
        return ", ".join(companies.mapped("name")) if served - companies else False

    def _moment(self, day):
        return self.company_id._loyalty_moment(day)

    # ------------------------------------------------------------------
    # Rules and tiers
    # ------------------------------------------------------------------

    def _rules(self, changed):
        """Return ``[(copy, the record whose values count)]``, in the order of the rules."""
        if changed:
            return [(copy, copy) for copy in self.rule_ids if copy.enabled]
        pairs = [(copy, copy.rule_id) for copy in self.rule_ids if copy.rule_id.active]
        return sorted(pairs, key=lambda pair: (pair[1].sequence, pair[1].id))

    def _programme(self, rules, changed):
        tiers = [
            (copy, copy if changed else copy.tier_id)
            for copy in self.tier_ids
            if (copy.enabled if changed else copy.tier_id.active)
        ]
        return simulation.Programme(
            rules=[
                simulation.Rule(
                    copy.id,
                    values.points_fixed,
                    values.points_per_unit,
                    values.use_tier_multiplier,
                    values.cap_points or None,
                    values.cap_period,
                    values.validity_months,
                    values.qualifies,
                )
                for copy, values in rules
            ],
            rungs=[self._rung(copy, values) for copy, values in tiers],
            multipliers={copy.id: values.multiplier for copy, values in tiers},
            grace_days=self.program_id.tier_grace_days,
            by_points=self._by_points(),
            debt_limit=to_units(self.program_id.service_debt_limit),
        )

    def _claims(self, rules, companies, days, first):
        """Return ``{event id: [key of each rule that it satisfies]}``.

        :param dict days: id of an event -> its day where the firm is
        """
        Event = self.env["loyalty.service.event"]
        matched = {}
        result = defaultdict(list)
        for copy, values in rules:
            key = (values.event_type_id, values.domain)
            if key not in matched:
                domain = (
                    Domain("type_id", "=", values.event_type_id.id)
                    & Domain("company_id", "in", companies.ids)
                    & Domain("date", ">=", self._moment(first))
                    & copy._as_rule()._filter_domain()
                )
                matched[key] = Event._search(domain).get_result_ids()
            begins, ends = values.date_from or date.min, values.date_to or date.max
            if self.whole_period and not values.date_to:
                begins = date.min
            for number in matched[key]:
                if number in days and begins <= days[number] <= ends:
                    result[number].append(copy.id)
        return result

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    def _read_history(self, companies, first, last):
        for model in ("loyalty.service.event", "loyalty.service.move", "loyalty.service.client"):
            self.env[model].flush_model()
        self.env["loyalty.service.tier.change"].flush_model()
        events, days, undone = self._read_events(companies, first)
        figures, earned = self._read_figures(companies, first, last)
        return {
            "events": events,
            "days": days,
            "figures": figures,
            "given": self._read_given_tiers(companies, first, last),
            "awards": self._read_awards(undone, first),
            "movements": self._read_movements(companies, first),
            "starts": self._read_starts(companies, first, earned),
        }

    def _read_events(self, companies, first):
        """Return the events of the period, their days, and which of before they undo."""
        types = self.rule_ids.event_type_id | self.rule_ids.rule_id.event_type_id
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, partner_id, company_id, date, amount::float8, reversal_of_id, lineage_id
                  FROM loyalty_service_event
                 WHERE company_id IN %s AND type_id IN %s AND date >= %s
              ORDER BY id
                """,
                tuple(companies.ids),
                tuple(types.ids) or (0,),
                self._moment(first),
            )
        )
        day_of = {
            company.id: company._loyalty_days({row[3] for row in rows if row[2] == company.id})
            for company in companies
        }
        events, days, ended = [], {}, {}
        firsts = {number: lineage or number for number, *_rest, lineage in rows}
        for number, partner_id, company_id, moment, amount, undoes, lineage in rows:
            day = day_of[company_id][moment]
            told = moment
            if undoes:
                ended[firsts.get(undoes, undoes)] = moment
            elif lineage:
                # It came in the place of one that stood until then.
                told = max(moment, ended.get(lineage, moment))
            events.append(
                simulation.Event(
                    number,
                    partner_id,
                    day,
                    (told, number),
                    amount or 0.0,
                    undoes,
                    lineage,
                    day_of[company_id][told],
                )
            )
            days[number] = day
        undone = [event.undoes for event in events if event.undoes and event.undoes not in days]
        return events, days, undone

    def _read_awards(self, event_ids, first):
        """Return what events of before, which are undone in the period, had given."""
        if not event_ids:
            return []
        copies = {copy.rule_id.id: copy.id for copy in self.rule_ids if copy.rule_id}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT award.event_id, award.rule_id, award.lot_id,
                       ((award.points + COALESCE((
                            SELECT SUM(gone.points)
                              FROM loyalty_service_move gone
                             WHERE gone.lot_id = award.id AND gone.kind = 'expire'
                               AND gone.date < %(start)s
                       ), 0)) * 100)::bigint,
                       award.qualifying_points::float8, award.earned_date
                  FROM loyalty_service_move award
                 WHERE award.kind = 'award' AND award.event_id IN %(events)s
                   AND award.program_id = %(program)s AND award.date < %(start)s
                   AND award.rule_id IS NOT NULL
                """,
                events=tuple(event_ids),
                program=self.program_id.id,
                start=self._moment(first),
            )
        )
        return [
            simulation.Award(event, copies.get(rule, ("gone", rule)), *rest)
            for event, rule, *rest in rows
        ]

    def _read_movements(self, companies, first):
        """Return what moved by no rule: spent, given back, adjusted, given by an order.

        The card of a shared programme is of all its firms. The firm that opened a lot serves
        its points, whoever spends them. What an order gave, its cancellation takes back, whether
        or not it is still there.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.partner_id, MIN(move.date), move.entry,
                       (SUM(move.points) * 100)::bigint, NULL,
                       BOOL_AND(move.kind = 'spend' AND gave.card_id IS NULL),
                       BOOL_OR(move.kind IN ('spend', 'reverse') AND gave.card_id IS NOT NULL)
                  FROM loyalty_service_move move
                  JOIN loyalty_service_move lot ON lot.id = move.lot_id
             LEFT JOIN (
                       SELECT card_id, origin, MIN(id) AS since
                         FROM loyalty_service_move
                        WHERE program_id = %(program)s AND kind = 'award' AND points > 0
                          AND rule_id IS NULL AND origin IS NOT NULL
                     GROUP BY card_id, origin
                       ) gave ON gave.card_id = move.card_id AND gave.origin = move.origin
                             AND gave.since < move.id
                 WHERE move.program_id = %(program)s AND move.date >= %(start)s
                   AND lot.company_id IN %(companies)s AND move.points < 0
                   AND move.kind IN ('spend', 'adjust', 'reverse') AND move.rule_id IS NULL
              GROUP BY move.partner_id, move.entry
             UNION ALL
                SELECT move.partner_id, move.date, move.id, (move.points * 100)::bigint,
                       move.expiry_date, move.kind = 'reverse', FALSE
                  FROM loyalty_service_move move
                  JOIN loyalty_service_move lot ON lot.id = move.lot_id
                 WHERE move.program_id = %(program)s AND move.date >= %(start)s
                   AND lot.company_id IN %(companies)s AND move.points > 0
                   AND move.kind IN ('adjust', 'reverse', 'award') AND move.rule_id IS NULL
                """,
                companies=tuple(companies.ids),
                program=self.program_id.id,
                start=self._moment(first),
            )
        )
        days = self.company_id._loyalty_days({row[1] for row in rows})
        return [
            simulation.Movement(partner, days[moment], (moment, number), *rest)
            for partner, moment, number, *rest in rows
            if partner
        ]

    def _read_starts(self, companies, first, earned):
        """Return ``{partner id: Start}``: lots, tiers and what counts for them."""
        start = self._moment(first)
        holds = defaultdict(list)
        for partner, lot, units, expiry, is_debt in self.env.execute_query(
            SQL(
                """
                SELECT move.partner_id, lot.id, (SUM(move.points) * 100)::bigint,
                       MAX(move.expiry_date), BOOL_OR(move.id = lot.id AND move.points < 0)
                  FROM loyalty_service_move move
                  JOIN loyalty_service_move lot ON lot.id = move.lot_id
                 WHERE move.program_id = %s AND lot.company_id IN %s AND move.date < %s
                   AND move.partner_id IS NOT NULL
              GROUP BY move.partner_id, lot.id
                HAVING SUM(move.points) != 0
                """,
                self.program_id.id,
                tuple(companies.ids),
                start,
            )
        ):
            holds[partner].append(lots.Lot(lot, units, expiry, is_debt))
        held = self._read_tiers(companies, start)
        return {
            partner: simulation.Start(
                held.get(partner), holds.get(partner, ()), earned.get(partner, ())
            )
            for partner in {*holds, *held, *earned}
        }

    def _read_tiers(self, companies, start):
        """Return ``{partner id: key of the tier}`` that clients had at the moment ``start``."""
        copies = {copy.tier_id.id: copy.id for copy in self.tier_ids if copy.tier_id}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (client.partner_id) client.partner_id, change.to_tier_id
                  FROM loyalty_service_tier_change change
                  JOIN loyalty_service_client client ON client.id = change.client_id
                 WHERE client.company_id IN %s AND change.date < %s
              ORDER BY client.partner_id, (client.company_id = %s) DESC, change.date DESC,
                       change.id DESC
                """,
                tuple(companies.ids),
                start,
                self.company_id.id,
            )
        )
        return {partner: copies.get(tier) for partner, tier in rows}

    def _read_used(self, rules, companies, first):
        """Return what had been used up of caps before the first day; see the engine."""
        periods = {
            (copy.rule_id.id, copy.id, earning.period_start(first, values.cap_period))
            for copy, values in rules
            if copy.rule_id and values.cap_points
        }
        if not periods:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cap.copy_id, move.partner_id, cap.since, SUM(move.points)::float8
                  FROM (VALUES %s) AS cap (rule_id, copy_id, since)
                  JOIN loyalty_service_move move
                    ON move.rule_id = cap.rule_id AND move.earned_date >= cap.since
                   AND move.kind = 'award' AND move.date < %s
                 WHERE move.partner_id IS NOT NULL AND move.company_id IN %s
                   AND NOT EXISTS (
                       SELECT 1
                         FROM loyalty_service_move undone
                        WHERE undone.reverses_id = move.id AND undone.kind = 'reverse'
                          AND undone.date < %s
                       )
              GROUP BY cap.copy_id, move.partner_id, cap.since
                """,
                SQL(", ").join(SQL("%s", period) for period in sorted(periods)),
                self._moment(first),
                tuple(companies.ids),
                self._moment(first),
            )
        )
        return {(copy, partner, since): points for copy, partner, since, points in rows}

    def _read_given(self, companies, first):
        """Return ``{partner id: what the ledger gave since first, less what was taken back}``."""
        self.env["loyalty.service.move"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT partner_id, SUM(points)::float8
                      FROM loyalty_service_move
                     WHERE program_id = %s AND company_id IN %s AND date >= %s
                       AND rule_id IS NOT NULL AND kind IN ('award', 'reverse')
                  GROUP BY partner_id
                    """,
                    self.program_id.id,
                    tuple(companies.ids),
                    self._moment(first),
                )
            )
        )

    # ------------------------------------------------------------------
    # What tiers are reached by
    # ------------------------------------------------------------------

    def _rung(self, copy, values):
        """Return a tier as the engine knows it, under the id of its copy."""
        return simulation.tiers.Rung(copy.id, values.threshold, values.window_months)

    def _by_points(self):
        return True

    def _read_figures(self, companies, first, last):
        """Return what counts for tiers: ``([Figure], {partner id: [(day, figure)]})``.

        The figures are of the period, where no rule decides about them; the others of before.

        Points of a shared programme count for tiers whichever of its firms gave them. Those of
        firms that are not replayed count as they were given, of clients that the replay is about;
        the moves of a shared account are read by all who share it.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.partner_id, move.earned_date, move.date < %(start)s,
                       MIN(move.date), MIN(move.id), SUM(move.qualifying_points)::float8
                  FROM loyalty_service_move move
                 WHERE move.program_id = %(program)s AND move.qualifying_points != 0
                   AND move.earned_date IS NOT NULL
                   AND (move.date < %(start)s OR move.company_id NOT IN %(companies)s)
                   AND EXISTS (SELECT FROM loyalty_service_client client
                                WHERE client.partner_id = move.partner_id
                                  AND client.company_id IN %(companies)s)
              GROUP BY move.partner_id, move.earned_date, move.date < %(start)s,
                       CASE WHEN move.date < %(start)s THEN 0 ELSE move.entry END
                """,
                program=self.program_id.id,
                companies=tuple(companies.ids),
                start=self._moment(first),
            )
        )
        days = self.company_id._loyalty_days(
            {moment for *_who, before, moment, _id, _points in rows if not before}
        )
        figures, earned = [], defaultdict(list)
        for partner, day, is_before, moment, number, points in rows:
            if is_before:
                earned[partner].append((day, points))
            else:
                figures.append(
                    simulation.Figure(partner, days[moment], (moment, number), points, day)
                )
        return figures, earned

    def _read_given_tiers(self, companies, first, last):
        """Return the tiers that were given to clients by hand."""
        return []

from collections import Counter

from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from ..amounts import points_text


class Simulation(models.Model):
    """The results of a run: totals, months, tiers, clients."""

    _inherit = "loyalty.service.simulation"

    date_from = fields.Date(readonly=True, copy=False)
    date_to = fields.Date(readonly=True, copy=False)
    events = fields.Integer(
        readonly=True, copy=False, help="Events of the types that any of the rules is about."
    )
    given_in_ledger = fields.Float(
        string="Given in Truth",
        readonly=True,
        copy=False,
        help="What the ledger says was given in these months, by the rules and tiers of then.",
    )
    firms = fields.Char(
        readonly=True,
        copy=False,
        help="Whose events were replayed, if others earn points of the programme as well.",
    )
    given_before = fields.Float(readonly=True, copy=False)
    given_after = fields.Float(readonly=True, copy=False)
    cost_before = fields.Monetary(readonly=True, copy=False)
    cost_after = fields.Monetary(readonly=True, copy=False)
    expired_before = fields.Float(readonly=True, copy=False)
    expired_after = fields.Float(readonly=True, copy=False)
    spent_before = fields.Float(readonly=True, copy=False)
    spent_after = fields.Float(readonly=True, copy=False)
    balance_before = fields.Float(readonly=True, copy=False)
    balance_after = fields.Float(readonly=True, copy=False)
    liability_before = fields.Monetary(readonly=True, copy=False)
    liability_after = fields.Monetary(readonly=True, copy=False)
    short_after = fields.Float(readonly=True, copy=False)
    winners = fields.Integer(readonly=True, copy=False)
    losers = fields.Integer(readonly=True, copy=False)
    raised = fields.Integer(readonly=True, copy=False)
    lowered = fields.Integer(readonly=True, copy=False)
    off_ledger = fields.Integer(
        readonly=True,
        copy=False,
        help="Clients for whom the replay by the rules as they are gives other points than the "
        "ledger gave.",
    )
    month_ids = fields.One2many(
        "loyalty.service.simulation.month", "simulation_id", readonly=True, copy=False
    )
    shift_ids = fields.One2many(
        "loyalty.service.simulation.shift", "simulation_id", readonly=True, copy=False
    )
    client_ids = fields.One2many(
        "loyalty.service.simulation.client", "simulation_id", readonly=True, copy=False
    )
    given_text = fields.Char(string="Points Given", compute="_compute_texts")
    cost_text = fields.Char(string="Cost of Points", compute="_compute_texts")
    balance_text = fields.Char(string="Outstanding", compute="_compute_texts")
    liability_text = fields.Char(string="Liability", compute="_compute_texts")
    expired_text = fields.Char(string="Expired", compute="_compute_texts")
    spent_text = fields.Char(string="Spent", compute="_compute_texts")
    note = fields.Text(compute="_compute_texts")
    chart = fields.Json(compute="_compute_chart")

    @api.depends("ran_on", "given_before", "given_after")
    @api.depends_context("lang")
    def _compute_texts(self):
        for simulation in self:
            for name in ("given", "cost", "balance", "liability", "expired", "spent"):
                simulation[f"{name}_text"] = simulation._difference_text(name)
            simulation.note = simulation.ran_on and simulation._note()

    def _note(self):
        """Say what the figures are about."""
        told = [
            self.env._(
                "From %(first)s to %(last)s: %(events)s events. The ledger really gave %(points)s "
                "points in this time, by the rules of then.",
                first=format_date(self.env, self.date_from),
                last=format_date(self.env, self.date_to),
                events=formatLang(self.env, self.events, digits=0),
                points=points_text(self.env, self.given_in_ledger),
            ),
        ]
        off = self.given_before - self.given_in_ledger
        if abs(off) >= 0.005:
            told.append(
                self.env._(
                    "By the rules and tiers as they are, the replay comes to %(points)s, a "
                    "difference of %(off)s: it takes events in the order of their dates, by the "
                    "rules of today, and reviews tiers every morning. The ledger gave points when "
                    "an event was recorded, by the rules and with the tier of that moment.",
                    points=points_text(self.env, self.given_before),
                    off=points_text(self.env, off, sign=True),
                )
            )
        if self.firms:
            told.append(
                self.env._(
                    "Other firms share the programme. The figures are of %(firms)s; for tiers, "
                    "points that the others gave count as they were given.",
                    firms=self.firms,
                )
                if self.program_id.tier_basis == "points"
                else self.env._(
                    "Other firms share the programme. The figures are of %(firms)s, and tiers "
                    "those of %(company)s.",
                    firms=self.firms,
                    company=self.company_id.name,
                )
            )
        told.append(
            self.env._(
                "Spending is taken as it was: clients spend what they spent, on the same day, as "
                "far as they have it."
            )
        )
        if self.short_after:
            told.append(
                self.env._(
                    "Of it, %s points could not have been spent.",
                    points_text(self.env, self.short_after),
                )
            )
        return "\n".join(told)

    def _difference_text(self, name):
        """Say by how much a total changes."""
        before, after = self[f"{name}_before"], self[f"{name}_after"]
        difference = after - before
        if not before or not difference:
            return "" if not difference else self.env._("new")
        share = formatLang(self.env, 100 * difference / abs(before), digits=1)
        return f"{'+' if difference > 0 else ''}{share}%"

    @api.depends("month_ids", "ran_on")
    @api.depends_context("lang")
    def _compute_chart(self):
        for simulation in self:
            months = simulation.month_ids
            simulation.chart = months and {
                "labels": [month.date.strftime("%Y-%m") for month in months],
                "measures": [
                    {
                        "name": name,
                        "label": label,
                        "before": months.mapped(f"{name}_before"),
                        "after": months.mapped(f"{name}_after"),
                    }
                    for label, name in (
                        (self.env._("Points given"), "given"),
                        (self.env._("Points outstanding"), "balance"),
                        (self.env._("Points expired"), "expired"),
                    )
                ],
            }

    # ------------------------------------------------------------------
    # Keeping what a run came to
    # ------------------------------------------------------------------

    def _keep(self, before, after, facts, booked):
        """Replace the results by those of a run.

        :param before: :class:`engine.simulation.Outcome` of the rules and tiers as they are
        :param after: of the changed ones
        :param dict facts: of the run: dates, number of events, fingerprint of the values
        :param dict booked: partner id -> what the ledger really gave
        """
        self.ensure_one()
        for results in (self.month_ids, self.shift_ids, self.client_ids):
            results.unlink()
        worth = self.point_value
        values = {
            **facts,
            "given_in_ledger": sum(booked.values()),
            "ran_on": fields.Datetime.now(),
        }
        for name, outcome in (("before", before), ("after", after)):
            total = outcome.total
            given = (total.given - total.taken_back) / 100
            values |= {
                f"given_{name}": given,
                f"cost_{name}": given * worth,
                f"expired_{name}": total.expired / 100,
                f"spent_{name}": total.spent / 100,
                f"balance_{name}": total.balance / 100,
                f"liability_{name}": total.balance / 100 * worth,
            }
        values["short_after"] = after.total.short / 100
        for rule in self.rule_ids:
            rule.given_before = before.rules.get(rule.id, 0) / 100
            rule.given_after = after.rules.get(rule.id, 0) / 100
        counts = (Counter(before.tiers.values()), Counter(after.tiers.values()))
        for tier in self.tier_ids:
            tier.clients_before, tier.clients_after = (count[tier.id] for count in counts)
        self._keep_months(before, after)
        clients = self._prepare_clients(before, after, booked)
        self.env["loyalty.service.simulation.client"].create(clients)
        self._keep_shifts(before, after)
        values |= {
            "winners": sum(client["difference"] > 0 for client in clients),
            "losers": sum(client["difference"] < 0 for client in clients),
            "raised": sum(client["direction"] == "up" for client in clients),
            "lowered": sum(client["direction"] == "down" for client in clients),
            "off_ledger": sum(client["off_ledger"] != 0 for client in clients),
        }
        self.write(values)

    def _keep_months(self, before, after):
        values = []
        for month in before.months:
            row = {"simulation_id": self.id, "date": month}
            for name, outcome in (("before", before), ("after", after)):
                tally = outcome.months[month]
                given = (tally.given - tally.taken_back) / 100
                row |= {
                    f"given_{name}": given,
                    f"cost_{name}": given * self.point_value,
                    f"expired_{name}": tally.expired / 100,
                    f"balance_{name}": tally.balance / 100,
                }
            values.append(row)
        self.env["loyalty.service.simulation.month"].create(values)

    def _direction(self, before, after):
        """Say whether the tier ``after`` stands above ``before``, by the ladder as changed."""
        thresholds = {tier.id: tier.threshold for tier in self.tier_ids}
        low, high = thresholds.get(before, -1), thresholds.get(after, -1)
        return "same" if before == after else "up" if high > low else "down"

    def _prepare_clients(self, before, after, booked):
        """Return the values of the clients for whom the rules do, or did, anything."""
        values = []
        for partner_id in dict.fromkeys([*before.clients, *after.clients]):
            was, now = before.clients.get(partner_id), after.clients.get(partner_id)
            old, new = before.tiers.get(partner_id), after.tiers.get(partner_id)
            given = [
                (tally.given - tally.taken_back) / 100 if tally else 0.0 for tally in (was, now)
            ]
            in_ledger = booked.get(partner_id, 0.0)
            if not any(given) and not in_ledger and old == new:
                continue
            values.append(
                {
                    "simulation_id": self.id,
                    "partner_id": partner_id,
                    "given_before": given[0],
                    "given_after": given[1],
                    "difference": given[1] - given[0],
                    "off_ledger": round(given[0] - in_ledger, 2),
                    "balance_before": was.balance / 100 if was else 0.0,
                    "balance_after": now.balance / 100 if now else 0.0,
                    "short_after": now.short / 100 if now else 0.0,
                    "tier_before_id": old or False,
                    "tier_after_id": new or False,
                    "direction": self._direction(old, new),
                }
            )
        return values

    def _keep_shifts(self, before, after):
        pairs = Counter(
            (before.tiers.get(partner_id), after.tiers.get(partner_id))
            for partner_id in {*before.tiers, *after.tiers}
        )
        place = {tier.id: number for number, tier in enumerate(self.tier_ids)}
        self.env["loyalty.service.simulation.shift"].create(
            [
                {
                    "simulation_id": self.id,
                    "tier_before_id": old or False,
                    "tier_after_id": new or False,
                    "direction": self._direction(old, new),
                    "clients": clients,
                }
                for (old, new), clients in sorted(
                    pairs.items(),
                    key=lambda pair: tuple(-place.get(key, -1) for key in pair[0]),
                )
            ]
        )

    # ------------------------------------------------------------------
    # Looking behind the numbers
    # ------------------------------------------------------------------

    def _clients_action(self, domain, name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.simulation_client_action"
        )
        return {
            **action,
            "display_name": name,
            "domain": [("simulation_id", "=", self.id), *domain],
        }

    def action_view_winners(self):
        """Open the clients that would have got more."""
        return self._clients_action([("difference", ">", 0)], self.env._("More points"))

    def action_view_losers(self):
        """Open the clients that would have got less."""
        return self._clients_action([("difference", "<", 0)], self.env._("Fewer points"))

    def action_view_raised(self):
        """Open the clients that would have a higher tier."""
        return self._clients_action([("direction", "=", "up")], self.env._("Higher tier"))

    def action_view_lowered(self):
        """Open the clients that would have a lower tier."""
        return self._clients_action([("direction", "=", "down")], self.env._("Lower tier"))

    def action_view_off_ledger(self):
        """Open the clients to whom the ledger gave other points than the replay does."""
        return self._clients_action(
            [("off_ledger", "!=", 0)], self.env._("Other than in the Ledger")
        )

    def action_view_clients(self):
        """Open all clients of the run."""
        return self._clients_action([], self.env._("Clients"))

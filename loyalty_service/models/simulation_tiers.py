from collections import defaultdict
from datetime import datetime, timedelta

from odoo import models
from odoo.tools import SQL

from ..engine import simulation, tenure
from .client_tier_figures import PAID


class Simulation(models.Model):
    """Tiers that are reached by money paid or by tenure, and tiers that were given by hand.

    No rule changes what such tiers are reached by: it is taken as it was, of the company that
    simulates. So are the tiers that managers gave.
    """

    _inherit = "loyalty.service.simulation"

    def _rung(self, copy, values):
        window = self.program_id._rung_window(values.window_months)
        return super()._rung(copy, values)._replace(window=window)

    def _by_points(self):
        return self.program_id.tier_basis == "points"

    def _read_figures(self, companies, first, last):
        basis = self.program_id.tier_basis
        if basis == "points":
            return super()._read_figures(companies, first, last)
        figures, earned = [], defaultdict(list)
        for figure in getattr(self, f"_read_{basis}")(last):
            if figure.day < first:
                earned[figure.client].append((figure.day, figure.figure))
            else:
                figures.append(figure)
        return figures, earned

    def _read_spend(self, last):
        """Return what was paid, each payment on its day."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, date, id, amount::float8
                  FROM loyalty_service_event
                 WHERE company_id = %s AND signal IN %s AND date < %s AND amount != 0
                   AND is_reversed IS NOT TRUE AND reversal_of_id IS NULL
                """,
                self.company_id.id,
                PAID,
                self._moment(last + timedelta(days=1)),
            )
        )
        days = self.company_id._loyalty_days({row[1] for row in rows})
        return [
            simulation.Figure(partner, days[moment], (moment, number), amount)
            for partner, moment, number, amount in rows
        ]

    def _read_tenure(self, last):
        """Return the months under agreement, each on the day on which it is complete."""
        clients = (
            self.env["loyalty.service.client"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company_id.id)])
        )
        periods = clients._under_agreement()
        figures = []
        for client in clients:
            for begin, end in tenure.stretches(periods.get(client.id, ())):
                months = 1
                while (day := tenure.complete_on(begin, months)) <= min(end, last):
                    # In the morning, before anything else of the day.
                    figures.append(
                        simulation.Figure(client.partner_id.id, day, (datetime.min, 0), 1)
                    )
                    months += 1
        return figures

    def _read_given_tiers(self, companies, first, last):
        copies = {copy.tier_id.id: copy.id for copy in self.tier_ids if copy.tier_id}
        result = []
        for override in self.env["loyalty.service.tier.override"].search(
            [("company_id", "=", self.company_id.id), ("date_to", ">=", first)]
        ):
            until = override.date_to
            if override.state == "ended":
                # One that somebody ended before its last day was last written then.
                until = min(until, self.company_id._loyalty_day(override.write_date))
            # Given in the course of its first day, it said nothing about what came before.
            moment = override.create_date
            given_on = self.company_id._loyalty_day(moment)
            begins = max(override.date_from, given_on)
            if override.tier_id.id in copies and begins <= min(until, last):
                given = simulation.tiers.Override(
                    copies[override.tier_id.id], until, override.exact
                )
                order = (moment, override.id) if begins == given_on else None
                result.append(simulation.Given(override.partner_id.id, begins, given, order))
        return result

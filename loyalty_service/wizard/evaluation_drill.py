from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import evaluation

# The rows of the ledger behind each part of an account; see ``engine/evaluation.py``.
PARTS = {
    "awarded": Domain("kind", "=", "award"),
    "taken_back": Domain("kind", "=", "reverse") & Domain("points", "<", 0),
    "spent": Domain("kind", "=", "spend")
    | Domain("kind", "=", "reverse") & Domain("points", ">", 0),
    "expired": Domain("kind", "=", "expire"),
    "adjusted": Domain("kind", "=", "adjust"),
    "settled": Domain("kind", "=", "settle"),
}
COHORT_PARTS = {
    "given": PARTS["awarded"] | PARTS["taken_back"] | PARTS["adjusted"],
    "used": PARTS["spent"] | PARTS["settled"],
    "expired": PARTS["expired"],
    "left": Domain.TRUE,
}


class Evaluation(models.TransientModel):
    """The records behind each number."""

    _inherit = "loyalty.service.evaluation"

    @api.model
    def get_records(self, options, key):
        """Return the action that opens the records behind a number; called by the screen.

        :param str key: "what", "what:which" or "what:which:month"
        """
        asked = self._asked(options)
        asked._figures()  # which checks the company
        what, *which = key.split(":")
        opening = {
            "clients": asked._open_clients,
            "moves": asked._open_moves,
            "cohort": asked._open_cohort,
            "lots": asked._open_lots,
            "subjects": asked._open_subjects,
            "revenue": asked._open_revenue,
            "rewards": asked._open_rewards,
        }[what]
        return opening(*which)

    def _window(self, name, model, domain, views="list,kanban,form"):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": list(Domain(domain)),
            "views": [(False, view) for view in views.split(",")],
            "context": {"active_test": False},
            "target": "current",
        }

    # ------------------------------------------------------------------
    # Clients
    # ------------------------------------------------------------------

    def _window_of_clients(self, name, partner_ids):
        return self._window(
            name,
            "loyalty.service.client",
            Domain("partner_id", "in", partner_ids)
            & Domain("company_id", "in", self._companies().ids),
            "list,kanban",
        )

    def _open_clients(self, which):
        first, last = self._days()
        since, until = self._moments()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id FROM (%(active)s) active
                 WHERE %(every)s OR partner_id IN (%(those)s)
                """,
                active=self._active_clients([(0, first, last)]),
                every=which == "active",
                those=SQL(
                    "SELECT partner_id FROM loyalty_card WHERE program_id = %s AND active",
                    self.program_id.id,
                )
                if which in ("active", "holders")
                else SQL(
                    "SELECT partner_id FROM (%s) point WHERE kind = %s",
                    self._points_in(since, until),
                    "award" if which == "earners" else "spend",
                ),
            )
        )
        name = {
            "active": self.env._("Active clients"),
            "holders": self.env._("Active clients with a card"),
            "earners": self.env._("Clients who earned points"),
            "spenders": self.env._("Clients who used points"),
        }[which]
        return self._window_of_clients(name, [row[0] for row in rows])

    def _open_subjects(self, which):
        subjects = self._figures().subjects
        sides = {True: set(), False: set()}
        for subject in subjects.values():
            sides[subject.is_member].add(subject.stratum)
        wanted = which == "members"
        name = self.env._("Members") if wanted else self.env._("Comparable others")
        return self._window_of_clients(
            name,
            [
                partner_id
                for partner_id, subject in subjects.items()
                if subject.is_member == wanted and subject.stratum in sides[True] & sides[False]
            ],
        )

    # ------------------------------------------------------------------
    # Points
    # ------------------------------------------------------------------

    def _domain_of_ledger(self):
        _since, until = self._moments()
        return Domain(
            [
                ("program_id", "=", self.program_id.id),
                ("lot_id.company_id", "in", self._companies().ids),
                ("date", "<", until),
            ]
        )

    def _domain_of_months(self, field, month):
        """Return the domain of what ``field`` says was in ``month``, or in the period."""
        since, until = self._moments()
        if month != "all":
            moment = self.company_id._loyalty_moment
            since = moment(evaluation.first_day(int(month)))
            until = min(moment(evaluation.first_day(int(month) + 1)), until)
        return Domain(field, ">=", since) & Domain(field, "<", until)

    def _open_moves(self, part, month="all"):
        name = dict(
            self.env["loyalty.service.move"]._fields["kind"]._description_selection(self.env)
        )
        title = {
            "awarded": name["award"],
            "taken_back": name["reverse"],
            "spent": name["spend"],
            "orders": name["spend"],
            "expired": name["expire"],
            "adjusted": name["adjust"],
        }[part]
        domain = PARTS["spent" if part == "orders" else part]
        if part == "orders":
            rewards = Domain("origin", "=like", "loyalty.service.redemption,%")
            domain &= Domain("origin", "=", False) | ~rewards
        return self._window(
            title,
            "loyalty.service.move",
            self._domain_of_ledger()
            & self._domain_of_months("date", month)
            & domain
            & Domain("points", "!=", 0),
            "list,kanban,form",
        )

    def _open_cohort(self, part, month="all"):
        return self._window(
            self.env._("What became of the points"),
            "loyalty.service.move",
            self._domain_of_ledger()
            & self._domain_of_months("lot_id.date", month)
            & COHORT_PARTS[part]
            & Domain("lot_id.points", ">", 0),
        )

    def _open_lots(self, which):
        _first, last = self._days()
        Move = self.env["loyalty.service.move"]
        held = Move._held_lots(self.program_id, last, self._companies())
        sign = SQL("points < 0") if which == "owed" else SQL("points > 0")
        rows = self.env.execute_query(SQL("SELECT lot_id FROM (%s) held WHERE %s", held, sign))
        domain = Domain("id", "in", [row[0] for row in rows])
        if which == "never":
            domain &= Domain("expiry_date", "=", False)
        elif which == "lapsed":
            domain &= Domain("expiry_date", "<=", last)
        elif which not in ("all", "owed"):
            month = int(which)
            domain &= Domain("expiry_date", ">=", evaluation.first_day(month))
            domain &= Domain("expiry_date", "<=", evaluation.last_day(month))
            domain &= Domain("expiry_date", ">=", last + timedelta(days=1))
        return self._window(self.env._("Lots of points"), Move._name, domain)

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------

    def _open_revenue(self):
        return self._window(
            self.env._("Invoiced to card holders"),
            "loyalty.service.event",
            Domain("kind", "=", "invoice")
            & Domain("company_id", "in", self._companies().ids)
            & Domain("is_reversed", "=", False)
            & Domain("reversal_of_id", "=", False)
            & self._domain_of_months("date", "all")
            & Domain("partner_id.loyalty_client_ids.card_id.program_id", "=", self.program_id.id),
        )

    def _open_rewards(self):
        """Open the rewards that were handed out."""
        return self._window(
            self.env._("Rewards handed out"), "loyalty.service.redemption", self._reward_domain()
        )

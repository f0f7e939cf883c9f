from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.loyalty_service.actions import open_form
from odoo.addons.loyalty_service.batch import do_claimed, work_off
from odoo.addons.loyalty_service.bulk import update

from ..engine import breach_prediction as engine
from ..rows import as_column
from . import defaults

#: Learned once a night, whenever the scheduled action comes to it.
LEARN_EVERY = timedelta(hours=20)

#: A prediction is written where it has changed by this much: less is not worth a write.
WORTH_WRITING = 0.005

#: From here on a ticket counts as likely to miss.
LIKELY = 0.5

#: So many open tickets are shown beside the figures.
RISKIEST = 10

#: Reasons that are told, the weightiest.
REASONS_TOLD = 2


class Prediction(models.Model):
    """What a company has learned about its tickets, and how well that has done.

    Learned each night from its own closed tickets, and applied to its open ones every quarter of
    an hour. ``engine/breach_prediction.py`` has the arithmetic.
    """

    _name = "loyalty.service.sla.prediction"
    _description = "Breach Prediction"
    _order = "company_id"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            (engine.FEW, "Too Little Known"),
            (engine.WORSE, "No Better Than Without"),
            (engine.GOOD, "In Use"),
        ],
        required=True,
        readonly=True,
        default=engine.FEW,
    )
    date = fields.Datetime(string="Learned On", readonly=True)
    error = fields.Char(readonly=True, help="Why the last attempt to learn failed.")
    ticket_count = fields.Integer(
        string="Tickets", readonly=True, help="Of which one knows whether they kept their promises."
    )
    missed_count = fields.Integer(
        string="Of Them Late", readonly=True, help="They missed the first answer or the solution."
    )
    met_count = fields.Integer(string="Of Them in Time", readonly=True)
    missing = fields.Json(readonly=True)
    learned = fields.Json(readonly=True, help="The weights of the model.")

    judged_tickets = fields.Integer(string="Judged On", readonly=True)
    judged_examples = fields.Integer(string="Predictions Judged", readonly=True)
    rate = fields.Float(string="Missed", readonly=True)
    brier = fields.Float(string="Brier Score", readonly=True, digits=(6, 4))
    base_brier = fields.Float(string="Without the Model", readonly=True, digits=(6, 4))
    time_brier = fields.Float(string="By the Time Alone", readonly=True, digits=(6, 4))
    skill = fields.Float(string="Error Taken Away", readonly=True)
    skill_low = fields.Float(readonly=True)
    skill_high = fields.Float(readonly=True)
    auc = fields.Float(string="AUC", readonly=True, digits=(4, 2))
    auc_low = fields.Float(readonly=True)
    auc_high = fields.Float(readonly=True)
    top_rate = fields.Float(string="Missed of the Riskiest Tenth", readonly=True)
    top_caught = fields.Float(string="Of All Misses Among Them", readonly=True)
    bins = fields.Json(readonly=True)

    likely_count = fields.Integer(string="Likely to Miss", compute="_compute_likely_count")
    predicted_count = fields.Integer(string="Open, by Risk", compute="_compute_likely_count")
    riskiest_ids = fields.Many2many(
        "helpdesk.ticket", string="Riskiest Open Tickets", compute="_compute_riskiest_ids"
    )
    may_learn = fields.Boolean(compute="_compute_may_learn")
    may_see_tickets = fields.Boolean(compute="_compute_may_learn")

    _company_unique = models.Constraint("UNIQUE(company_id)", "A company learns in one place only.")

    @api.depends_context("uid")
    def _compute_likely_count(self):
        """Count those that the user may read: managers of the programme need not be at the desk."""
        Ticket = self.env["helpdesk.ticket"]
        may_read = Ticket.has_access("read")

        def count(domain):
            domain = [*domain, ("company_id", "in", self.company_id.ids)]
            found = Ticket._read_group(domain, ["company_id"], ["__count"]) if may_read else []
            return dict(found)

        likely, predicted = count(self._get_likely_domain()), count(self._get_predicted_domain())
        for prediction in self:
            prediction.likely_count = likely.get(prediction.company_id, 0)
            prediction.predicted_count = predicted.get(prediction.company_id, 0)

    @api.depends_context("uid")
    def _compute_riskiest_ids(self):
        Ticket = self.env["helpdesk.ticket"]
        for prediction in self:
            prediction.riskiest_ids = (
                Ticket.search(
                    [*self._get_predicted_domain(), ("company_id", "=", prediction.company_id.id)],
                    order="loyalty_breach_probability DESC, id",
                    limit=RISKIEST,
                )
                if Ticket.has_access("read")
                else Ticket
            )

    @api.depends_context("uid")
    def _compute_may_learn(self):
        self.may_learn = self._is_manager()
        self.may_see_tickets = self.env["helpdesk.ticket"].has_access("read")

    @api.model
    def _is_manager(self):
        return self.env.su or self.env.user._loyalty_sla_is_manager()

    @api.model
    def _get_likely_domain(self):
        return [("loyalty_breach_probability", ">=", LIKELY)]

    @api.model
    def _get_predicted_domain(self):
        return [("loyalty_breach_probability", ">", 0), ("closed", "=", False)]

    @api.model
    def _create_defaults(self, companies=None):
        """Give each company a record to learn in, once."""
        # sudo: who creates a company need not be a manager here; only records of these
        # companies are made.
        Prediction_sudo = self.sudo()
        return Prediction_sudo.create(
            [
                {"company_id": company.id}
                for company in defaults.unserved(Prediction_sudo, companies)
            ]
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    @api.model
    def action_open(self):
        """Show how well the current company predicts."""
        self.check_access("read")
        found = self.search([("company_id", "=", self.env.company.id)])
        return {
            **open_form(found or self._create_defaults(self.env.company)),
            "name": self.env._("Breach Prediction"),
        }

    def action_learn(self):
        """Learn again now, and look at the open tickets again."""
        self.ensure_one()
        self.check_access("read")
        if not self._is_manager():
            raise AccessError(self.env._("Only managers have it learn again."))
        # sudo: nobody writes here by hand; of this company, which the manager may see, all
        # closed tickets are read, and probabilities of its open ones are written.
        prediction_sudo = self.sudo()
        if not prediction_sudo.try_lock_for_update(allow_referencing=True):
            raise UserError(self.env._("It is learning at this moment. Please look again soon."))
        prediction_sudo._learn()
        return True

    def action_view_likely(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("loyalty_service_sla.ticket_action"),
            "domain": [*self._get_likely_domain(), ("company_id", "=", self.company_id.id)],
        }

    def action_view_by_risk(self):
        """Open the open tickets, the likeliest to be late first."""
        self.ensure_one()
        view = self.env.ref("loyalty_service_sla.helpdesk_ticket_risk_view_list")
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("loyalty_service_sla.ticket_action"),
            "display_name": self.env._("Open Tickets by Risk"),
            "views": [(view.id, "list"), (False, "kanban"), (False, "form")],
            "domain": [*self._get_predicted_domain(), ("company_id", "=", self.company_id.id)],
            "context": {},
        }

    # ------------------------------------------------------------------
    # Scheduled actions
    # ------------------------------------------------------------------

    @api.model
    def _cron_learn(self):
        """Let each company learn from its tickets, once a night."""
        work_off(
            self.search([("company_id", "!=", False)])._get_due(),
            lambda due: due._learn_claimed(),
            1,
        )

    @api.model
    def _cron_refresh(self):
        """Look at the open tickets again."""
        work_off(self.search([("date", "!=", False)]), lambda some: some._refresh_claimed(), 1)

    def _get_due(self):
        latest = fields.Datetime.now() - LEARN_EVERY
        return self.filtered(lambda prediction: not prediction.date or prediction.date < latest)

    def _learn_claimed(self):
        do_claimed(
            self,
            lambda some: some._learn(),
            still_due=lambda some: some._get_due(),
            failed=lambda prediction, error: prediction.write({"error": str(error)}),
        )

    def _refresh_claimed(self):
        do_claimed(self, lambda some: some._refresh())

    # ------------------------------------------------------------------
    # Fetch, learn, store
    # ------------------------------------------------------------------

    def _learn(self, now=None):
        """Learn from the tickets of each company, and look at its open ones."""
        now = now or fields.Datetime.now()
        for prediction in self:
            learned = engine.learn(prediction._get_examples(now))
            prediction.write(prediction._prepare_values(learned, now))
        self._refresh(now)

    @api.model
    def _prepare_values(self, learned, now):
        values = {
            "date": now,
            "error": False,
            "state": learned.state,
            "ticket_count": learned.tickets,
            "missed_count": learned.missed,
            "met_count": learned.met,
            "missing": learned.missing,
            "learned": learned.model.as_json() if learned.model else False,
            "bins": False,
            "judged_tickets": 0,
        }
        judged = learned.assessment
        if judged:
            values |= {
                "judged_tickets": judged.tickets,
                "judged_examples": judged.examples,
                "rate": judged.rate,
                "brier": judged.brier,
                "base_brier": judged.base_brier,
                "time_brier": judged.time_brier,
                "top_rate": judged.top_rate,
                "top_caught": judged.top_caught,
                "bins": [part._asdict() for part in judged.bins],
            }
            for name in ("skill", "auc"):
                value, low, high = getattr(judged, name)
                values |= {name: value, f"{name}_low": low, f"{name}_high": high}
        return values

    def _refresh(self, now=None):
        """Write how likely the open clocks of each company are to miss, where that has changed."""
        now = now or fields.Datetime.now()
        for prediction in self:
            found = prediction._predict(now)
            known = prediction._read_predicted()
            rows = {
                clock_id: found.get(clock_id, (0.0, None))
                for clock_id in {*found, *known}
                if abs(found.get(clock_id, (0.0,))[0] - known.get(clock_id, 0.0)) >= WORTH_WRITING
            }
            Clock = self.env["loyalty.service.sla.clock"]
            # What somebody moves at this moment is looked at the next time. With the tickets,
            # which keep the highest probability of their clocks and are locked first by others.
            clocks = Clock._lock(SQL("clock.id = ANY(%s)", sorted(rows)), len(rows))
            field = Clock._fields["breach_reasons"]
            update(
                clocks,
                {
                    "breach_probability": [rows[clock.id][0] for clock in clocks],
                    "breach_reasons": [as_column(field, rows[clock.id][1]) for clock in clocks],
                },
            )

    def _predict(self, now):
        """Return ``{clock id: (probability, reasons)}`` of the open clocks of this company."""
        self.ensure_one()
        if self.state != engine.GOOD:
            return {}
        model = engine.Model.from_json(self.learned)
        cases = self._get_cases(now)
        chances = model.predict(list(cases.values()))
        reasons = model.explain(list(cases.values()))
        return {
            clock_id: (
                round(float(chance), 3),
                [[name, _get_fact(case, name)] for name, _part in why if name != "target"][
                    :REASONS_TOLD
                ],
            )
            for (clock_id, case), chance, why in zip(cases.items(), chances, reasons, strict=True)
        }

    def _read_predicted(self):
        """Return ``{clock id: probability}`` of the open clocks that have one."""
        self.env["loyalty.service.sla.clock"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT id, breach_probability FROM loyalty_service_sla_clock
                     WHERE company_id = %s AND state IN ('running', 'paused')
                       AND breach_probability > 0
                    """,
                    self.company_id.id,
                )
            )
        )


def _get_fact(case, name):
    """Return the number that is told with a reason, False for none."""
    facts = {
        "time": round(case.share * 100),
        "promise": round(case.hours, 1),
        "load": case.load,
        "pauses": case.pauses,
        "messages": case.messages,
        "answers": case.answers,
    }
    value = facts.get(name, False)
    return int(value) if name == "promise" and value == int(value) else value

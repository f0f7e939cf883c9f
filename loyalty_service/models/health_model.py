from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..engine import health

CLIENTS_AT_ONCE = 500


class HealthModel(models.Model):
    """How a firm weighs what it knows about a client into one score.

    A metric measures one thing for many clients in one statement, a dimension turns it into
    points, ``engine/health.py`` composes the points. Everything is read *as of a date*, so that
    the score of an earlier day can be computed later and comes out the same.
    """

    _name = "loyalty.service.health.model"
    _description = "Health Model"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for every company without a model of its own."
    )
    risk_below = fields.Float(
        string="At Risk Below",
        default=55.0,
        required=True,
        help="Clients with a score below this are at risk.",
    )
    watch_below = fields.Float(
        string="To Watch Below",
        default=75.0,
        required=True,
        help="Clients with a score below this, and not at risk, are to be watched.",
    )
    min_confidence = fields.Float(
        string="Least Known",
        default=0.2,
        required=True,
        help="A client of whom less than this part of the picture is known has no band.",
    )
    usual_gap_days = fields.Integer(
        string="Usual Contact Rhythm",
        default=30,
        required=True,
        help="Days between two contacts, taken for clients that have no rhythm of their own yet.",
    )
    dimension_ids = fields.One2many("loyalty.service.health.dimension", "model_id", copy=True)

    _bands_check = models.Constraint(
        "CHECK (risk_below >= 0 AND risk_below <= watch_below AND watch_below <= 100)",
        "The edges of the bands lie between 0 and 100, and At Risk is below To Watch.",
    )
    _confidence_check = models.Constraint(
        "CHECK (min_confidence >= 0 AND min_confidence <= 1)",
        "What must be known at least is a part between 0 % and 100 %.",
    )
    _rhythm_check = models.Constraint(
        "CHECK (usual_gap_days > 0)", "The usual rhythm is at least one day."
    )

    @api.constrains("dimension_ids")
    def _check_dimensions(self):
        for model in self:
            if model.dimension_ids and not any(model.dimension_ids.mapped("weight")):
                raise ValidationError(self.env._("At least one dimension needs a weight."))

    @api.model
    def _get_for_company(self, company):
        """Return the model that scores the clients of ``company``, its own before a shared one."""
        found = self.search([("company_id", "in", [company.id, False])])
        return (found.filtered("company_id") or found)[:1]

    # ------------------------------------------------------------------
    # Fetch and compose
    # ------------------------------------------------------------------

    def _compute_health(self, clients, date):
        """Return ``{client id: (Composition, {dimension: facts})}`` as of the end of ``date``.

        Nothing is written. One query per dimension, however many clients.

        :param clients: ``loyalty.service.client`` of one company
        :param date: the day, where the company is
        """
        self.ensure_one()
        clients.company_id.ensure_one()
        dimensions = self.dimension_ids.filtered("weight")
        measured = {dimension: dimension._measure(clients, date) for dimension in dimensions}
        result = {}
        for client_id in clients.ids:
            facts = {
                dimension: found[client_id]
                for dimension, found in measured.items()
                if client_id in found
            }
            parts = {
                dimension: (dimension.weight, dimension._score(facts.get(dimension)))
                for dimension in dimensions
            }
            result[client_id] = (health.compose(parts), facts)
        return result

    def _band(self, told):
        self.ensure_one()
        return health.band(
            told.score,
            told.confidence,
            risk_below=self.risk_below,
            watch_below=self.watch_below,
            min_confidence=self.min_confidence,
        )

    @api.model
    def _left_ids(self, clients, date):
        """Return the ids of ``clients`` whose last agreement had ended by ``date``.

        Somebody who left is no longer at risk of leaving and is not scored. Who never had an
        agreement is a client by its invoices.
        """
        self.env["loyalty.service.agreement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT agreement.client_id
                  FROM loyalty_service_agreement agreement
             LEFT JOIN loyalty_service_agreement renewal
                    ON renewal.id = agreement.renewed_by_id
                   AND LEAST(renewal.date_start, renewal.confirmed_on) <= %(date)s
                 WHERE agreement.client_id IN %(clients)s
                   AND agreement.state != 'draft'
                   AND LEAST(agreement.date_start, agreement.confirmed_on) <= %(date)s
                   AND renewal.id IS NULL
              GROUP BY agreement.client_id
                HAVING bool_and(COALESCE(agreement.ended_on <= %(date)s, FALSE))
                """,
                clients=tuple(clients.ids) or (0,),
                date=date,
            )
        )
        return {client_id for [client_id] in rows}

    # ------------------------------------------------------------------
    # Recompute
    # ------------------------------------------------------------------

    def action_recompute(self):
        """Score again the clients that this model is for: at once, or soon if they are many."""
        self.ensure_one()
        self.check_access("write")
        Client = self.env["loyalty.service.client"]
        companies = self.company_id or self.env.companies
        clients = Client.search(
            [
                (
                    "company_id",
                    "in",
                    companies.filtered(lambda company: self._get_for_company(company) == self).ids,
                )
            ]
        )
        if len(clients) <= CLIENTS_AT_ONCE:
            clients.action_update_health()
            message = self.env._("%s clients have been scored again.", len(clients))
        else:
            # sudo: users do not write client records; these are the clients whose model this
            # manager may change, and being scored again is all that happens to them.
            clients.sudo()._ask_for_health()
            message = self.env._(
                "%s clients will be scored again in the next minutes.", len(clients)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message},
        }

    def action_view_clients(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.client_at_risk_action"
        )

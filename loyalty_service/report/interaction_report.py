from odoo import fields, models
from odoo.tools import SQL

from ..models.client_rhythm import SHOWN_KINDS
from ..models.event_type import CHANNELS, KINDS


class InteractionReport(models.Model):
    """How often the firm and its clients meet, by month, channel, kind and segment of clients.

    One row per event that stands. Invoices, payments and what else only the books know are not
    interactions.
    """

    _name = "loyalty.service.interaction.report"
    _description = "Interactions"
    _auto = False
    _order = "date desc"

    date = fields.Datetime(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    client_id = fields.Many2one("loyalty.service.client", string="Loyalty Record", readonly=True)
    type_id = fields.Many2one("loyalty.service.event.type", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    user_id = fields.Many2one("res.users", string="Staff", readonly=True)
    manager_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    tier_id = fields.Many2one("loyalty.service.tier", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    hours = fields.Float(string="Duration (Hours)", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT event.id, event.date, event.partner_id, event.type_id, event.kind,
                   event.channel, event.user_id, event.company_id, event.hours,
                   client.id AS client_id, client.user_id AS manager_id, client.tier_id,
                   client.industry_id, client.country_id
              FROM loyalty_service_event event
              JOIN loyalty_service_client client
                ON client.partner_id = event.partner_id
               AND client.company_id = event.company_id
             WHERE event.is_reversed IS NOT TRUE
               AND event.reversal_of_id IS NULL
               AND event.kind IN %s
            """,
            SHOWN_KINDS,
        )

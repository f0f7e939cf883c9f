from odoo import api, fields, models
from odoo.tools import SQL


class HealthRequest(models.Model):
    """A note that something has happened with a client since its latest score.

    Notes are only added by who has something to tell, and only removed by who has scored the
    client. Nobody waits for anybody: adding one needs no lock on the client that another
    transaction is scoring. Nothing is lost: a transaction removes the notes that it saw when it
    read the ledger, and a note becomes visible together with the events that it speaks of. One
    that came later stays, and has the client scored again.
    """

    _name = "loyalty.service.health.request"
    _description = "Request for a Health Score"
    _log_access = False

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, ondelete="cascade"
    )

    @api.model
    def _add(self, clients):
        """Note that ``clients`` are to be scored again, in one statement."""
        self.env.execute_query(
            SQL(
                "INSERT INTO %s (client_id) SELECT unnest(%s) RETURNING id",
                SQL.identifier(self._table),
                clients.ids,
            )
        )
        clients.invalidate_recordset(["health_stale"], flush=False)

    @api.model
    def _remove(self, clients):
        """Remove the notes about ``clients`` that this transaction can see."""
        if clients:
            self.env.execute_query(
                SQL(
                    "DELETE FROM %s WHERE client_id IN %s RETURNING id",
                    SQL.identifier(self._table),
                    tuple(clients.ids),
                )
            )
            clients.invalidate_recordset(["health_stale"], flush=False)

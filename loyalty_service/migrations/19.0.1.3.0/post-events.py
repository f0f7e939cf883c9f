from odoo.tools import SQL, sql


def migrate(cr, version):
    """The mark "to be scored again" on the client is a request of its own now.

    And what happened is logged in a line in place of a dialog, whose table Odoo would leave.
    """
    table = "loyalty_service_client"
    if sql.column_exists(cr, table, "health_stale"):
        cr.execute(
            SQL(
                "INSERT INTO loyalty_service_health_request (client_id) "
                "SELECT id FROM loyalty_service_client WHERE health_stale"
            )
        )
        cr.execute(SQL("ALTER TABLE loyalty_service_client DROP COLUMN health_stale"))
    cr.execute(SQL("DROP TABLE IF EXISTS loyalty_service_log"))

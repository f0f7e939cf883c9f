"""Promised hours have an upper bound by now: what is beyond it is the bound, lest it cannot be set.

What is no number (NaN) is above every number to PostgreSQL.
"""

from odoo.tools import SQL, sql

#: Table, column, and the largest number that it takes.
BOUNDS = [
    ("loyalty_service_sla_policy", "first_response_hours", 20_000),
    ("loyalty_service_sla_policy", "next_response_hours", 20_000),
    ("loyalty_service_sla_policy", "resolution_hours", 20_000),
    ("loyalty_service_sla_policy", "acknowledgement_hours", 20_000),
    ("loyalty_service_sla_escalation", "minutes", 1_200_000),
]


def migrate(cr, version):
    """Mend them in the columns that there are already."""
    for table, column, largest in BOUNDS:
        if sql.column_exists(cr, table, column):
            cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s = %(largest)s WHERE %(column)s > %(largest)s",
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    largest=largest,
                )
            )

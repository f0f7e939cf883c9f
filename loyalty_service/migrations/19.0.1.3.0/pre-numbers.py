"""Numbers have an upper bound by now: what is beyond it is mended, lest the bound cannot be set.

What is no number (NaN) is above every number to PostgreSQL.
"""

from odoo.tools import SQL, sql

# Table, column, the largest number that it takes, and what stands there instead of what is larger.
MENDED = [
    ("loyalty_service_earning_rule", "points_fixed", 999_999_999_999, 0),
    ("loyalty_service_earning_rule", "points_per_unit", 999_999_999_999, 0),
    ("loyalty_service_earning_rule", "cap_points", 999_999_999_999, 0),
    # Nobody reached it, and nobody does.
    ("loyalty_service_tier", "threshold", 999_999_999_999, 999_999_999_999),
    ("loyalty_service_tier", "multiplier", 1000, 1),
    ("loyalty_service_tier", "sla_factor", 1000, 1),
    ("loyalty_service_tier", "free_hours", 10_000, 0),
    ("loyalty_service_event", "hours", 10_000, 0),
    ("loyalty_reward", "service_cost", 999_999_999_999, 0),
]


def migrate(cr, version):
    """Mend them in the columns that there are already."""
    for table, column, largest, instead in MENDED:
        if sql.column_exists(cr, table, column):
            cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s = %(instead)s WHERE %(column)s > %(largest)s",
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    instead=instead,
                    largest=largest,
                )
            )

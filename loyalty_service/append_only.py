"""Tables of which the database itself refuses what Python refuses."""

from odoo.tools import SQL

# The name is also in the uninstallation, which drops it with all its triggers.
FUNCTION = SQL("loyalty_service_move_refuse()")


def refuse(env, table, name, when, condition=None):
    """Have the database refuse statements on ``table``, whoever sends them.

    :param str name: of the trigger
    :param SQL when: such as ``DELETE OR UPDATE OF points``
    :param SQL condition: refuse the rows for which it holds; without one, the statement
    """
    env.cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION %s RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION '%% is append-only: %% refused', TG_TABLE_NAME, TG_OP
                    USING ERRCODE = 'restrict_violation';
            END
            $$ LANGUAGE plpgsql
            """,
            FUNCTION,
        )
    )
    env.cr.execute(
        SQL(
            """
            DROP TRIGGER IF EXISTS %(name)s ON %(table)s;
            CREATE TRIGGER %(name)s BEFORE %(when)s ON %(table)s
            FOR EACH %(each)s EXECUTE FUNCTION %(function)s
            """,
            name=SQL.identifier(name),
            table=SQL.identifier(table),
            when=when,
            each=SQL("ROW WHEN (%s)", condition) if condition else SQL("STATEMENT"),
            function=FUNCTION,
        )
    )

"""Tables of which the database itself refuses what Python refuses."""

from contextlib import contextmanager

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


# Holds where nobody has said, for the transaction, that rows are being handed over.
NOT_HANDED_OVER = SQL("current_setting('loyalty_service.merge', TRUE) IS DISTINCT FROM 'on'")


def let_go(column):
    """Return the condition that a reference becomes empty since what it named is deleted.

    The database does that itself, by a trigger of its foreign key.
    """
    return SQL("(NEW.%s IS NULL AND pg_trigger_depth() > 0)", SQL.identifier(column))


@contextmanager
def handing_over(env):
    """Let rows go over to another owner: for the merge of clients, and nothing else.

    What the ORM has yet to write of it is written before the setting ends. After an error it
    ends with the transaction, or the savepoint, to which one goes back.
    """
    env.cr.execute(SQL("SELECT set_config('loyalty_service.merge', 'on', TRUE)"))
    yield
    env.flush_all()
    env.cr.execute(SQL("SELECT set_config('loyalty_service.merge', 'off', TRUE)"))

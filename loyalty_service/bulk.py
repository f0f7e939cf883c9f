"""Writing many rows in one statement, where the ORM would write them down one by one."""

import json

from odoo.tools import SQL


def is_storable(text):
    """Return whether PostgreSQL takes ``text``: no NUL, and no half of a character."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def reserve_ids(env, table, number):
    """Return ``number`` fresh ids of ``table``, growing."""
    rows = env.execute_query(
        SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", number)
    )
    return sorted(row[0] for row in rows)


def insert(env, table, columns):
    """Insert rows into ``table``, in one statement however many they are.

    What all rows agree on is said once; the rest goes as one value, since thousands of rows of
    placeholders take longer to write down and to read than to insert.

    :param dict columns: name -> list with a value for each row; all of the same length, at
        least one of them with values that differ (such as the id)
    """
    shared, varied = {}, {}
    for name, values in columns.items():
        first = values[0]
        if values.count(first) == len(values):
            shared[name] = first
        else:
            varied[name] = values
    if not varied:  # one row
        varied["id"] = [shared.pop("id")]
    env.cr.execute(
        SQL(
            """
            INSERT INTO %(table)s (%(columns)s)
            SELECT %(values)s
              FROM jsonb_populate_recordset(NULL::%(table)s, %(rows)s::jsonb)
            """,
            table=SQL.identifier(table),
            columns=SQL(", ").join(map(SQL.identifier, [*varied, *shared])),
            values=SQL(", ").join(
                [*map(SQL.identifier, varied), *(SQL("%s", value) for value in shared.values())]
            ),
            rows=json.dumps(
                [dict(zip(varied, row, strict=True)) for row in zip(*varied.values(), strict=True)],
                default=str,
                allow_nan=False,
            ),
        )
    )

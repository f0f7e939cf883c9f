"""Writing many rows in one statement, where the ORM takes one for each hundred."""

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
            rows=_to_json(varied),
        )
    )


def update(records, columns):
    """Write fields of many records, to each its own values, in one statement.

    What depends on the fields is computed again; neither ``write`` nor constraints of Python
    see the values. The fields are plain columns.

    :param dict columns: name of a field -> list with a value for each record
    """
    if not records:
        return
    names = list(columns)
    records.flush_recordset(names)
    records.env.cr.execute(
        SQL(
            """
            UPDATE %(table)s AS kept
               SET %(values)s, write_uid = %(uid)s, write_date = %(now)s
              FROM jsonb_populate_recordset(NULL::%(table)s, %(rows)s::jsonb) AS told
             WHERE kept.id = told.id
            """,
            table=SQL.identifier(records._table),
            values=SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), SQL.identifier("told", name)) for name in names
            ),
            uid=records.env.uid,
            now=records.env.cr.now(),
            rows=_to_json({"id": records.ids, **columns}),
        )
    )
    records.invalidate_recordset([*names, "write_uid", "write_date"], flush=False)
    records.modified(names)


def _to_json(columns):
    """Return the rows of ``columns`` as PostgreSQL reads them."""
    return json.dumps(
        [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        default=str,
        allow_nan=False,
    )

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


def leave_room(model):
    """Leave room beside each row of the table of ``model`` for what it says next.

    Where a changed row does not fit beside the old one, PostgreSQL writes all indexes anew. Rows
    that are there already get room as they are changed.
    """
    model.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = 50)", SQL.identifier(model._table)))


def reserve_ids(env, table, number):
    """Return ``number`` fresh ids of ``table``, growing."""
    rows = env.execute_query(
        SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", number)
    )
    return sorted(row[0] for row in rows)


def insert(model, columns):
    """Insert rows into the table of ``model``, in one statement however many they are.

    What all rows agree on is said once; see :func:`_as_table` for the rest.

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
    model.env.cr.execute(
        SQL(
            "INSERT INTO %(table)s (%(columns)s) SELECT %(values)s FROM %(rows)s",
            table=SQL.identifier(model._table),
            columns=SQL(", ").join(map(SQL.identifier, [*varied, *shared])),
            values=SQL(", ").join(
                [*map(SQL.identifier, varied), *(SQL("%s", value) for value in shared.values())]
            ),
            rows=_as_table(model, varied),
        )
    )


def update(records, columns):
    """Write fields of many records, to each its own values, in one statement.

    What depends on the fields is computed again; neither ``write`` nor constraints of Python
    see the values. The fields are plain columns.

    :param dict columns: name of a field -> list with a value for each record, None for none
    """
    if not records:
        return
    names = list(columns)
    told = [*names, "write_uid", "write_date"]
    # Also who wrote them: that waits with any other field that was written.
    records.flush_recordset(told)
    records.env.cr.execute(
        SQL(
            """
            UPDATE %(table)s AS kept
               SET %(values)s, write_uid = %(uid)s, write_date = %(now)s
              FROM %(rows)s
             WHERE kept.id = told.id
            """,
            table=SQL.identifier(records._table),
            values=SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), SQL.identifier("told", name)) for name in names
            ),
            uid=records.env.uid,
            now=records.env.cr.now(),
            rows=_as_table(records, {"id": records.ids, **columns}),
        )
    )
    records.invalidate_recordset(told, flush=False)
    records.modified(names)


def _as_table(model, columns):
    """Return ``columns`` of ``model`` as the table ``told``.

    They go as one value, a list for each of them: thousands of rows of placeholders take longer
    to write down and to read than to insert.
    """
    return SQL(
        """(
            WITH given AS MATERIALIZED (SELECT %(columns)s::jsonb AS columns)
          SELECT %(values)s FROM given, ROWS FROM (%(lists)s) AS listed (%(names)s)
        ) AS told""",
        columns=json.dumps(columns, default=str, allow_nan=False),
        values=SQL(", ").join(
            SQL(
                "%(name)s::%(type)s AS %(name)s",
                name=SQL.identifier(name),
                type=SQL.identifier(model._fields[name].column_type[0]),
            )
            for name in columns
        ),
        lists=SQL(", ").join(
            SQL("jsonb_array_elements_text(given.columns->%s)", name) for name in columns
        ),
        names=SQL(", ").join(map(SQL.identifier, columns)),
    )

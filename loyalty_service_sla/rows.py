"""Rows of logs and clocks, read and written for thousands of tickets at once."""

import json
from functools import partial

from odoo.addons.loyalty_service.bulk import insert, reserve_ids

from .engine import clock as engine

#: Types of columns in which false is a value and not the absence of one.
COUNTED = ("boolean", "integer")


def add(model, vals_list):
    """Insert rows in one statement, however many they are, and return them as records.

    For tables that nobody writes by hand: neither ``create`` nor constraints of Python see the
    values. What depends on the rows is computed again.
    """
    if not vals_list:
        return model.browse()
    ids = reserve_ids(model.env, model._table, len(vals_list))
    names = dict.fromkeys(name for vals in vals_list for name in vals)
    given = {name: [vals.get(name) for vals in vals_list] for name in names}
    columns = {
        name: _each(partial(as_column, model._fields[name]), values)
        for name, values in given.items()
    }
    now, uid = model.env.cr.now(), model.env.uid
    told = {"create_date": now, "write_date": now, "create_uid": uid, "write_uid": uid}
    insert(
        model,
        {"id": ids, **columns, **{name: [value] * len(ids) for name, value in told.items()}},
    )
    records = model.browse(ids)
    for name in names:
        # Nobody has to read what was just written.
        field = model._fields[name]
        convert = partial(field.convert_to_cache, record=model)
        field._insert_cache(records, _each(convert, given[name]))
        for inverse in model.pool.field_inverses[field]:
            # What is known of the other side lacks these rows.
            others = model.env[inverse.model_name].browse({vals.get(name) for vals in vals_list})
            others.invalidate_recordset([inverse.name], flush=False)
    records.modified(model._fields, create=True)
    return records


def _each(function, values):
    """Return what a function makes of each value, asked once for those that are the same object.

    Thousands of rows share most of what they say: a state, a policy, the terms of a promise.
    """
    known = {}
    for value in values:
        if id(value) not in known:
            known[id(value)] = function(value)
    return [known[id(value)] for value in values]


def as_column(field, value):
    """Return what goes into the column of a field."""
    if field.type == "json":
        return json.dumps(value) if value else None
    return None if value is False and field.type not in COUNTED else value


def as_engine(row):
    """Return the engine's clock of a row of the table, or of a record."""
    return engine.Clock(
        target=row["target"],
        state=row["state"],
        calendar=row["calendar_id"] or None,
        seconds=row["seconds"] or None,
        elapsed=row["elapsed"],
        at=row["counted_to"] or None,
        finished=row["finished_date"] or None,
        breach=row["breach_date"] or None,
        started=row["started_date"] or None,
        waits=row["waits"],
        missed_before=row["late_waits"] - bool(row["breached"]),
        reason=row["pause_reason"] or None,
        scarce_pause=row["scarce_pause_date"] or None,
    )

"""Reading many records column by column, where the ORM would make a record for each value.

For what happens to thousands of records at once; elsewhere ``mapped``, ``filtered`` and
``grouped`` say the same in a plainer way.
"""


def rows(records, *names):
    """Return the values of stored fields: a tuple for each record, in their order.

    A many2one gives its id, and what is empty gives None. Rights are those of ``records``.

    :param names: of plain columns, neither translated nor dependent on the company
    """
    ids = records._ids
    caches = []
    for name in names:
        field = records._fields[name]
        if field.compute:
            field.recompute(records)
        caches.append(field._get_cache(records.env))
    if any(_missing(ids, cache) for cache in caches):
        records.fetch(names)
        for name, cache in zip(names, caches, strict=True):
            for record in records.browse(_missing(ids, cache)):
                record[name]  # it is not stored yet, or not there
    return list(zip(*(map(cache.__getitem__, ids) for cache in caches), strict=True))


def _missing(ids, cache):
    return [id_ for id_ in ids if id_ not in cache]


def column(records, name):
    """Return the values of one field, as :func:`rows` does."""
    return [value for (value,) in rows(records, name)]


def pick(records, keep, *names):
    """Return those of ``records`` for whose values, see :func:`rows`, ``keep`` is true."""
    return records.browse(
        id_ for id_, row in zip(records._ids, rows(records, *names), strict=True) if keep(*row)
    )


def split(records, name):
    """Return ``{record: those of records that point at it}`` by a many2one."""
    found = {}
    for id_, value in zip(records._ids, column(records, name), strict=True):
        found.setdefault(value, []).append(id_)
    target = records.env[records._fields[name].comodel_name]
    return {target.browse(value): records.browse(ids) for value, ids in found.items()}

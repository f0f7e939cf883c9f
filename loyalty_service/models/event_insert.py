from math import isfinite

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..append_only import refuse
from ..bulk import insert, is_storable, reserve_ids

# Types of fields whose values go into a column as they are, one by one.
PLAIN = {
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "integer",
    "many2one",
    "many2one_reference",
    "monetary",
    "selection",
    "text",
}
# Defaults that are the same for all events of one call.
SHARED_DEFAULTS = {"date", "user_id", "company_id"}

# What an event says has happened. The database refuses to change these.
FIXED_COLUMNS = (
    "id",
    "type_id",
    "company_id",
    "date",
    "amount",
    "value",
    "origin",
    "res_model",
    "res_id",
    "reversal_of_id",
    "lineage_id",
)


class Event(models.Model):
    """How thousands of events are written: what the ORM does row by row is done column by column.

    ``create`` itself stays the ORM's, with its rights, defaults, inverses and constraints. A
    field that another addon adds and that needs more than a plain column takes the ORM's way.
    """

    _inherit = "loyalty.service.event"

    def init(self):
        """Have the database keep what an event says, as it keeps the points that follow from it.

        Whose it is follows when companies merge, and who was there, and what was said, may have
        to be forgotten for the sake of a person. For the same reason an event may be deleted in
        the database, unless points, or another event, stand on it: those references refuse it.
        """
        columns = SQL(", ").join(SQL.identifier(column) for column in FIXED_COLUMNS)
        refuse(
            self.env,
            self._table,
            "loyalty_service_event_append_only",
            SQL("TRUNCATE OR UPDATE OF %s", columns),
        )

    @api.model
    def _check_vals_storable(self, vals):
        """Refuse what Python takes for a number or a text, and PostgreSQL does not."""
        for key, value in vals.items():
            if isinstance(value, str) and not is_storable(value):
                raise ValidationError(
                    self.env._("“%s” has a character that cannot be stored.", key)
                )
            if value and key in ("amount", "value") and not self._is_number(value):
                raise ValidationError(self.env._("“%s” must be a number that makes sense.", key))

    @api.model
    def _is_number(self, value):
        try:
            return isfinite(float(value))
        except (TypeError, ValueError, OverflowError):
            return False

    def _prepare_create_values(self, vals_list):
        """Complete the dicts, with one look at the defaults for all that name the same fields."""
        if any(field.precompute for field in self._fields.values()):
            return super()._prepare_create_values(vals_list)
        result, missing = [], {}
        for vals in vals_list:
            names = frozenset(vals)
            if names not in missing:
                [complete] = super()._prepare_create_values([vals])
                missing[names] = (
                    {name: value for name, value in complete.items() if name not in names},
                    names - set(complete),
                    [
                        name
                        for name in complete
                        if name not in names | SHARED_DEFAULTS and self._fields[name].default
                    ],
                )
            added, refused, own = missing[names]
            complete = {**added, **vals}
            if own:
                # Such a default may be another one for each record.
                complete |= self.default_get(own)
            for name in refused:
                del complete[name]
            result.append(complete)
        return result

    def _create(self, data_list):
        """Insert events in one statement, however many they are."""
        names = list(dict.fromkeys(name for data in data_list for name in data["stored"]))
        if not all(self._is_plain(self._fields[name]) for name in names):
            return super()._create(data_list)
        columns, caches = {}, {}
        for name in names:
            if name == "write_uid":
                continue  # nobody ever changes an event, and the reference costs with every row
            values = [data["stored"].get(name) for data in data_list]
            columns[name], caches[name] = self._convert_column(self._fields[name], values)
        ids = reserve_ids(self.env, self._table, len(data_list))
        records = self.browse(ids)
        insert(self, {"id": ids, **columns})
        self._cache_created(records, caches)
        for data, record in zip(data_list, records, strict=True):
            data["record"] = record
        with self.env.protecting([(data["protected"], data["record"]) for data in data_list]):
            records.modified(self._fields, create=True)
        records._validate_fields(names)
        records.check_access("create")
        return records

    def _is_plain(self, field):
        return (
            field.type in PLAIN
            and field.column_type
            and not field.translate
            and not field.company_dependent
        )

    def _convert_column(self, field, values):
        """Return what goes into the column and what into the cache; equal values once."""
        column, cache = {}, {}
        for value in self._distinct(field, values):
            column[value] = field.convert_to_column_insert(value, self, {})
            cache[value] = field.convert_to_cache(value, self)
        return [column[value] for value in values], [cache[value] for value in values]

    def _distinct(self, field, values):
        try:
            return set(values)
        except TypeError as error:
            raise ValueError(f"Invalid value for {field}") from error

    def _cache_created(self, records, caches):
        """Put new records in the cache, as the ORM does, column by column."""
        for field in self._fields.values():
            if not field.store or field.name == "id":
                continue
            if field.type in ("one2many", "many2many"):
                values = [()] * len(records)
            else:
                values = caches.get(field.name) or [None] * len(records)
            field._insert_cache(records, values)
            if field.type == "many2one" and self.pool.field_inverses[field]:
                by_value = {}
                for record, value in zip(records, values, strict=True):
                    by_value.setdefault(value, []).append(record.id)
                for value, ids in by_value.items():
                    field._update_inverses(self.browse(ids), value)

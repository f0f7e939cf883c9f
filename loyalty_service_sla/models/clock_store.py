from odoo import models
from odoo.tools import SQL


class Clock(models.Model):
    """How the states of clocks get into the table: many at once."""

    _inherit = "loyalty.service.sla.clock"

    def _store(self, states, times, **extra):
        """Write what the engine says about the clocks in ``self``, as far as it is new.

        In one statement for all of them: a stage is written on thousands of tickets at once.

        :param dict states: ``{clock: engine.Clock}``
        :param dict times: ``{calendar id: WorkingTime}``
        :param extra: ``{field: value}`` or ``{field: {clock: value}}`` to be written as well
        """
        rows = {}
        for clock in self:
            values = self._prepare_values(states[clock], times)
            for name, value in extra.items():
                values[name] = (
                    value.get(clock, clock[name].id) if isinstance(value, dict) else value
                )
            if any(
                (clock[name].id if self._fields[name].relational else clock[name]) != value
                for name, value in values.items()
            ):
                rows[clock] = values
        if rows:
            self.browse(clock.id for clock in rows)._write_rows(list(rows.values()))

    def _write_rows(self, rows):
        """Write a dict of values, of the same fields each, to each record of ``self``."""
        names = list(rows[0])
        self.flush_recordset(names)
        columns = {
            name: [
                None if row[name] is False and field.type != "boolean" else row[name]
                for row in rows
            ]
            for name, field in ((name, self._fields[name]) for name in names)
        }
        self.env.cr.execute(
            SQL(
                "UPDATE %(table)s AS clock SET %(set)s, write_uid = %(uid)s, write_date = %(now)s"
                " FROM (SELECT unnest(%(ids)s) AS id, %(new)s) AS new WHERE clock.id = new.id",
                table=SQL.identifier(self._table),
                set=SQL(", ").join(
                    SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name)) for name in names
                ),
                new=SQL(", ").join(
                    SQL(
                        "unnest(%s::%s[]) AS %s",
                        column,
                        SQL.identifier(self._fields[name].column_type[0]),
                        SQL.identifier(name),
                    )
                    for name, column in columns.items()
                ),
                ids=self.ids,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.invalidate_recordset([*names, "write_uid", "write_date"], flush=False)
        self.modified(names)

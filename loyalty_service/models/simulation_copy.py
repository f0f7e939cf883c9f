from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError


def _is_text(value):
    """Tell whether a value is a text in several languages."""
    return isinstance(value, dict)


def _differ(one, other):
    """Tell whether two values differ; of texts, in a language in which both are known."""
    if _is_text(one) and _is_text(other):
        return any(one[code] != other[code] for code in one.keys() & other.keys())
    return one != other


class SimulationCopy(models.AbstractModel):
    """A copy of a rule or a tier, to be changed in a simulation.

    ``_original`` names the field with the real record, ``_copied`` the fields that are copied.
    ``enabled`` stands for ``active`` of the original.
    """

    _name = "loyalty.service.simulation.copy"
    _description = "Copy in a Simulation"

    _original = ""
    _copied = ()
    _shown = ()

    simulation_id = fields.Many2one(
        "loyalty.service.simulation", required=True, index=True, ondelete="cascade"
    )
    enabled = fields.Boolean(string="On", default=True)
    copied_values = fields.Json(
        readonly=True, help="What the real record said when it was last copied."
    )
    change_text = fields.Text(string="Change", compute="_compute_change_text")

    @api.model_create_multi
    def create(self, vals_list):
        copies = super().create(vals_list)
        copies._learn_names()
        copies._follow()
        return copies

    def _learn_names(self):
        """Have copies say in all languages what their originals say, where they say the same."""
        for copy in self.filtered(self._original):
            original = copy[self._original]
            for name in self._translated():
                if copy[name] == original[name]:
                    self._write_values(copy, {name: self._in_all_languages(original, name)})

    @api.model
    def _translated(self):
        return [name for name in self._copied if self._fields[name].translate]

    @api.model
    def _in_all_languages(self, record, name):
        """Return ``{code of the language: text}``; of a record in a form, in that of the form."""
        if not record.id:
            return {self.env.lang or "en_US": record[name]}
        return {
            code: record.with_context(lang=code)[name]
            for code, _name in self.env["res.lang"].get_installed()
        }

    @api.model
    def _write_values(self, record, values):
        """Write values as :meth:`_read_values` returns them, of a text each language's own."""
        record.write({name: value for name, value in values.items() if not _is_text(value)})
        for name, texts in values.items():
            for code, text in texts.items() if _is_text(texts) else ():
                told = record.with_context(lang=code)
                if text and told[name] != text:
                    told[name] = text

    @api.model
    def _prepare_copy(self, original):
        """Return the values of the copy of a real record."""
        values = {
            name: original[name].id if original._fields[name].type == "many2one" else original[name]
            for name in self._copied
        }
        return {**values, self._original: original.id, "enabled": original.active}

    def _read_values(self, record):
        """Return ``{name: value}`` of a copy or of a real record, as JSON keeps values."""
        values = {}
        for name in self._copied:
            if name in self._translated():
                values[name] = self._in_all_languages(record, name)
                continue
            value = record[name]
            if isinstance(value, models.BaseModel):
                value = value.id
            elif isinstance(value, date):
                value = fields.Date.to_string(value)
            values[name] = value
        values["enabled"] = record.enabled if record._name == self._name else record.active
        return values

    def _start(self):
        """Return the values with which the copy started, before anybody changed it here."""
        self.ensure_one()
        return self.copied_values or self._read_values(self[self._original])

    def _differences(self):
        """Return the names of the fields that were changed here."""
        start = self._start()
        values = self._read_values(self)
        return [name for name, value in values.items() if _differ(value, start.get(name, value))]

    def _follow(self):
        """Take over what the real records say by now, but for what was changed here."""
        for copy in self.filtered(self._original):
            now = copy._read_values(copy[self._original])
            if copy.copied_values == now:
                continue
            mine = copy._differences()
            values = copy._read_values(copy)
            behind = {
                name: value
                for name, value in now.items()
                if name not in mine and _differ(value, values[name])
            }
            self._write_values(copy, behind)
            copy.copied_values = now

    @api.depends(lambda self: self._change_depends())
    @api.depends_context("lang")
    def _compute_change_text(self):
        for copy in self:
            copy.change_text = copy._change_text()

    def _change_depends(self):
        if not self._original:
            return ["enabled"]
        mine = [*self._copied, "enabled", "copied_values", self._original]
        return mine + [f"{self._original}.{name}" for name in (*self._copied, "active")]

    def _change_text(self):
        if not self[self._original]:
            return self.env._("New")
        start, changed = self._start(), self._differences()
        if "enabled" in changed and not self.enabled:
            return self.env._("Switched off")
        told = []
        for name in changed:
            label = self._fields[name]._description_string(self.env)
            if name in self._shown:
                before, after = self._show(name, start[name]), self._show(name, self[name])
                told.append(f"{label}: {before} → {after}")
            else:
                told.append(label)
        return "\n".join(told) or False

    def _show(self, name, value):
        """Return a value as people read it."""
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        if isinstance(value, float):
            return f"{value:g}"
        if self._fields[name].type == "selection":
            return dict(self._fields[name]._description_selection(self.env)).get(value, "-")
        return str(value)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_copies(self):
        if self.env.context.get("simulation_reset"):
            return
        if self.filtered(self._original):
            raise UserError(
                self.env._("What is in force now cannot be left out here. Switch it off instead.")
            )

    def _apply(self):
        """Change the real records as the copies were changed, and in nothing else."""
        self._write_originals(
            [(copy[self._original], copy._changes()) for copy in self if copy[self._original]]
        )
        for copy in self:
            if not copy[self._original] and copy.enabled:
                original = copy[self._original].create(copy._prepare_original())
                texts = {name: self._in_all_languages(copy, name) for name in self._translated()}
                self._write_values(original, texts)
                copy[self._original] = original
        self._follow()

    def _changes(self):
        """Return the values to write to the real record."""
        values = self._read_values(self)
        return {
            "active" if name == "enabled" else name: values[name] for name in self._differences()
        }

    @api.model
    def _write_originals(self, changes):
        """Write ``[(real record, values)]``."""
        for original, values in changes:
            if values:
                self._write_values(original, values)

    def _prepare_original(self):
        """Return the values of the real record that a new copy becomes."""
        self.ensure_one()
        values = {
            name: self[name].id if self._fields[name].type == "many2one" else self[name]
            for name in self._copied
        }
        return {**values, "program_id": self.simulation_id.program_id.id}

from odoo import api, fields, models
from odoo.exceptions import UserError


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
    change_text = fields.Char(string="Change", compute="_compute_change_text")

    @api.model
    def _prepare_copy(self, original):
        """Return the values of the copy of a real record."""
        values = {
            name: original[name].id if original._fields[name].type == "many2one" else original[name]
            for name in self._copied
        }
        return {**values, self._original: original.id, "enabled": original.active}

    def _differences(self):
        """Return the names of the fields in which the copy differs from the real record."""
        self.ensure_one()
        original = self[self._original]
        names = [name for name in self._copied if self[name] != original[name]]
        return names + ["enabled"] * (self.enabled != original.active)

    @api.depends(lambda self: self._change_depends())
    @api.depends_context("lang")
    def _compute_change_text(self):
        for copy in self:
            copy.change_text = copy._change_text()

    def _change_depends(self):
        if not self._original:
            return ["enabled"]
        mine = [*self._copied, "enabled", self._original]
        return mine + [f"{self._original}.{name}" for name in (*self._copied, "active")]

    def _change_text(self):
        original = self[self._original]
        if not original:
            return self.env._("New")
        if not self.enabled and original.active:
            return self.env._("Switched off")
        told = []
        for name in self._differences():
            label = self._fields[name]._description_string(self.env)
            if name in self._shown:
                told.append(f"{label}: {self._show(original, name)} → {self._show(self, name)}")
            else:
                told.append(label)
        return ", ".join(told) or False

    def _show(self, record, name):
        """Return a value as people read it."""
        value = record[name]
        if isinstance(value, models.BaseModel):
            return value.display_name or "-"
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
        """Make the real records what the copies are."""
        for copy in self:
            original = copy[self._original]
            if not original:
                if copy.enabled:
                    copy[self._original] = original.create(copy._prepare_original())
                continue
            values = {
                name: copy[name].id if self._fields[name].type == "many2one" else copy[name]
                for name in copy._differences()
            }
            if "enabled" in values:
                values["active"] = values.pop("enabled")
            if values:
                original.write(values)

    def _prepare_original(self):
        """Return the values of the real record that a new copy becomes."""
        self.ensure_one()
        values = {
            name: self[name].id if self._fields[name].type == "many2one" else self[name]
            for name in self._copied
        }
        return {**values, "program_id": self.simulation_id.program_id.id}

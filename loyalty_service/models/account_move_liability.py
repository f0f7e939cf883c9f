from odoo import fields, models


class AccountMove(models.Model):
    """An entry that brings what is owed to clients of a points programme up to date."""

    _inherit = "account.move"

    loyalty_liability_program_id = fields.Many2one(
        "loyalty.program",
        string="Points Programme",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    # Not computed: nearly all entries of a firm are none of these, and need not be looked at.
    loyalty_liability_undone = fields.Boolean(
        readonly=True,
        copy=False,
        help="A posted entry reverses this one, so that its day may be booked again.",
    )

    _loyalty_liability_unique = models.UniqueIndex(
        "(loyalty_liability_program_id, company_id, date) "
        "WHERE loyalty_liability_program_id IS NOT NULL AND state != 'cancel' "
        "AND loyalty_liability_undone IS NOT TRUE",
        "The liability of this points programme has been booked for this day already.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals or "reversed_entry_id" in vals:
            self._note_liability_undone()
        return result

    def _note_liability_undone(self):
        """Have the entries that ``self`` reverses say whether they are undone."""
        entries = reversing = self.reversed_entry_id
        while reversing := reversing.reversed_entry_id - entries:
            entries |= reversing
        for entry in entries.filtered("loyalty_liability_program_id"):
            undone = entry._is_undone()
            if entry.loyalty_liability_undone != undone:
                entry.loyalty_liability_undone = undone

    def _is_undone(self):
        """Return whether a posted entry reverses this one that is not undone itself."""
        self.ensure_one()
        return any(
            move.state == "posted" and not move._is_undone() for move in self.reversal_move_ids
        )

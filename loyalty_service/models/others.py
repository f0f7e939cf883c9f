from functools import partial

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, ormcache

MANAGER = "loyalty_service.group_loyalty_manager"


class Others(models.AbstractModel):
    """Records of programmes of which some keep a ledger of points, and others do not.

    Managers of Client Loyalty have rights on them for the former. Gift cards, wallets and codes
    are money, and for who sells. A record rule cannot say so: the rules of several groups add up,
    and where another group has rights and no rule, that of the managers would bind it, too.
    """

    _name = "loyalty.service.others"
    _description = "Records of Programmes with a Ledger and Without"

    # What decides which programme a record belongs to.
    _belongs_by = {"program_id"}

    def _check_access(self, operation):
        refused = super()._check_access(operation)
        if refused or operation == "read" or not any(self._ids):
            return refused
        if self._granted_elsewhere(operation):
            return None
        others = self.browse(self._ids_of_others())
        return (others, partial(self._others_error)) if others else None

    def _ids_of_others(self):
        """Return ids of the records that the rights of our managers are not about."""
        # sudo: whether a ledger is kept is asked for whatever somebody wants to write.
        return self.sudo().filtered(lambda record: not record._keeps_ledger()).ids

    def _keeps_ledger(self):
        return self.program_id.service_points

    @api.model
    def _others_error(self):
        return AccessError(
            self.env._(
                "Managers of Client Loyalty look after programmes with a ledger of points. Cards, "
                "rewards and codes of other programmes are for who sells."
            )
        )

    @api.model
    @ormcache("self.env.uid", "self._name", "operation")
    def _granted_elsewhere(self, operation):
        """Tell whether the user has the right by more than being our manager."""
        manager = self.env.ref(MANAGER)
        groups = set(self.env.user._get_group_ids())
        if manager.id not in groups:
            return True
        self.env["ir.model.access"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1
                  FROM ir_model_access access
                  JOIN ir_model model ON model.id = access.model_id
                 WHERE model.model = %s AND access.active AND access.%s
                   AND (access.group_id IS NULL OR access.group_id IN %s)
                 LIMIT 1
                """,
                self._name,
                SQL.identifier(f"perm_{operation}"),
                tuple(groups - {manager.id}) or (None,),
            )
        )
        return bool(rows)

    def write(self, vals):
        result = super().write(vals)
        if self._belongs_by & set(vals):
            # It may be another one's now.
            self.check_access("write")
        return result

"""Sales receipts are paid like invoices: those from before are recorded, and give nothing yet."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.misc import split_every

BATCH = 500


def migrate(cr, version):
    """Record receipts while the rules that would reward them rest.

    A running programme gives what its manager decided. Who wants them rewarded presses “Reward
    Past Events” on the rule.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    rules = env["loyalty.service.earning.rule"].search(
        [("event_type_id.kind", "in", ("payment", "invoice"))]
    )
    since = {rule: rule.running_since for rule in rules}
    rules.active = False
    receipts = env["account.move"].search(
        [("move_type", "=", "out_receipt"), ("state", "=", "posted")], order="invoice_date, id"
    )
    for ids in split_every(BATCH, receipts.ids):
        receipts.browse(ids)._loyalty_sync()
        env.flush_all()
        # What is recorded again of those receipts is no new business: they came before the rules.
        cr.execute(
            SQL(
                "UPDATE loyalty_service_event SET is_backlog = TRUE "
                "WHERE res_model = 'account.move' AND res_id IN %s",
                tuple(ids),
            )
        )
    rules.active = True
    # Nobody has changed them.
    for rule, moment in since.items():
        rule.running_since = moment
    env["loyalty.service.event"].invalidate_model(["is_backlog"])

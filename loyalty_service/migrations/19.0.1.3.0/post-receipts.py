"""Sales receipts are paid like invoices: those from before are recorded, and give nothing yet."""

from datetime import timedelta

from odoo import SUPERUSER_ID, api
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
    rules.active = False
    receipts = env["account.move"].search(
        [("move_type", "=", "out_receipt"), ("state", "=", "posted")], order="invoice_date, id"
    )
    for ids in split_every(BATCH, receipts.ids):
        receipts.browse(ids)._loyalty_sync()
    env.flush_all()
    rules.active = True
    # What is recorded again of those receipts is no new business: they came before the rules.
    rules.running_since = cr.now() + timedelta(seconds=1)

"""An objection is no warning: its activity is shown by its own name in lists."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    kind = env.ref("loyalty_service.mail_activity_type_contest", raise_if_not_found=False)
    if kind and kind.decoration_type == "warning":
        kind.decoration_type = False

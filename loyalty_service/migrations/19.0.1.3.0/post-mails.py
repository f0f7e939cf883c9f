"""The mails about rewards go to who receives the reward, in its language and by its name."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

TEMPLATES = ("mail_template_redemption_delivered", "mail_template_redemption_cancelled")
OLD_TO = "{{ object.contact_id.id or object.partner_id.id }}"
OLD_LANG = "{{ object.contact_id.lang or object.partner_id.lang }}"
OLD_NAME = "object.contact_id.name or object.partner_id.name or ''"


def migrate(cr, version):
    """Mend what nobody has changed; the words that the firm chose stay."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in TEMPLATES:
        template = env.ref(f"loyalty_service.{name}", raise_if_not_found=False)
        if not template:
            continue
        if template.partner_to == OLD_TO:
            template.partner_to = "{{ object._receiver().id }}"
        if template.lang == OLD_LANG:
            template.lang = "{{ object._receiver().lang }}"
        template.flush_recordset()
        # In all languages at once.
        cr.execute(
            SQL(
                "UPDATE mail_template SET body_html = "
                "replace(body_html::text, %s, %s)::jsonb WHERE id = %s",
                OLD_NAME,
                "object._receiver().name or ''",
                template.id,
            )
        )
        template.invalidate_recordset()

"""The mails about rewards and objections go to one receiver, in its language and by its name."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

NEW_TO = "{{ object._receiver().id }}"
OLD_LANG = "{{ object.contact_id.lang or object.partner_id.lang }}"
OLD_NAME = "object.contact_id.name or object.partner_id.name or ''"
REWARD = (
    "{{ object.contact_id.id or object.partner_id.id }}",
    "{{ object._receiver().lang }}",
    "object._receiver().name or ''",
)
# What each of them said of its receiver, and says now: of the language and of the name.
TEMPLATES = {
    "mail_template_redemption_delivered": REWARD,
    "mail_template_redemption_cancelled": REWARD,
    "mail_template_contest_answer": (
        "{{ object.contact_id.id if object.contact_id.email "
        "else object.client_id.mail_partner_id.id }}",
        "{{ object._receiver().lang or object.partner_id.lang }}",
        "object._receiver().name or object.partner_id.name or ''",
    ),
}
# What was said of the points of every reward that was cancelled, in the words that came with it.
CANCELLED = "mail_template_redemption_cancelled"
RETURNED = (
    "The points that it cost are back on your account.",
    "所花费的积分已退回您的账户。",
    "所花費的點數已退回您的帳戶。",
)
OLD_TAG = "'discount'\\\">"
NEW_TAG = '\'discount\'\\" t-out=\\"object._returned_text()\\">'


def migrate(cr, version):
    """Mend what nobody has changed; the words that the firm chose stay."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, (old_to, new_lang, new_name) in TEMPLATES.items():
        template = env.ref(f"loyalty_service.{name}", raise_if_not_found=False)
        if not template:
            continue
        if template.partner_to == old_to:
            template.partner_to = NEW_TO
        if template.lang == OLD_LANG:
            template.lang = new_lang
        template.flush_recordset()
        # In all languages at once.
        cr.execute(
            SQL(
                "UPDATE mail_template SET body_html = "
                "replace(body_html::text, %s, %s)::jsonb WHERE id = %s",
                OLD_NAME,
                new_name,
                template.id,
            )
        )
        for words in RETURNED if name == CANCELLED else ():
            cr.execute(
                SQL(
                    "UPDATE mail_template SET body_html = "
                    "replace(body_html::text, %s, %s)::jsonb WHERE id = %s",
                    OLD_TAG + words,
                    NEW_TAG + words,
                    template.id,
                )
            )
        template.invalidate_recordset()

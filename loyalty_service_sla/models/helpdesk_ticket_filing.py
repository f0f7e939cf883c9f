from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..ticket_types import EMERGENCY


class HelpdeskTicket(models.Model):
    """What clients file in the portal."""

    _inherit = "helpdesk.ticket"

    loyalty_filing_ids = fields.One2many(
        "loyalty.service.sla.filing", "ticket_id", groups="base.group_system"
    )

    @api.model
    def _loyalty_get_open_emergency(self, firm, company):
        """Return the emergency of a client that is open already, where one at a time is told."""
        if not company.loyalty_one_emergency:
            return self.browse()
        return self.search(
            [
                ("commercial_partner_id", "=", firm.id),
                ("company_id", "=", company.id),
                ("loyalty_ticket_type", "=", EMERGENCY),
                ("closed", "=", False),
            ],
            order="id",
            limit=1,
        )

    def _loyalty_join(self, author, subject, description, attachments=()):
        """Add what was filed as another ticket to this one, as a message of its client.

        :param attachments: ``[(name, content)]``
        """
        self.ensure_one()
        self.message_subscribe(partner_ids=author.ids)
        return self.message_post(
            body=Markup("<p><strong>%s</strong></p>%s") % (subject, plaintext2html(description)),
            author_id=author.id,
            attachments=list(attachments),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class SaleOrder(models.Model):
    """What orders agree with the client, told before and after they are confirmed."""

    _inherit = "sale.order"

    loyalty_renewed_text = fields.Char(compute="_compute_loyalty_renewed_text")

    @api.depends(
        "partner_id",
        "company_id",
        "state",
        "date_order",
        "order_line.product_id",
        "order_line.product_uom_qty",
        "order_line.price_subtotal",
    )
    @api.depends_context("lang")
    def _compute_loyalty_renewed_text(self):
        """Say of a quotation for what has a follow-up already that it adds one more term."""
        for order in self:
            told = []
            if order.state in ("draft", "sent"):
                for line, previous, values in order.order_line._loyalty_terms():
                    if previous.state == "planned" and previous.date_end:
                        told.append(order._loyalty_again_text(line, previous, values))
            order.loyalty_renewed_text = " ".join(told) or False

    def _loyalty_again_text(self, line, previous, values):
        said = {
            "service": line.product_id.name,
            "until": format_date(self.env, previous.date_end),
            "start": format_date(self.env, values["date_start"]),
            "end": format_date(self.env, values["date_end"]),
        }
        if previous.renews_id:
            return self.env._(
                "“%(service)s” is renewed already until %(until)s. Confirming adds another term, "
                "from %(start)s to %(end)s.",
                **said,
            )
        return self.env._(
            "“%(service)s” is agreed already until %(until)s. Confirming adds another term, from "
            "%(start)s to %(end)s.",
            **said,
        )

    def _loyalty_tell_agreement(self, agreement):
        """Note in the chatter which agreement the order has made, for which time."""
        self.ensure_one()
        lang = self.company_id._loyalty_lang(self.user_id)
        said = {
            # By its name it is known; the link is for who may read agreements.
            "agreement": agreement.with_context(lang=lang)._get_html_link(),
            "start": format_date(self.env, agreement.date_start, lang_code=lang),
            "end": format_date(self.env, agreement.date_end, lang_code=lang),
        }
        told = (
            _lt("Agreement renewed: %(agreement)s, from %(start)s to %(end)s.", **said)
            if agreement.renews_id
            else _lt("Agreement made: %(agreement)s, from %(start)s to %(end)s.", **said)
        )
        self._message_log(body=told._translate(lang))

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class SaleOrder(models.Model):
    """What orders agree with the client, told before and after they are confirmed."""

    _inherit = "sale.order"

    loyalty_agreed_text = fields.Char(compute="_compute_loyalty_agreed_text")
    loyalty_renewed_text = fields.Char(compute="_compute_loyalty_agreed_text")

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
    def _compute_loyalty_agreed_text(self):
        """Say of a quotation what confirming it agrees, for which time and how much a month.

        That there is a follow-up already, so that it adds one more term, is told as a warning.
        """
        for order in self:
            agreed, again = [], []
            if order.state in ("draft", "sent"):
                for line, previous, values in order.order_line._loyalty_terms():
                    if previous.state == "planned" and previous.date_end:
                        again.append(order._loyalty_again_text(line, previous, values))
                    else:
                        agreed.append(order._loyalty_agreement_text(line, previous, values))
            order.loyalty_agreed_text = " ".join(agreed) or False
            order.loyalty_renewed_text = " ".join(again) or False

    def _loyalty_say_term(self, start, end, monthly_amount, lang=None):
        """Return how a term is told, by the names that texts about it have for these."""
        env = self.with_context(lang=lang).env if lang else self.env
        return {
            "start": format_date(env, start),
            "end": format_date(env, end),
            "amount": format_amount(env, monthly_amount, self.company_id.currency_id),
        }

    def _loyalty_say_line(self, line, values):
        return {
            "service": line.product_id.name,
            **self._loyalty_say_term(
                values["date_start"], values["date_end"], values["monthly_amount"]
            ),
        }

    def _loyalty_agreement_text(self, line, previous, values):
        said = self._loyalty_say_line(line, values)
        if previous:
            return self.env._(
                "Confirming renews “%(service)s” from %(start)s to %(end)s, %(amount)s a month.",
                **said,
            )
        return self.env._(
            "Confirming agrees “%(service)s” from %(start)s to %(end)s, %(amount)s a month.",
            **said,
        )

    def _loyalty_again_text(self, line, previous, values):
        said = {
            "until": format_date(self.env, previous.date_end),
            **self._loyalty_say_line(line, values),
        }
        if previous.renews_id:
            return self.env._(
                "“%(service)s” is renewed already until %(until)s. Confirming adds another term, "
                "from %(start)s to %(end)s, %(amount)s a month.",
                **said,
            )
        return self.env._(
            "“%(service)s” is agreed already until %(until)s. Confirming adds another term, from "
            "%(start)s to %(end)s, %(amount)s a month.",
            **said,
        )

    def _loyalty_tell_agreement(self, agreement):
        """Note in the chatter which agreement the order has made, for which time."""
        text = (
            _lt("Agreement renewed: %(agreement)s, from %(start)s to %(end)s, %(amount)s a month.")
            if agreement.renews_id
            else _lt(
                "Agreement made: %(agreement)s, from %(start)s to %(end)s, %(amount)s a month."
            )
        )
        # By its name it is known; the link is for who may read agreements.
        self._loyalty_note_agreement(
            agreement, text, lambda title: agreement._get_html_link(title=title)
        )

    def _loyalty_tell_withdrawn(self, agreement):
        """Note in the chatter that an agreement which the order had made is no more."""
        self._loyalty_note_agreement(
            agreement, _lt("Agreement taken back: %(agreement)s, from %(start)s to %(end)s.")
        )

    def _loyalty_note_agreement(self, agreement, text, show=str):
        """Post ``text`` about an agreement, in the language of who sells.

        :param text: made by ``LazyTranslate``, with the names that are filled in here
        :param show: function from the name of the agreement to what stands for it
        """
        self.ensure_one()
        lang = self.company_id._loyalty_lang(self.user_id)
        service = agreement.product_id.with_context(lang=lang).name or agreement.name
        said = {
            "agreement": show(service),
            **self._loyalty_say_term(
                agreement.date_start, agreement.date_end, agreement.monthly_amount, lang
            ),
        }
        self._message_log(body=Markup(text._translate(lang)) % said)

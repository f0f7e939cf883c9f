from odoo.http import request, route

from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty
from odoo.addons.portal.controllers.portal import pager as portal_pager

HISTORY_STEP = 15


class CustomerPortal(CustomerPortalLoyalty):
    """What a client sees of its loyalty: its own company's, in the current company, only."""

    def _own_client_sudo(self):
        """Return the loyalty record of the visitor's company, or none."""
        # sudo: portal users have no right on loyalty records; exactly the one of their own
        # company in the current company (of the website, where there is one) is read.
        return (
            request.env["loyalty.service.client"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", request.env.user.partner_id.commercial_partner_id.id),
                    ("company_id", "=", request.env.company.id),
                ],
                limit=1,
            )
        )

    def _own_ledger_card_sudo(self, card_id):
        """Return the card if it is the points account of the visitor's company."""
        return self._own_client_sudo().card_id.filtered(lambda card: card.id == int(card_id))

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "loyalty_client_count" in counters:
            values["loyalty_client_count"] = len(self._own_client_sudo())
        if not counters:
            # Core looks for cards of the visitor; the account belongs to the visitor's company.
            card_sudo = self._own_client_sudo().card_id
            if card_sudo.active and card_sudo.program_id.active:
                values["cards_per_programs"][card_sudo.program_id] = card_sudo
        return values

    @route(
        ["/my/loyalty", "/my/loyalty/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_loyalty(self, page=1, **_kwargs):
        client_sudo = self._own_client_sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "loyalty",
            "client": client_sudo,
        }
        if client_sudo:
            pager = portal_pager(
                url="/my/loyalty",
                total=client_sudo._history_count(),
                page=page,
                step=HISTORY_STEP,
            )
            values |= {
                **client_sudo._prepare_portal_values(),
                "pager": pager,
                "lines": client_sudo._history(limit=HISTORY_STEP, offset=pager["offset"]),
            }
        return request.render("loyalty_service.portal_my_loyalty", values)

    @route("/my/loyalty/statement", type="http", auth="user", website=True, readonly=True)
    def portal_my_loyalty_statement(self, **_kwargs):
        client_sudo = self._own_client_sudo()
        if not client_sudo:
            return request.redirect("/my/loyalty")
        # Who downloads it reads it: in the language of the visitor.
        request.update_context(loyalty_service_statement_lang=request.env.lang)
        return self._show_report(
            client_sudo, "pdf", "loyalty_service.client_statement", download=True
        )

    @route()
    def portal_my_loyalty_card_history(self, card_id, page=1, sortby="date", **kw):
        if self._own_ledger_card_sudo(card_id):
            return request.redirect("/my/loyalty")
        return super().portal_my_loyalty_card_history(card_id, page=page, sortby=sortby, **kw)

    @route()
    def portal_get_card_history_values(self, card_id):
        card_sudo = self._own_ledger_card_sudo(card_id)
        if not card_sudo:
            return super().portal_get_card_history_values(card_id)
        return self._own_client_sudo()._prepare_portal_card_values()

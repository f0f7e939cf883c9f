from odoo import models


class MergePartner(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Make one client of several: one loyalty record, one points account, one history."""
        client_partner = dst_partner.commercial_partner_id
        self._merge_loyalty_clients(src_partners - client_partner, client_partner)
        self._merge_loyalty_accounts(src_partners - client_partner, client_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: see below; the same clients.
        clients_sudo = self.env["loyalty.service.client"].sudo()
        clients_sudo = clients_sudo.search([("partner_id", "=", client_partner.id)])
        clients_sudo._after_merge()
        return result

    def _merge_loyalty_clients(self, src_partners, dst_partner):
        # sudo: who may merge contacts merges all that is known of them; only the loyalty
        # records of these very contacts are touched.
        Client_sudo = self.env["loyalty.service.client"].sudo().with_context(active_test=False)
        old = Client_sudo.search([("partner_id", "in", src_partners.ids)])
        for company, clients in old.grouped("company_id").items():
            client = Client_sudo._ensure(dst_partner, company)
            # A client has one score a day: the absorbed ones' say nothing of the client that is
            # left.
            Snapshot_sudo = self.env["loyalty.service.health.snapshot"].sudo()
            Snapshot_sudo.search([("client_id", "in", clients.ids)]).unlink()
            self._update_foreign_keys_generic(Client_sudo._name, clients, client)
            self.env.invalidate_all()
            client._compute_agreement()
            clients.unlink()

    def _merge_loyalty_accounts(self, src_partners, dst_partner):
        # sudo: as above, for the points accounts of these contacts.
        Card_sudo = self.env["loyalty.card"].sudo().with_context(tracking_disable=True)
        old = Card_sudo.search(
            [("service_points", "=", True), ("partner_id", "in", src_partners.ids)]
        )
        for program, cards in old.grouped("program_id").items():
            card = Card_sudo._ensure_service_cards(dst_partner, program)[dst_partner]
            points = {old_card.code: old_card._format_points(old_card.points) for old_card in cards}
            card._absorb(
                cards,
                lambda others, one: self._update_foreign_keys_generic(Card_sudo._name, others, one),
            )
            for code, held in points.items():
                card.message_post(
                    body=self.env._("Took over card %(code)s with %(held)s.", code=code, held=held)
                )

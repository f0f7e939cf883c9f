from odoo import models
from odoo.tools import SQL


class Client(models.Model):
    """Two clients that turn out to be one: contacts that are merged, or a company that becomes
    a contact of another."""

    _inherit = "loyalty.service.client"

    def _join_partners(self, others, partner):
        """Hand over to ``partner`` all that is known of the clients ``others``, for good.

        One loyalty record per company, one points account with every lot as it is, one history.
        Call :meth:`_after_join` when all that refers to the partners is in its place.

        :param others: partners that have been clients of their own, or not
        :param partner: commercial partner
        """
        others -= partner
        self._join_events(others, partner)
        self._join_clients(others, partner)
        self._join_accounts(others, partner)

    def _after_join(self, partner):
        """Read again what follows from the history that ``partner`` took over."""
        # sudo: who may change contacts changes all that follows from them; these clients only.
        clients_sudo = self.sudo().with_context(active_test=False)
        clients_sudo = clients_sudo.search([("partner_id", "=", partner.id)])
        # What is kept of the partner beside the records that name the client.
        clients_sudo.modified(["partner_id"])
        clients_sudo._after_merge()

    def _join_events(self, others, partner):
        """Have the events and agreements of ``others`` be those of ``partner``.

        The events say who of the client it was: the one that they were recorded of.
        """
        self.env["loyalty.service.event"].flush_model()
        self.env["loyalty.service.agreement"].flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_event
                   SET partner_id = %(partner)s, contact_id = COALESCE(contact_id, partner_id)
                 WHERE partner_id IN %(others)s
             RETURNING id
                """,
                partner=partner.id,
                others=tuple(others.ids) or (0,),
            )
        )
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_agreement SET partner_id = %(partner)s
                 WHERE partner_id IN %(others)s
             RETURNING id
                """,
                partner=partner.id,
                others=tuple(others.ids) or (0,),
            )
        )
        self.env.invalidate_all()

    def _join_clients(self, others, partner):
        # sudo: as in _after_join, for the loyalty records of these very contacts.
        Client_sudo = self.sudo().with_context(active_test=False)
        old = Client_sudo.search([("partner_id", "in", others.ids)])
        for company, clients in old.grouped("company_id").items():
            client = Client_sudo._ensure(partner, company)
            # A client has one score a day: the absorbed ones' say nothing of the client that is
            # left.
            Snapshot_sudo = self.env["loyalty.service.health.snapshot"].sudo()
            Snapshot_sudo.search([("client_id", "in", clients.ids)]).unlink()
            # Nor two rhythms of one channel: they are found again in the events of both.
            clients.rhythm_ids.unlink()
            # Nor can it have two tiers that were given, or object twice at a time.
            self.env["loyalty.service.tier.override"].sudo()._keep_one(clients + client)
            self.env["loyalty.service.tier.contest"].sudo()._keep_one(clients + client)
            clients._close_review()
            self._repoint(clients, client)
            self.env.invalidate_all()
            client._compute_agreement()
            clients.unlink()

    def _join_accounts(self, others, partner):
        # sudo: as above, for the points accounts of these contacts.
        Card_sudo = self.env["loyalty.card"].sudo().with_context(tracking_disable=True)
        old = Card_sudo.search([("service_points", "=", True), ("partner_id", "in", others.ids)])
        for program, cards in old.grouped("program_id").items():
            card = Card_sudo._ensure_service_cards(partner, program)[partner]
            points = {old_card.code: old_card._format_points(old_card.points) for old_card in cards}
            card._absorb(cards, self._repoint)
            company = card.company_id or self.env.company
            told = self.with_context(lang=company._loyalty_lang(partner.user_id))
            for code, held in points.items():
                card.message_post(
                    body=told.env._("Took over card %(code)s with %(held)s.", code=code, held=held)
                )

    def _repoint(self, records, record):
        """Have all that refers to ``records`` refer to ``record``, as Odoo does it in a merge."""
        # sudo: core's helper of the merge; the records are those of the contacts that join.
        Merge_sudo = self.env["base.partner.merge.automatic.wizard"].sudo()
        Merge_sudo._update_foreign_keys_generic(record._name, records, record)

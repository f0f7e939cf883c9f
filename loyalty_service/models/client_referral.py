import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import referral

TOKEN_BYTES = 24  # 192 bits: nobody guesses one
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Client(models.Model):
    """A client that recommends the firm: its link, and what it has sent."""

    _inherit = "loyalty.service.client"

    referral_token = fields.Char(
        default=lambda self: self._new_referral_token(),
        readonly=True,
        copy=False,
        groups="base.group_system",
    )
    referral_asked = fields.Datetime(readonly=True, copy=False)
    referral_ids = fields.One2many("loyalty.service.referral", "referrer_client_id")
    referral_count = fields.Integer(compute="_compute_referral_count", string="Referrals")
    referral_url = fields.Char(
        compute="_compute_referral_url",
        string="Referral Link",
        help="Who opens it is asked for a company to contact. Empty while it is closed.",
    )

    _referral_token_unique = models.UniqueIndex(
        "(referral_token) WHERE referral_token IS NOT NULL", "A link belongs to one client."
    )

    @api.model
    def _new_referral_token(self):
        return secrets.token_urlsafe(TOKEN_BYTES)

    def _init_column(self, column_name):
        """Give each client that was there before a link of its own."""
        if column_name != "referral_token":
            return super()._init_column(column_name)
        [(ids,)] = self.env.execute_query(
            SQL("SELECT COALESCE(array_agg(id), '{}') FROM loyalty_service_client")
        )
        if ids:
            self.env.execute_query(
                SQL(
                    """
                    UPDATE loyalty_service_client client
                       SET referral_token = fresh.token
                      FROM (VALUES %s) AS fresh (id, token)
                     WHERE client.id = fresh.id
                 RETURNING client.id
                    """,
                    SQL(", ").join(SQL("(%s, %s)", id_, self._new_referral_token()) for id_ in ids),
                )
            )
        return None

    def _compute_referral_count(self):
        counts = dict(
            self.env["loyalty.service.referral"]._read_group(
                [("referrer_client_id", "in", self.ids)], ["referrer_client_id"], ["__count"]
            )
        )
        for client in self:
            client.referral_count = counts.get(client, 0)

    def _compute_referral_url(self):
        # sudo: staff see the link, which they may pass on, and not the bare token.
        for client, client_sudo in zip(self, self.sudo(), strict=True):
            token = client_sudo.referral_token
            open_ = client.company_id._loyalty_referral_program().referral_active
            base = client.company_id.sudo().get_base_url()
            client.referral_url = f"{base}/refer/{token}" if token and open_ else False

    # ------------------------------------------------------------------
    # The link
    # ------------------------------------------------------------------

    @api.model
    def _by_referral_token(self, token):
        """Return the client of an open link, or none: whatever the cause, nobody is told.

        The link of a client that became part of another one leads to that one.
        """
        if not token or not TOKEN.fullmatch(token):
            return self.browse()
        # sudo: who has the token may see that this client recommends the firm.
        client_sudo = self.sudo().search([("referral_token", "=", token)], limit=1)
        if not client_sudo:
            link_sudo = self.env["loyalty.service.referral.link"].sudo()
            client_sudo = link_sudo.search([("token", "=", token)], limit=1).client_id
        if not client_sudo.referral_token or not client_sudo.company_id._loyalty_offers_referrals():
            return self.browse()
        return client_sudo

    def _renew_referral_link(self):
        """Replace the links by new ones."""
        self.env["loyalty.service.referral"].check_access("write")
        self._forget_merged_links()
        # sudo: the one field; the user may change referrals.
        for client_sudo in self.sudo():
            client_sudo.referral_token = self._new_referral_token()

    def _close_referral_link(self):
        """Close the links, until they are renewed."""
        self.env["loyalty.service.referral"].check_access("write")
        self._forget_merged_links()
        # sudo: as above.
        self.sudo().referral_token = False

    def _forget_merged_links(self):
        """Close the links that came with other clients, too: somebody misuses one of them."""
        # sudo: as above, of these clients.
        self.env["loyalty.service.referral.link"].sudo().search(
            [("client_id", "in", self.ids)]
        ).unlink()

    # ------------------------------------------------------------------
    # Invitations by the client itself, or by who opened its link
    # ------------------------------------------------------------------

    def _invite(self, values):
        """Note an invitation that comes through a page, once however often it is sent.

        Two forms at once wait for each other, by the moment that is written on the client: each
        counts the other towards the limit of the day.

        :param dict values: of the referral, among them its ``source`` and ``submission``
        :raise UserError: the limit of the day is reached
        """
        self.ensure_one()
        self.referral_asked = fields.Datetime.now()
        self.flush_recordset(["referral_asked"])
        Referral = self.env["loyalty.service.referral"]
        known = Referral.search(
            [
                ("referrer_client_id", "=", self.id),
                ("submission", "=", values["submission"]),
            ]
        )
        if known:
            return known
        self._check_referral_limit(values)
        return Referral.create({**values, "referrer_client_id": self.id})

    def _check_referral_limit(self, values):
        program = self.company_id._loyalty_referral_program()
        by_link = values["source"] == "link"
        today = self.company_id._loyalty_moment(self.company_id._loyalty_day())
        domain = [("source", "=", values["source"]), ("date", ">=", today)]
        Referral = self.env["loyalty.service.referral"]
        limit = program.referral_link_limit if by_link else program.referral_daily_limit
        sent = Referral.search_count([("referrer_client_id", "=", self.id), *domain])
        if by_link and values.get("ip_hash") and program.referral_daily_limit:
            # One visitor may not use up the link, nor go from link to link.
            visitor = Referral.search_count(
                [
                    ("ip_hash", "=", values["ip_hash"]),
                    ("company_id", "=", self.company_id.id),
                    *domain,
                ]
            )
            if visitor >= program.referral_daily_limit:
                limit = sent = visitor
        if limit and sent >= limit:
            raise UserError(
                self.env._("That is all for today. Please come back tomorrow, or call us.")
            )

    # ------------------------------------------------------------------
    # Clients that turn out to be one
    # ------------------------------------------------------------------

    def _join_clients(self, others, partner):
        """Have the links of clients that go lead to the one that stays."""
        # sudo: as in the method that this extends; the links of these very clients.
        Client_sudo = self.sudo().with_context(active_test=False)
        old = Client_sudo.search(
            [("partner_id", "in", others.ids), ("referral_token", "!=", False)]
        )
        open_links = [(client.company_id, client.referral_token) for client in old]
        result = super()._join_clients(others, partner)
        self.env["loyalty.service.referral.link"].sudo().create(
            [
                {"client_id": Client_sudo._ensure(partner, company).id, "token": token}
                for company, token in open_links
            ]
        )
        return result

    def _join_partners(self, others, partner):
        """Of two rewarded referrals of what is one client now, the first one stays."""
        # sudo: who may merge contacts changes all that follows from them.
        Referral_sudo = self.env["loyalty.service.referral"].sudo()
        rewarded = Referral_sudo.search(
            [("partner_id", "in", (others + partner).ids), ("state", "=", "rewarded")],
            order="date, id",
        )
        for records in rewarded.grouped("company_id").values():
            late = records[1:]
            late._add_findings(
                [
                    (
                        record,
                        "reason",
                        "already_referred",
                        {"partner": records[0].referrer_partner_id, "rival": records[0]},
                    )
                    for record in late
                ]
            )
            late._write_states()
            late._sync_rewards()
            late.flush_recordset()
        result = super()._join_partners(others, partner)
        # Who was recommended is the client that it is now: its payments count on.
        named = Referral_sudo.search([("partner_id", "in", others.ids)])
        named.partner_id = partner
        return result

    def _after_merge(self):
        result = super()._after_merge()
        # sudo: as above.
        Referral_sudo = self.env["loyalty.service.referral"].sudo()
        concerned = Referral_sudo.search(
            [
                ("state", "in", referral.STANDING),
                "|",
                ("referrer_client_id", "in", self.ids),
                ("partner_id", "in", self.partner_id.ids),
            ]
        )
        if concerned:
            concerned._check_partner()
            concerned._follow()
        return result

from odoo import api, fields, models
from odoo.tools import clean_context

from ..actions import open_form
from ..bulk import leave_room, update
from ..columns import column, rows
from ..concurrency import again_if_taken

# Kinds of events in which somebody spoke with the client.
CONTACT_KINDS = ("contact", "meeting")


class Client(models.Model):
    """What the firm knows about a client's loyalty: one record per client and company.

    The figures live here and not on ``res.partner``, since two companies of one database may
    serve the same partner, each with its own programme, and since who may read a partner need
    not be allowed to read its health.
    """

    _name = "loyalty.service.client"
    _description = "Loyalty Client"
    _rec_name = "partner_id"
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    active = fields.Boolean(related="partner_id.active", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        related="partner_id.user_id", string="Account Manager", store=True, index="btree_not_null"
    )
    last_contact_date = fields.Datetime(string="Last Contact", index=True, readonly=True)
    agreement_ids = fields.One2many("loyalty.service.agreement", "client_id")
    has_active_agreement = fields.Boolean(
        string="Under Agreement", compute="_compute_agreement", store=True, index=True
    )
    monthly_amount = fields.Monetary(string="Monthly", compute="_compute_agreement", store=True)
    next_renewal_date = fields.Date(
        string="Next Renewal", compute="_compute_agreement", store=True, index=True
    )
    client_since = fields.Date(compute="_compute_agreement", store=True)

    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A client has one loyalty record per company."
    )

    def init(self):
        """Points, tier and score change with all that happens."""
        leave_room(self)

    @api.depends(
        "agreement_ids.state",
        "agreement_ids.monthly_amount",
        "agreement_ids.date_start",
        "agreement_ids.date_end",
        "agreement_ids.ended_on",
        "agreement_ids.renewed_by_id",
    )
    def _compute_agreement(self):
        for client in self:
            agreements = client.agreement_ids
            running = agreements.filtered(lambda agreement: agreement.state == "active")
            client.has_active_agreement = bool(running)
            client.monthly_amount = sum(running.mapped("monthly_amount"))
            renewable = agreements.filtered(
                lambda agreement: (
                    agreement.state in ("planned", "active")
                    and not agreement.renewed_by_id
                    and not agreement.ended_on
                )
            )
            client.next_renewal_date = min(
                filter(None, renewable.mapped("date_end")), default=False
            )
            begun = agreements.filtered(
                lambda agreement: (
                    agreement.state not in ("draft", "planned")
                    and not (agreement.ended_on and agreement.ended_on < agreement.date_start)
                )
            )
            client.client_since = min(begun.mapped("date_start"), default=False)

    @api.model
    def _ensure(self, partners, company):
        """Return the loyalty records of ``partners`` in ``company``, made where missing.

        Of two transactions that meet a new client at once, the second fails with a concurrency
        error, on which Odoo runs it again.

        :param partners: commercial partners
        """
        # sudo: a client comes into being by what happens with it, whoever recorded that; the
        # record is looked up and made for exactly these partners and this company.
        # Nor do the defaults of that caller decide about it.
        Client_sudo = self.sudo().with_context(clean_context(self.env.context), active_test=False)
        clients = Client_sudo.search_fetch(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)], ["partner_id"]
        )
        known = set(column(clients, "partner_id"))
        missing = partners.browse(id_ for id_ in partners.ids if id_ not in known)
        if missing:
            with again_if_taken(self, self._partner_company_unique):
                clients += Client_sudo.create(
                    [{"partner_id": partner.id, "company_id": company.id} for partner in missing]
                )
        return clients.with_env(self.env)

    def _note_events(self, events):
        """Keep the date of the last contact up to date after ``events`` were recorded."""
        latest, undone = {}, set()
        for kind, partner_id, date, undoes in rows(
            events, "kind", "partner_id", "date", "reversal_of_id"
        ):
            if kind not in CONTACT_KINDS:
                continue
            if undoes:
                undone.add(partner_id)
            else:
                latest[partner_id] = max(latest.get(partner_id, date), date)
        if latest:
            # sudo: derived from an event that the user was allowed to record; one field of the
            # clients of these very events.
            self.sudo()._set_last_contact(latest)
        if undone:
            self.filtered(lambda client: client.partner_id.id in undone)._read_last_contact()

    def _set_last_contact(self, latest):
        """Write the dates of ``{partner id: date of a contact}`` that are the last ones."""
        dates = {
            client_id: latest[partner_id]
            for client_id, (partner_id, known) in zip(
                self.ids, rows(self, "partner_id", "last_contact_date"), strict=True
            )
            if partner_id in latest and (not known or latest[partner_id] > known)
        }
        update(self.browse(dates), {"last_contact_date": list(dates.values())})

    def _read_last_contact(self):
        """Read the date of the last contact out of the ledger, in one query for all."""
        if not self:
            return
        # sudo: see _note_events.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        latest = {
            (partner, company): date
            for partner, company, date in Event_sudo._read_group(
                [
                    *Event_sudo._domain_standing(),
                    ("kind", "in", CONTACT_KINDS),
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ],
                ["partner_id", "company_id"],
                ["date:max"],
            )
        }
        for client_sudo in self.sudo():
            client_sudo.last_contact_date = latest.get(
                (client_sudo.partner_id, client_sudo.company_id), False
            )

    def _after_merge(self):
        """Read again what follows from the history of the clients in ``self``.

        Called once other clients became part of them, or parts of their history were handed
        over: all that belonged to the others is theirs by now. Extend it with set operations.
        """
        self._read_last_contact()

    def _prepare_portal_values(self):
        """Return what the client's page in the portal shows beside the history.

        Each part of the programme adds what its own section needs.
        """
        self.ensure_one()
        return {}

    def _prepare_statement_values(self):
        """Return what the statement shows; each part of the programme adds its own."""
        self.ensure_one()
        return {}

    def get_formview_action(self, access_uid=None):
        """A link to the loyalty record leads to the client, whose form shows it."""
        return self.action_open_partner()

    def action_open_partner(self):
        """Open the client's own form, where its Loyalty tab is."""
        self.ensure_one()
        return open_form(self.partner_id)

    def action_log(self):
        """Open the line that logs a call, chat or visit with the clients, or what all came to."""
        return self.partner_id.action_loyalty_log()

from datetime import timedelta
from hashlib import sha256

from odoo import api, fields, models
from odoo.tools import SQL

from ..ticket_types import EMERGENCY

#: Longer than an hour: so long it is known what a form has filed.
KEPT = timedelta(days=2)
GUARDED = timedelta(hours=1)

#: So many emergencies of a client begin within that time, each of which calls everybody at once;
#: what comes then goes on with the last one.
MOST_EMERGENCIES = 2


class Filing(models.Model):
    """A place in the line of a client firm that files tickets in the portal.

    Two requests of one firm at once want the same place; the database gives it to one of them, and
    Odoo runs the other again, which then sees what the first has filed. So a form that was sent
    twice files once, of two emergencies the second finds the first, and the count is right.
    """

    _name = "loyalty.service.sla.filing"
    _description = "Ticket Filed in the Portal"
    _order = "id desc"
    _rec_name = "ticket_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer(required=True, readonly=True, help="Place in the line of the client.")
    # Only a hash of the form and of what was typed into it.
    form_hash = fields.Char(readonly=True, copy=False)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, index="btree_not_null", ondelete="cascade"
    )

    _place_unique = models.UniqueIndex(
        "(partner_id, company_id, number)", "Somebody else of your firm has just filed a ticket."
    )
    _form_unique = models.UniqueIndex(
        "(form_hash) WHERE form_hash IS NOT NULL", "This form was sent already."
    )

    @api.model
    def _begin_sudo(self, firm, company, form_hash=None):
        """Take the next place for ``firm``, or return what the same form has filed already.

        :return: the filing as superuser, and whether it is new
        """
        # sudo: clients have no right to filings; only the line of the caller's own firm, and the
        # form that it has sent, are looked at.
        filing_sudo = self.sudo()
        filing_sudo.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO loyalty_service_sla_filing
                       (company_id, partner_id, number, form_hash, create_date, create_uid,
                        write_date, write_uid)
                SELECT %(company)s, %(firm)s, COALESCE(MAX(number), 0) + 1, %(form_hash)s,
                       %(now)s, %(user)s, %(now)s, %(user)s
                  FROM loyalty_service_sla_filing
                 WHERE partner_id = %(firm)s AND company_id = %(company)s
           ON CONFLICT DO NOTHING
             RETURNING id
                """,
                company=company.id,
                firm=firm.id,
                form_hash=form_hash,
                now=fields.Datetime.now(),
                user=self.env.uid,
            )
        )
        if rows:
            return filing_sudo.browse(rows[0][0]), True
        return filing_sudo.search([("form_hash", "=", form_hash)], limit=1), False

    def _is_too_many(self, ticket_type=None):
        """Tell whether the client has filed as many as it may within the hour, without this.

        :param ticket_type: count tickets of this type only
        """
        self.ensure_one()
        most = self.company_id.loyalty_filing_limit
        if not most:
            return False
        return self.search_count(self._get_domain_before(ticket_type), limit=most) >= most

    def _get_domain_before(self, ticket_type=None):
        """Return the domain of what the client has filed within the hour, without this."""
        return [
            ("partner_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("create_date", ">", fields.Datetime.now() - GUARDED),
            ("id", "!=", self.id),
            *([("ticket_id.loyalty_ticket_type", "=", ticket_type)] if ticket_type else ()),
        ]

    def _get_last_emergency(self):
        """Return the last emergency of the client if no other one may begin within the hour."""
        self.ensure_one()
        tickets = self.search(self._get_domain_before(EMERGENCY)).ticket_id.sorted("id")
        return tickets[-1:] if len(tickets) >= MOST_EMERGENCIES else tickets.browse()

    @api.model
    def _hash_form(self, *parts):
        """Return what a form and its contents are known by, None for a form without a key."""
        return sha256("\0".join(map(str, parts)).encode()).hexdigest() if parts[0] else None

    @api.autovacuum
    def _gc_filings(self):
        """Forget what no form is sent twice for any more."""
        self.search([("create_date", "<", fields.Datetime.now() - KEPT)]).unlink()

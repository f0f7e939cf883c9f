from odoo import fields, models


class ReferralLink(models.Model):
    """The link of a client that became part of another one.

    It is printed on cards and posters, and leads to whoever the client is by now. Closing or
    replacing the client's link closes these as well.
    """

    _name = "loyalty.service.referral.link"
    _description = "Referral Link of a Merged Client"

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, readonly=True, ondelete="cascade"
    )
    token = fields.Char(required=True, readonly=True)

    _token_unique = models.UniqueIndex("(token)", "A link belongs to one client.")

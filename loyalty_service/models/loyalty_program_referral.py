from odoo import fields, models


class LoyaltyProgram(models.Model):
    """How clients recommend the firm, by programme."""

    _inherit = "loyalty.program"

    referral_active = fields.Boolean(
        string="Clients May Recommend Us",
        default=True,
        help="Clients find a personal link, its QR code and a form in the portal.",
    )
    referral_validity_days = fields.Integer(
        string="Valid for (Days)",
        default=180,
        help="A recommended company has so many days to become a client. 0 sets no limit.",
    )
    referral_invoice_count = fields.Integer(
        string="Paid Invoices",
        default=2,
        help="Both sides are rewarded when so many invoices of the new client are paid and not "
        "credited. Example: with 2, the reward comes with the second paid invoice; if that "
        "payment is taken back, so is the reward, until it is paid again. A change counts for "
        "rewards to come; what has been rewarded keeps the number that it was promised for.",
    )
    referral_min_amount = fields.Float(
        string="Invoice from",
        help="Only invoices of at least this amount count (without taxes, less what was "
        "credited, in the currency of the company).",
    )
    referral_daily_limit = fields.Integer(
        string="Invitations per Client and Day",
        default=5,
        help="Also keeps a client from trying out whom the firm knows. A visitor may answer the "
        "links of clients as often in a day, whichever they are. 0 sets no limit for either.",
    )
    referral_link_limit = fields.Integer(
        string="Answers per Link and Day",
        default=20,
        help="How many companies may answer the link of one client in a day. 0 sets no limit.",
    )
    referral_tell_hours = fields.Integer(
        string="Tell after (Hours)",
        default=48,
        help="That a company is known already, as a client or named by somebody else, is told "
        "to the client who named it only after so many hours, and not which of the two.",
    )
    referral_hold_score = fields.Integer(
        string="Hold from Score",
        default=50,
        help="A referral whose signals add up to this much is not paid before staff release it.",
    )
    referral_keep_months = fields.Integer(
        string="Keep Personal Data (Months)",
        default=12,
        help="So long after a referral was refused, expired or cancelled, its contact details "
        "are deleted. 0 keeps them.",
    )
    referral_ip_days = fields.Integer(
        string="Keep Connections (Days)",
        default=30,
        help="From the internet address of who answers a link only a hash is kept, made with a "
        "secret of this database, for so many days.",
    )

    _referral_numbers_check = models.Constraint(
        "CHECK (referral_validity_days >= 0 AND referral_min_amount >= 0 "
        "AND referral_daily_limit >= 0 AND referral_link_limit >= 0 "
        "AND referral_tell_hours >= 0 AND referral_hold_score >= 0 "
        "AND referral_keep_months >= 0 AND referral_ip_days >= 0)",
        "The numbers of the referral programme cannot be negative.",
    )
    _referral_invoice_check = models.Constraint(
        "CHECK (referral_invoice_count >= 1)",
        "A referral can be rewarded with the first paid invoice at the earliest.",
    )

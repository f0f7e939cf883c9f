from odoo import models


class LoyaltyMail(models.Model):
    _name = "loyalty.mail"
    _inherit = ["loyalty.mail", "loyalty.service.others"]

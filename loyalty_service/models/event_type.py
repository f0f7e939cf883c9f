from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

KINDS = [
    ("contact", "Conversation"),
    ("meeting", "Meeting or visit"),
    ("request", "Request"),
    ("complaint", "Complaint"),
    ("praise", "Praise"),
    ("survey", "Survey"),
    ("invoice", "Invoice"),
    ("payment", "Payment"),
    ("agreement", "Agreement"),
    ("lead", "Opportunity"),
    ("referral", "Referral"),
    ("participation", "Participation"),
    ("gift", "Gift or greeting"),
    ("points", "Points"),
]

SIGNALS = [
    ("none", "Nothing"),
    ("contact", "Contact with the client"),
    ("satisfaction", "Satisfaction (value 0 to 100)"),
    ("nps", "Recommendation (value 0 to 10)"),
    ("complaint", "Complaint"),
    ("praise", "Praise"),
    ("problem", "Service problem"),
    ("request", "Request"),
    ("participation", "Participation"),
    ("advocacy", "Recommendation of the firm to others"),
    ("paid_on_time", "Invoice paid on time"),
    ("paid_late", "Invoice paid late"),
    ("reward", "Reward used"),
]

CHANNELS = [
    ("phone", "Phone"),
    ("wechat", "WeChat"),
    ("email", "E-mail"),
    ("visit", "Visit"),
    ("meeting", "Meeting"),
    ("portal", "Portal"),
    ("survey", "Survey"),
    ("system", "System"),
    ("other", "Other"),
]


class EventType(models.Model):
    _name = "loyalty.service.event.type"
    _description = "Service Event Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Technical name by which other parts of the suite and the API find this type.",
    )
    kind = fields.Selection(KINDS, required=True, default="contact")
    signal = fields.Selection(
        SIGNALS,
        required=True,
        default="none",
        help="What the health score reads from events of this type.",
    )
    channel = fields.Selection(CHANNELS, required=True, default="other", string="Usual Channel")
    manual = fields.Boolean(
        string="Logged by Hand",
        help="Offered when staff log what happened with a client.",
    )
    icon = fields.Char(default="fa-circle-o", help="Font Awesome class of the icon.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Char(translate=True)

    _code_unique = models.Constraint(
        "UNIQUE(code)", "There is already an event type with this technical name."
    )

    @api.model
    def _by_code(self, code):
        """Return the event type with the technical name ``code``, archived or not.

        :raises ValueError: when there is none, which is a mistake in the calling code.
        """
        return self.browse(self._id_by_code(code))

    @api.model
    @ormcache("code")
    def _id_by_code(self, code):
        """Return the id of the type; cached, since bridges ask for it once per record."""
        event_type = self.with_context(active_test=False).search([("code", "=", code)], limit=1)
        if not event_type:
            raise ValueError(f"no service event type has the code {code!r}")
        return event_type.id

    def write(self, vals):
        if "code" in vals:
            if self.filtered(lambda event_type: event_type.code != vals["code"])._is_shipped():
                raise UserError(
                    self.env._("Addons find this type by its technical name, which must stay.")
                )
            self.env.registry.clear_cache()
        result = super().write(vals)
        if {"kind", "signal"} & set(vals):
            self.env["loyalty.service.event"]._follow_types(self)
            # A rule must not come to pay for answers by what its type becomes.
            self.env["loyalty.service.earning.rule"].with_context(active_test=False).search(
                [("event_type_id", "in", self.ids)]
            )._check_filter()
        return result

    def _is_shipped(self):
        """Tell whether an addon brought one of the types, and so looks for it by its code."""
        # sudo: external ids are the system's; only whether there are any is asked.
        return bool(
            self.env["ir.model.data"]
            .sudo()
            .search_count(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("module", "not in", ("__export__", "__import__")),
                ],
                limit=1,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        if self._is_shipped():
            raise UserError(
                self.env._(
                    "Invoices, agreements and other records are recorded by this type. Archive it "
                    "instead."
                )
            )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

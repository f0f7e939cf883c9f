from odoo import api, fields, models

from ..models.survey_trigger import DEFAULT_ANSWER_DAYS, DEFAULT_QUIET_DAYS


class SurveySend(models.TransientModel):
    """Ask chosen clients a survey, now or on a day."""

    _name = "loyalty.service.survey.send"
    _description = "Send a Survey to Clients"

    survey_id = fields.Many2one(
        "survey.survey",
        required=True,
        domain="[('loyalty_feeds', '=', True)]",
        default=lambda self: self._active_ids("survey.survey")[:1],
    )
    client_ids = fields.Many2many(
        "loyalty.service.client",
        string="Clients",
        required=True,
        default=lambda self: self._active_ids("loyalty.service.client"),
    )
    wave = fields.Char(
        required=True,
        default=lambda self: fields.Date.to_string(fields.Date.context_today(self)),
        help="Under this name the answers are compared later. Nobody is asked twice in a wave.",
    )
    date_due = fields.Datetime(string="Send On", required=True, default=fields.Datetime.now)
    quiet_days = fields.Integer(
        default=DEFAULT_QUIET_DAYS,
        help="Who was sent any survey within so many days before is left out. 0 leaves nobody out.",
    )
    answer_days = fields.Integer(
        string="Days to Answer", default=DEFAULT_ANSWER_DAYS, required=True
    )
    client_count = fields.Integer(compute="_compute_client_count")

    @api.depends("client_ids")
    def _compute_client_count(self):
        for wizard in self:
            wizard.client_count = len(wizard.client_ids)

    @api.model
    def _active_ids(self, model_name):
        """Return the records that the dialog was opened on, if they are of this model."""
        context = self.env.context
        chosen = context.get("active_ids") if context.get("active_model") == model_name else ()
        return self.env[model_name].browse(chosen or ())

    def action_send(self):
        """Plan the wave and show it."""
        self.ensure_one()
        invitations = self.survey_id._loyalty_invite(
            self.client_ids,
            date=self.date_due,
            wave=self.wave,
            quiet_days=self.quiet_days,
            answer_days=self.answer_days,
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_survey.survey_invitation_action"
        )
        return {
            **action,
            "display_name": self.env._("Wave: %s", self.wave),
            "domain": [("id", "in", invitations.ids)],
            "context": {},
        }

from datetime import timedelta

from odoo import api, fields, models

from ..engine.sampling import is_sampled

STALE_AFTER = timedelta(days=7)
"""An event whose survey was due longer ago than this is history that somebody imports or
catches up on; the client is not asked about it any more."""

DEFAULT_QUIET_DAYS = 30
DEFAULT_ANSWER_DAYS = 30


class SurveyTrigger(models.Model):
    """After such an event, ask such a survey."""

    _name = "loyalty.service.survey.trigger"
    _description = "Survey Trigger"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    # A code and not a link, since the type may come with an addon that is not installed.
    event_code = fields.Char(
        required=True,
        index=True,
        help="Technical name of the type of event. Types come with addons: as long as there "
        "is no type of this name, the trigger waits.",
    )
    event_type_id = fields.Many2one(
        "loyalty.service.event.type",
        compute="_compute_event_type_id",
        inverse="_inverse_event_type_id",
    )
    event_name = fields.Char(string="After", compute="_compute_event_type_id")
    survey_id = fields.Many2one(
        "survey.survey", required=True, index=True, ondelete="cascade", string="Ask"
    )
    delay_days = fields.Integer(
        string="Delay", help="0 asks at once; the mail leaves within minutes."
    )
    sampling_percent = fields.Float(
        string="Sample",
        default=100.0,
        digits=(5, 1),
        help="Share of such events after which the client is asked, in percent.",
    )
    quiet_days = fields.Integer(
        default=DEFAULT_QUIET_DAYS,
        help="Nobody is asked who was sent any survey within so many days, or was asked about the "
        "same by another mail, such as whether a ticket is solved. 0 asks always.",
    )
    answer_days = fields.Integer(
        string="Days to Answer",
        default=DEFAULT_ANSWER_DAYS,
        required=True,
        help="After so many days the link no longer works.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-mail",
        domain=[("model", "=", "loyalty.service.survey.invitation")],
        ondelete="set null",
        help="The text around the link. Without one, the usual invitation is sent.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Without a company, the trigger holds for all of them."
    )
    invitation_count = fields.Integer(compute="_compute_invitation_count")

    _delay_check = models.Constraint(
        "CHECK (delay_days >= 0)", "A survey cannot be due before its event."
    )
    _sampling_check = models.Constraint(
        "CHECK (sampling_percent BETWEEN 0 AND 100)", "The sample is a share from 0 to 100 %."
    )
    _quiet_check = models.Constraint(
        "CHECK (quiet_days >= 0)", "The quiet days cannot be negative."
    )
    _answer_days_check = models.Constraint(
        "CHECK (answer_days > 0)", "People need at least a day to answer."
    )

    @api.depends("event_code")
    def _compute_event_type_id(self):
        types = self.env["loyalty.service.event.type"].search(
            [("code", "in", self.mapped("event_code"))]
        )
        by_code = {event_type.code: event_type for event_type in types}
        for trigger in self:
            trigger.event_type_id = by_code.get(trigger.event_code, False)
            trigger.event_name = trigger.event_type_id.name or (
                trigger.event_code and self.env._("%s (waits for its addon)", trigger.event_code)
            )

    @api.onchange("event_type_id")
    def _inverse_event_type_id(self):
        for trigger in self.filtered("event_type_id"):
            trigger.event_code = trigger.event_type_id.code

    def _compute_invitation_count(self):
        counts = dict(
            self.env["loyalty.service.survey.invitation"]._read_group(
                [("trigger_id", "in", self.ids)], ["trigger_id"], ["__count"]
            )
        )
        for trigger in self:
            trigger.invitation_count = counts.get(trigger, 0)

    # ------------------------------------------------------------------
    # Listening to events
    # ------------------------------------------------------------------

    @api.model
    def _fire(self, events):
        """Invite the clients of the new ``events`` as the triggers say.

        The number of queries depends on neither the events nor the triggers.

        :return: the new invitations
        """
        Invitation = self.env["loyalty.service.survey.invitation"]
        triggers = self.search([("event_code", "in", events.type_id.mapped("code"))])
        if not triggers:
            return Invitation
        events = events.filtered(lambda event: not event.reversal_of_id)
        pairs = [
            (trigger, event) for trigger in triggers for event in events if trigger._catches(event)
        ]
        if not pairs:
            return Invitation
        caught = self.env["loyalty.service.event"].union(*(event for _trigger, event in pairs))
        clients = {
            (client.partner_id, client.company_id): client
            for client in self.env["loyalty.service.client"].search(
                [
                    ("partner_id", "in", caught.partner_id.ids),
                    ("company_id", "in", caught.company_id.ids),
                ]
            )
        }
        unnamed = caught.filtered(lambda event: not event.contact_id)
        contacts = unnamed.partner_id._loyalty_survey_contacts(unnamed.company_id)
        return Invitation._schedule(
            [
                {
                    "trigger_id": trigger.id,
                    "event_id": event.id,
                    "client_id": clients[event.partner_id, event.company_id].id,
                    "contact_id": (
                        event.contact_id or contacts[event.partner_id, event.company_id]
                    ).id,
                    "survey_id": trigger.survey_id.id,
                    "date_due": trigger._due(event),
                    "quiet_days": trigger.quiet_days,
                    "answer_days": trigger.answer_days,
                    "mail_template_id": trigger.mail_template_id.id,
                }
                for trigger, event in pairs
                if (event.partner_id, event.company_id) in clients
            ]
        )

    def _catches(self, event):
        """Tell whether ``event`` calls for this survey."""
        self.ensure_one()
        return (
            self.event_code == event.type_id.code
            and (not self.company_id or self.company_id == event.company_id)
            and self._due(event) >= fields.Datetime.now() - STALE_AFTER
            and is_sampled(f"{self._name},{self.id}:{event.id}", self.sampling_percent)
        )

    def _due(self, event):
        self.ensure_one()
        return event.date + timedelta(days=self.delay_days)

    def action_view_invitations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_survey.survey_invitation_action"
        )
        return {**action, "domain": [("trigger_id", "=", self.id)], "context": {}}

from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.loyalty_service import letters
from odoo.addons.loyalty_service.batch import do_claimed, work_off

from .survey_trigger import DEFAULT_ANSWER_DAYS, DEFAULT_QUIET_DAYS

BATCH_SIZE = 100


class SurveyInvitation(models.Model):
    """One person is asked one survey, once, at its time: planned, sent, answered or why not."""

    _name = "loyalty.service.survey.invitation"
    _description = "Survey Invitation"
    _order = "date_due desc, id desc"
    _rec_name = "contact_id"

    survey_id = fields.Many2one(
        "survey.survey", required=True, index=True, ondelete="cascade", readonly=True
    )
    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="client_id.company_id", store=True, precompute=True, index=True
    )
    contact_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", string="Asked", readonly=True
    )
    trigger_id = fields.Many2one(
        "loyalty.service.survey.trigger",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    event_id = fields.Many2one(
        "loyalty.service.event",
        string="About",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    wave = fields.Char(
        index="btree_not_null",
        readonly=True,
        help="Name of the wave in which many clients were asked the same.",
    )
    date_due = fields.Datetime(required=True, default=fields.Datetime.now, string="Due")
    quiet_days = fields.Integer(
        default=DEFAULT_QUIET_DAYS,
        readonly=True,
        help="Skipped if this person was sent any survey within so many days before, or was asked "
        "about the same by another mail.",
    )
    answer_days = fields.Integer(
        default=DEFAULT_ANSWER_DAYS, readonly=True, string="Days to Answer"
    )
    mail_template_id = fields.Many2one(
        "mail.template", string="E-mail", ondelete="set null", readonly=True
    )
    state = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("skipped", "Skipped"),
            ("failed", "Failed"),
        ],
        required=True,
        default="scheduled",
        index=True,
        readonly=True,
    )
    skip_reason = fields.Selection(
        [
            ("no_email", "No e-mail address"),
            ("refused", "Does not want surveys"),
            ("quiet", "Was asked a short while ago"),
            ("archived", "Contact is archived"),
            ("closed", "Survey is closed or empty"),
            ("undone", "The event was undone"),
            ("cancelled", "Cancelled by hand"),
        ],
        readonly=True,
    )
    failure_type = fields.Selection(
        lambda self: self.env["mail.mail"]._fields["failure_type"]._description_selection(self.env),
        string="Why It Failed",
        readonly=True,
    )
    error = fields.Char(
        string="Details", readonly=True, help="What the mail server or the system said."
    )
    sent_date = fields.Datetime(string="Sent On", readonly=True)
    answered_date = fields.Datetime(string="Answered On", readonly=True)
    user_input_id = fields.Many2one(
        "survey.user_input",
        string="Answer",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    # Joins all attempts at answering this invitation; a secret like the link itself.
    invite_token = fields.Char(readonly=True, copy=False, groups="base.group_system")

    _due_idx = models.Index("(date_due) WHERE state = 'scheduled'")
    _contact_sent_idx = models.Index("(contact_id, sent_date)")
    _invite_token_unique = models.UniqueIndex("(invite_token) WHERE invite_token IS NOT NULL")
    _trigger_event_unique = models.UniqueIndex(
        "(trigger_id, event_id) WHERE trigger_id IS NOT NULL AND event_id IS NOT NULL",
        "This event has been asked about already.",
    )
    _wave_unique = models.UniqueIndex(
        "(survey_id, wave, client_id, contact_id) WHERE wave IS NOT NULL",
        "This person is asked already in this wave.",
    )

    @api.depends("contact_id", "survey_id")
    def _compute_display_name(self):
        for invitation in self:
            invitation.display_name = (
                f"{invitation.survey_id.title} - {invitation.contact_id.display_name}"
            )

    # ------------------------------------------------------------------
    # Planning
    # ------------------------------------------------------------------

    @api.model
    def _schedule(self, vals_list):
        """Plan invitations: the one door, for triggers and for waves.

        Whoever is asked already about the same event or in the same wave is left out.

        :return: the new invitations
        """
        seen = self._known_keys(vals_list)
        fresh = []
        for vals in vals_list:
            key = self._key(vals)
            if key is None or key not in seen:
                seen.add(key)
                fresh.append(vals)
        invitations = self.create(fresh)
        invitations._wake_cron()
        return invitations

    @api.model
    def _key(self, vals):
        """Return what an invitation is unique by, None when by nothing."""
        if vals.get("trigger_id") and vals.get("event_id"):
            return ("event", vals["trigger_id"], vals["event_id"])
        if vals.get("wave"):
            return ("wave", vals["survey_id"], vals["wave"], vals["client_id"], vals["contact_id"])
        return None

    @api.model
    def _known_keys(self, vals_list):
        """Return the keys of the invitations that are there already."""
        keys = [key for key in map(self._key, vals_list) if key]
        by_event = [key for key in keys if key[0] == "event"]
        by_wave = [key for key in keys if key[0] == "wave"]
        known = self.browse()
        if by_event:
            known += self.search([("event_id", "in", [key[2] for key in by_event])])
        if by_wave:
            known += self.search(
                [
                    ("survey_id", "in", list({key[1] for key in by_wave})),
                    ("wave", "in", list({key[2] for key in by_wave})),
                    ("client_id", "in", [key[3] for key in by_wave]),
                ]
            )
        return {
            self._key(
                {
                    name: invitation[name].id
                    for name in ("trigger_id", "event_id", "survey_id", "client_id", "contact_id")
                }
                | {"wave": invitation.wave}
            )
            for invitation in known
        }

    def _wake_cron(self):
        """Have the due invitations in ``self`` sent within a minute."""
        now = fields.Datetime.now()
        cron = self.env.ref("loyalty_service_survey.ir_cron_send", raise_if_not_found=False)
        # Nothing that happens with a client may fail for want of this scheduled action.
        if cron and any(invitation.date_due <= now for invitation in self):
            cron._trigger()

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _due_domain(self):
        return [("state", "=", "scheduled"), ("date_due", "<=", fields.Datetime.now())]

    @api.model
    def _cron_send(self):
        due = self.search(self._due_domain(), order="date_due, id")
        work_off(due, lambda invitations: invitations._send_due(), BATCH_SIZE)

    def _send_due(self):
        """Send those of ``self`` that are still due and that nobody else is sending.

        What cannot be sent is marked so and does not hold up the others.
        """
        do_claimed(
            self,
            lambda invitations: invitations._send(),
            lambda invitations: invitations._still_due(),
            lambda invitation, error: invitation.write(
                {"state": "failed", "failure_type": "unknown", "error": str(error)}
            ),
        )

    def _still_due(self):
        """Return those of ``self`` that are due and of whose contact nobody else is thinking."""
        due = self.filtered_domain(self._due_domain())
        # A person is asked by one worker at a time, or the quiet days would not hold.
        # sudo: the contacts of these very invitations, which are locked and not changed.
        contacts_sudo = due.contact_id.sudo().try_lock_for_update(allow_referencing=True)
        return due.filtered(lambda invitation: invitation.contact_id in contacts_sudo)

    def _send(self):
        """Put the invitations in ``self`` into the mail queue, or say why not."""
        reasons = self._skip_reasons()
        for reason, skipped in self.filtered(reasons.get).grouped(reasons.get).items():
            skipped.write({"state": "skipped", "skip_reason": reason})
        invitations = self.filtered(lambda invitation: invitation not in reasons)
        if not invitations:
            return
        invitations._create_answers()
        invitations.write(
            {
                "state": "sent",
                "sent_date": fields.Datetime.now(),
                "skip_reason": False,
                "failure_type": False,
                "error": False,
            }
        )
        usual = self.env.ref("loyalty_service_survey.mail_template_invitation")
        for template, batch in invitations.grouped(
            lambda invitation: invitation.mail_template_id or usual
        ).items():
            # A message of another type may be read by all who may read the invitation, and
            # in it the link by which to answer as the client.
            letters.send(template, batch, **letters.PERSONAL)

    def _skip_reasons(self):
        """Return ``{invitation: reason}`` for those in ``self`` that must not be sent."""
        reasons = {}
        last_sent = self._last_sent()
        asked = self.event_id._get_asked_dates()
        now = fields.Datetime.now()
        for invitation in self.sorted(lambda invitation: (invitation.date_due, invitation.id)):
            reason = invitation._skip_reason()
            contact = invitation.contact_id
            before = [last_sent.get(contact), asked.get(invitation.event_id)]
            if not reason and invitation.quiet_days and any(before):
                quiet_until = max(filter(None, before)) + timedelta(days=invitation.quiet_days)
                reason = "quiet" if now < quiet_until else None
            if reason:
                reasons[invitation] = reason
            else:
                # Of several that fall due at once, the first one goes out.
                last_sent[contact] = now
        return reasons

    def _skip_reason(self):
        """Return why this invitation must not be sent, None if nothing is against it."""
        self.ensure_one()
        contact, survey = self.contact_id, self.survey_id
        checks = {
            "undone": self.event_id.is_reversed,
            "closed": not survey.active or not survey.question_ids,
            "archived": not contact.active,
            "no_email": not contact.email_normalized,
            "refused": contact.is_blacklisted
            or contact.loyalty_no_survey
            or contact.commercial_partner_id.loyalty_no_survey,
        }
        return next((reason for reason, holds in checks.items() if holds), None)

    def _last_sent(self):
        """Return ``{contact: when it was last sent a survey}``, as far as it matters."""
        since = fields.Datetime.now() - timedelta(days=max(self.mapped("quiet_days"), default=0))
        # sudo: the budget is the contact's, whichever company asked. A mail that was not
        # delivered asked nobody.
        return dict(
            self.sudo()._read_group(
                [
                    ("contact_id", "in", self.contact_id.ids),
                    ("sent_date", ">", since),
                    ("state", "in", ("sent", "answered")),
                ],
                ["contact_id"],
                ["sent_date:max"],
            )
        )

    def _create_answers(self):
        """Give each invitation an empty answer with its personal link.

        One that is sent again keeps the link that it has.
        """
        now = fields.Datetime.now()
        # sudo: answers are made for the contacts of these very invitations; who plans or
        # sends them need not have the rights of the Surveys app.
        UserInput_sudo = (
            self.env["survey.user_input"]
            .sudo()
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
        )
        questions, languages = {}, {}
        for survey in self.survey_id:
            questions[survey] = survey._prepare_user_input_predefined_questions()
            languages[survey] = survey._get_supported_lang_codes()
        to_create = self.sudo().filtered(lambda invitation: not invitation.user_input_id)
        vals_list = []
        for invitation in to_create:
            survey, contact = invitation.survey_id, invitation.contact_id
            chosen = (
                survey._prepare_user_input_predefined_questions()
                if survey.questions_selection == "random"
                else questions[survey]
            )
            lang = contact.lang if contact.lang in languages[survey] else False
            vals_list.append(
                {
                    "survey_id": survey.id,
                    "partner_id": contact.id,
                    "email": contact.email,
                    "nickname": contact.name,
                    "invite_token": UserInput_sudo._generate_invite_token(),
                    "lang_id": lang and self.env["res.lang"]._lang_get(lang).id,
                    "predefined_question_ids": [(6, 0, chosen.ids)],
                    "loyalty_client_id": invitation.client_id.id,
                }
            )
        for invitation, answer in zip(to_create, UserInput_sudo.create(vals_list), strict=True):
            invitation.user_input_id = answer
            invitation.invite_token = answer.invite_token
        for invitation_sudo in self.sudo():
            invitation_sudo.user_input_id.deadline = now + timedelta(
                days=invitation_sudo.answer_days
            )

    def _mark_answered(self, answer):
        """Note that ``answer`` is what came back."""
        self.write(
            {
                "state": "answered",
                "answered_date": answer.end_datetime,
                "user_input_id": answer.id,
            }
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_cancel(self):
        """Do not send what is planned."""
        self.check_access("read")
        # sudo: users may hold back an invitation that they may see, and change nothing else.
        self.sudo().filtered(lambda invitation: invitation.state == "scheduled").write(
            {"state": "skipped", "skip_reason": "cancelled"}
        )
        return True

    def action_retry(self):
        """Plan again what was skipped or failed, to be sent at once."""
        self.check_access("read")
        # sudo: see action_cancel.
        invitations_sudo = self.sudo().filtered(
            lambda invitation: invitation.state in ("skipped", "failed")
        )
        invitations_sudo.write(
            {
                "state": "scheduled",
                "skip_reason": False,
                "failure_type": False,
                "error": False,
                "date_due": fields.Datetime.now(),
            }
        )
        invitations_sudo._wake_cron()
        return True

    def action_open_answer(self):
        """Show what the client answered."""
        self.ensure_one()
        return self.user_input_id.action_loyalty_show()

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .. import letters
from ..concurrency import again_if_taken
from .loyalty_program import MANAGER

# So many days after it was lowered a client can still object.
DAYS_TO_OBJECT = 60
DAYS_TO_ANSWER = 2
# So long the client keeps the tier if nobody says otherwise.
MONTHS_KEPT = 6
# What staff write before they answer.
DRAFT = {"answer", "tier_id", "date_to"}
LONGEST = 2000


class TierContest(models.Model):
    """A client's objection to the loss of a tier, and the firm's answer.

    While it is open the client is not lowered.
    """

    _name = "loyalty.service.tier.contest"
    _description = "Objection to a Tier"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "create_date desc, id desc"
    _rec_name = "client_id"
    # Who reads it may say what is known of the client, for the manager who answers.
    _mail_post_access = "read"

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Company", store=True, index=True
    )
    company_id = fields.Many2one(
        related="client_id.company_id", string="Served by", store=True, index=True
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Written by",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    text = fields.Text(string="What the Client Says", required=True, readonly=True)
    from_tier_id = fields.Many2one(
        "loyalty.service.tier",
        string="Wants to Keep",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    review_date = fields.Date(
        string="Tier Review", readonly=True, help="Empty where the client was lowered already."
    )
    client_tier_id = fields.Many2one(related="client_id.tier_id", string="Has Now")
    state = fields.Selection(
        [("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        required=True,
        default="open",
        readonly=True,
        index=True,
        tracking=True,
    )
    answer = fields.Text(help="The client reads it in the portal and gets it by e-mail.")
    tier_id = fields.Many2one(
        "loyalty.service.tier",
        string="Keeps",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('program_id', '=', program_id)]",
        help="The tier that the client has if the objection is accepted.",
    )
    date_to = fields.Date(
        string="Until",
        help="Last day on which it has this tier. Six months from the day of the objection are "
        "proposed; set another day if you agreed on one.",
    )
    program_id = fields.Many2one(related="from_tier_id.program_id", string="Programme")
    answered_by = fields.Many2one("res.users", readonly=True, index="btree_not_null")
    answered_on = fields.Datetime(readonly=True)
    state_text = fields.Char(compute="_compute_state_text")
    override_ids = fields.One2many("loyalty.service.tier.override", "contest_id")

    _open_unique = models.UniqueIndex(
        "(client_id) WHERE state = 'open'", "This client has objected already."
    )

    def write(self, vals):
        if not self.env.su and (set(vals) & set(self._fields)) - DRAFT - self._social_fields():
            raise UserError(self.env._("Accept or reject the objection instead."))
        if set(vals) & DRAFT and any(contest.state != "open" for contest in self):
            raise UserError(self.env._("This objection has been answered already."))
        return super().write(vals)

    @api.model
    def _social_fields(self):
        """Return what chatter and activities write."""
        return {name for name in self._fields if name.startswith(("message_", "activity_"))}

    # ------------------------------------------------------------------
    # The client objects
    # ------------------------------------------------------------------

    @api.model
    def _open(self, client, text, contact):
        """Record the objection of ``client``; one that is open already is returned instead.

        Of two requests at once the second fails with a concurrency error, on which Odoo runs it
        again: it then finds the first.

        :param contact: who of the client wrote it
        """
        known = self.search([("client_id", "=", client.id), ("state", "=", "open")], limit=1)
        tier, review_date = client._contestable()
        text = (text or "").strip()[:LONGEST]
        if known or not tier or not text:
            return known
        with again_if_taken(self, self._open_unique):
            contest = self.create(
                [
                    {
                        "client_id": client.id,
                        "contact_id": contact.id,
                        "text": text,
                        "from_tier_id": tier.id,
                        "tier_id": tier.id,
                        "review_date": review_date,
                        "date_to": fields.Date.add(
                            client.company_id._loyalty_day(), months=MONTHS_KEPT
                        ),
                    }
                ]
            )
        contest._ask_staff()
        return contest

    def _ask_staff(self):
        """Plan activities: for who decides and, if that is another, for who knows the client."""
        self.ensure_one()
        staff = self.client_id.user_id.filtered(
            lambda user: user.has_group("loyalty_service.group_loyalty_user")
        )
        managers = self.env.ref(MANAGER).all_user_ids
        for user in (staff & managers) or (managers | staff):
            if not user.active or user.share or self.company_id not in user.company_ids:
                continue
            contest = self.with_context(lang=self.company_id._loyalty_lang(user))
            # The activity is the notice; no mail for each manager besides.
            contest.with_context(mail_activity_quick_update=True).activity_schedule(
                "loyalty_service.mail_activity_type_contest",
                summary=contest.env._(
                    "%(client)s objects to losing %(tier)s",
                    client=contest.partner_id.name,
                    tier=contest.from_tier_id.name,
                ),
                note=None
                if user in managers
                else contest.env._("A manager answers. Say below what you know of the client."),
                date_deadline=fields.Date.add(self.company_id._loyalty_day(), days=DAYS_TO_ANSWER),
                user_id=user.id,
            )

    # ------------------------------------------------------------------
    # The firm answers
    # ------------------------------------------------------------------

    def action_accept(self):
        """Let the client have the tier until the day that was set."""
        for contest in self._to_answer():
            if not contest.tier_id or not contest.date_to:
                raise UserError(self.env._("Say which tier the client keeps, and until when."))
            # sudo: state and override are the manager's to decide, which _to_answer has
            # checked; an override of an earlier time gives way.
            contest_sudo = contest.sudo()
            contest_sudo._settle("accepted", self.env.user)
            contest_sudo.client_id.tier_override_ids.filtered(
                lambda override: override.state != "ended"
            ).state = "ended"
            contest_sudo.override_ids.create(
                [
                    {
                        "client_id": contest_sudo.client_id.id,
                        "tier_id": contest_sudo.tier_id.id,
                        "date_from": contest_sudo.company_id._loyalty_day(),
                        "date_to": contest_sudo.date_to,
                        "reason": self.env._("Objection accepted: %s", contest_sudo.answer),
                        "user_id": self.env.user.id,
                        "contest_id": contest_sudo.id,
                    }
                ]
            )
        return True

    def action_reject(self):
        """Leave the tier to what the client earns, and tell it why."""
        # sudo: the state is the system's; _to_answer has checked who decides.
        for contest_sudo in self._to_answer().sudo():
            contest_sudo._settle("rejected", self.env.user)
        return True

    def _to_answer(self):
        """Return those of ``self`` that wait for an answer, locked; refuse who may not give it.

        A second click, or another manager's at the same time, finds nothing to do.
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers decide about tiers."))
        self.check_access("write")
        claimed = self.try_lock_for_update()
        claimed.invalidate_recordset(["state"])
        waiting = claimed.filtered(lambda contest: contest.state == "open")
        for contest in waiting:
            if not (contest.answer or "").strip():
                raise UserError(self.env._("Write the answer that the client will read."))
        return waiting

    def _settle(self, state, user):
        self.write({"state": state, "answered_by": user.id, "answered_on": fields.Datetime.now()})
        self.activity_unlink(["loyalty_service.mail_activity_type_contest"])
        answerable = self.filtered(lambda contest: contest._receiver())
        # The answer is in the portal, too, should somebody have deleted the template.
        template = self.env.ref("loyalty_service.mail_template_contest_answer", False)
        letters.send(template, answerable, **letters.PERSONAL)

    def _receiver(self):
        """Return who gets the answer: who objected or, without an address, who gets such mail."""
        self.ensure_one()
        return self.contact_id if self.contact_id.email else self.client_id.mail_partner_id

    @api.model
    def _keep_one(self, clients):
        """Close all but one of those that ``clients``, who become one client, have open.

        That for the highest tier stays, of equal ones the first. It takes up what was said in
        the others; these get no answer of their own by e-mail, as the one that stays does.
        """
        waiting = self.search(
            [("client_id", "in", clients.ids), ("state", "=", "open")], order="create_date, id"
        )
        ranked = waiting.sorted(lambda contest: -contest.from_tier_id.threshold)
        kept = ranked[:1]
        for contest in ranked[1:]:
            lang = contest.company_id._loyalty_lang(
                contest.contact_id, contest.client_id.mail_partner_id
            )
            reader = contest.with_context(lang=lang)
            contest.write(
                {
                    "state": "rejected",
                    "answered_by": self.env.user.id,
                    "answered_on": fields.Datetime.now(),
                    "answer": reader.env._(
                        "Your companies are one client of ours by now. We answer the other "
                        "objection, and consider there what you say here."
                    ),
                }
            )
            contest.activity_unlink(["loyalty_service.mail_activity_type_contest"])
            firm = contest.with_context(
                lang=contest.company_id._loyalty_lang(contest.client_id.user_id)
            )
            kept.message_post(
                body=firm.env._(
                    "%(client)s had objected as well, and is one client with this one now: "
                    "%(text)s",
                    client=contest.partner_id.name,
                    text=contest.text,
                )
            )
        waiting.flush_recordset(["state"])

    @api.depends("state", "tier_id", "date_to", "review_date")
    @api.depends_context("lang")
    def _compute_state_text(self):
        for contest in self:
            contest.state_text = contest._say_state()

    def _say_state(self):
        """Say in one line how it stands, for the portal and the mail."""
        if self.state == "accepted":
            return self.env._(
                "You keep %(tier)s until %(date)s.",
                tier=self.tier_id.name,
                date=format_date(self.env, self.date_to),
            )
        if self.state == "rejected":
            return self.env._("We could not agree to it this time.")
        if self.review_date:
            return self.env._("We are looking at it. Until we have answered you keep your tier.")
        return self.env._("We are looking at it and will answer you soon.")

    @api.model
    def _first_day_to_object(self, today):
        return today - timedelta(days=DAYS_TO_OBJECT)

from datetime import timedelta
from secrets import token_urlsafe

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, format_date, plaintext2html

from odoo.addons.loyalty_service import letters

from ..links import hash_token, hide, language_prefix
from .escalation_tell import Telling

DISAGREED = "loyalty_service_sla.mail_activity_type_disagreed"
#: So long the link in the mail leads somewhere.
DAYS_TO_ANSWER = 14
LONGEST = 2000

RATINGS = [
    ("1", "Very dissatisfied"),
    ("2", "Dissatisfied"),
    ("3", "Neither"),
    ("4", "Satisfied"),
    ("5", "Very satisfied"),
]


class Complaint(models.Model):
    """What the client says of the solution: by a link in a mail, in the portal, or to staff."""

    _inherit = "loyalty.service.complaint"

    answer = fields.Selection(
        [
            ("confirmed", "Agreed"),
            ("disagreed", "Disagreed"),
            ("lapsed", "No answer"),
        ],
        string="Client's Answer",
        readonly=True,
        index=True,
        tracking=True,
    )
    answer_channel = fields.Selection(
        [("mail", "Link in a mail"), ("portal", "Portal"), ("staff", "Told to staff")],
        string="Answered by",
        readonly=True,
    )
    answer_date = fields.Datetime(string="Answered On", readonly=True)
    answer_comment = fields.Text(string="What the Client Answered")
    answer_until = fields.Datetime(
        string="Can Answer until", readonly=True, help="Until then the link in the mail is open."
    )
    wrote_date = fields.Datetime(
        string="Has Written On",
        readonly=True,
        help="When the client last wrote on the ticket instead of agreeing or disagreeing.",
    )
    rating = fields.Selection(RATINGS, string="Client's Rating", readonly=True, tracking=True)
    rating_value = fields.Integer(
        string="Average Rating",
        compute="_compute_rating_value",
        store=True,
        aggregator="avg",
        help="1 to 5.",
    )
    # Only its hash: who reads the database cannot answer for clients.
    token_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")

    _token_unique = models.UniqueIndex(
        "(token_hash) WHERE token_hash IS NOT NULL", "A link belongs to one complaint."
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("rating"):
            date = vals.get("answer_date") or fields.Datetime.now()
            self.env["loyalty.service.sla.outcome"]._record_rating(
                self.ticket_id, vals["rating"], date
            )
        return result

    @api.depends("rating")
    def _compute_rating_value(self):
        for complaint in self:
            complaint.rating_value = int(complaint.rating or 0)

    def _ask_client(self):
        """Send the client the solution with a link to answer by, which is good for one answer."""
        self.ensure_one()
        self.activity_unlink([DISAGREED])
        token = token_urlsafe(32)
        # sudo: the question goes out by the button, the fields are not written by hand.
        self_sudo = self.sudo()
        self_sudo.write(
            {
                "token_hash": hash_token(token),
                "answer_until": fields.Datetime.now() + timedelta(days=DAYS_TO_ANSWER),
                "answer": False,
                "answer_channel": False,
                "answer_date": False,
                "answer_comment": False,
                "wrote_date": False,
                "rating": False,
            }
        )
        if not self_sudo.contact_id.email:
            self_sudo.message_post(
                body=self_sudo._in_staff_words().env._(
                    "The client has no e-mail address: the question stands in the portal only."
                )
            )
            return
        template = self_sudo.env.ref(
            "loyalty_service_sla.mail_template_complaint_answer", raise_if_not_found=False
        )
        if template:
            prefix = language_prefix(self_sudo.contact_id)
            url = f"{self.get_base_url()}{prefix}/complaint/{token}"
            mails = letters.send(
                template.with_context(loyalty_complaint_url=url),
                self_sudo,
                **self_sudo._prepare_thread(),
            )
            hide(mails, {self_sudo.ticket_id.id: url})

    def _end_links(self):
        """End the links that were sent to a client whose complaint it is no more."""
        for complaint in self.filtered("token_hash"):
            complaint.token_hash = False
            complaint.message_post(
                body=complaint._in_staff_words().env._(
                    "The link that the former client was sent has ended. The client of the ticket "
                    "answers in the portal, or is asked anew."
                )
            )

    def _prepare_thread(self):
        """Return what brings a reply to the mail to the ticket, whose clocks it moves."""
        ticket = self.ticket_id
        people = (self.user_id, self.company_id, self.env.user)
        sender = next((one.email_formatted for one in people if one.email_formatted), False)
        return {
            "model": ticket._name,
            "res_id": ticket.id,
            "reply_to": ticket._notify_get_reply_to(default=sender)[ticket.id],
        }

    @api.model
    def _by_token_sudo(self, token):
        """Return the complaint that waits for the answer by this link, or none."""
        # sudo: whoever has the link may answer; exactly the complaint that it was made for, and
        # only as long as it is open.
        found_sudo = self.sudo().search([("token_hash", "=", hash_token(token))], limit=1)
        return found_sudo.filtered(lambda complaint: complaint._can_answer())

    def _get_client_words(self):
        """Return what the client's pages say: days by the firm's calendar, and the firm's own."""

        def day(name):
            moment = self[name]
            return format_date(self.env, self.company_id._loyalty_day(moment)) if moment else ""

        return {
            "about": self.env._(
                "Your complaint %(number)s of %(date)s",
                number=self.ticket_id.number or "",
                date=day("received_date"),
            ),
            "until": self.env._("You can answer once, until %s.", day("answer_until")),
            "recourse": self.company_id.loyalty_complaint_recourse,
        }

    def _get_client_steps(self):
        """Return ``{state: what the client reads}`` in their order."""
        return {
            "receipt": self.env._("Arrived"),
            "investigation": self.env._("We look into it"),
            "solution": self.env._("We work on a solution"),
            "feedback": self.env._("Your answer"),
            "closed": self.env._("Closed"),
        }

    def _can_answer(self):
        """Tell whether the client is asked, and still may answer."""
        self.ensure_one()
        return bool(
            self.active
            and self.state == "feedback"
            and self.answer_until
            and self.answer_until > fields.Datetime.now()
        )

    def _answer_as_client(self, answer, channel, rating=None, comment=None):
        """Take the client's answer if it is asked for; of two answers at once the first counts.

        :return: whether it was taken
        """
        self.ensure_one()
        # The second waits here, then fails and is run again by Odoo: by then it is too late.
        self.env.execute_query(
            SQL("SELECT id FROM loyalty_service_complaint WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset(["state", "answer_until", "token_hash"])
        if not self._can_answer():
            return False
        self._take_answer(answer, channel, rating, comment)
        return True

    def _take_answer(self, answer, channel, rating=None, comment=None):
        """Close what the client agrees to, and investigate again what it does not."""
        self.ensure_one()
        staff_words = self._in_staff_words()
        if channel == "mail":
            # By a link without a login it is the client all the same.
            self._track_set_author(self.contact_id)
            self.ticket_id._track_set_author(self.contact_id)
        values = {
            "answer_channel": channel,
            "answer_date": fields.Datetime.now(),
            "answer_comment": (comment or "").strip()[:LONGEST] or False,
            "rating": rating if rating in dict(RATINGS) else False,
            "token_hash": False,
            "answer_until": False,
        }
        if answer == "confirmed":
            staff_words._close("confirmed", **values)
            self.activity_unlink([DISAGREED])
        else:
            staff_words._reopen(**values, answer="disagreed")
            self._call_again()
        self._note_answer(answer, self.contact_id if channel == "mail" else None)

    def _call_again(self):
        """Have whoever looks after the ticket know that the client does not agree."""
        self.ensure_one()
        # Who answers by a link is no user, and has no address from which a mail could come.
        caller = self.with_user(SUPERUSER_ID) if self.env.user._is_public() else self
        for user in Telling(self.env, fields.Datetime.now()).get_responsible(self.ticket_id):
            staff = caller.with_context(lang=self.company_id._loyalty_lang(user))
            staff.activity_schedule(
                DISAGREED,
                summary=staff.env._("The client does not agree: investigate again"),
                # Typed by a client: no pictures, and no link that looks like something else.
                note=plaintext2html(self.answer_comment) if self.answer_comment else None,
                date_deadline=fields.Date.context_today(self.with_context(tz=user.tz)),
                user_id=user.id,
            )

    def _in_staff_words(self):
        """Return the complaint in the language of who handles it, else of the firm."""
        self.ensure_one()
        company = self.company_id or self.env.company
        return self.with_context(lang=company._loyalty_lang(self.user_id))

    def _note_answer(self, answer, author=None):
        """Keep each answer in the history: the next one takes its place in the fields.

        In the words of staff, who read it there, and not in those of the client who clicked.

        :param author: who has answered, if not the user
        """
        env = self._in_staff_words().env
        words = dict(self._fields["answer"]._description_selection(env))
        ratings = dict(self._fields["rating"]._description_selection(env))
        parts = [
            env._("Client's answer: %s", words[answer]),
            ratings.get(self.rating),
            self.answer_comment,
        ]
        self.message_post(
            body=" · ".join(filter(None, parts)), author_id=author.id if author else None
        )

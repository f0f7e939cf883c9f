from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import html2plaintext

from ..engine import anonymity

#: What clients read of it.
TEXTS = frozenset({"question", "keywords", "answer"})
#: Where it comes from.
SOURCE = frozenset({"ticket_id", "from_ticket"})


class Answer(models.Model):
    """A question that clients ask again and again, with its answer, for all of them to read.

    Clients have no right to the records. Their pages show what is published in their company,
    and nothing of where it comes from.
    """

    _name = "loyalty.service.sla.answer"
    _description = "Answer for Clients"
    _order = "category_id, sequence, id"
    _rec_name = "question"

    question = fields.Char(required=True, index="trigram", help="As a client would ask it.")
    answer = fields.Html(required=True)
    keywords = fields.Char(
        string="Other Words",
        help="Words that clients use for the same and that the question does not have.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        required=True,
        index=True,
        default=lambda self: self.env.lang or "en_US",
    )
    category_id = fields.Many2one(
        "helpdesk.ticket.category",
        index="btree_not_null",
        ondelete="set null",
        domain="[('company_id', 'in', [False, company_id])]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    published = fields.Boolean(readonly=True, copy=False, index=True)
    published_date = fields.Datetime(string="Published On", readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    original_id = fields.Many2one(
        "loyalty.service.sla.answer",
        string="Translation of",
        index="btree_not_null",
        ondelete="set null",
        domain="[('original_id', '=', False), ('id', '!=', id), ('company_id', '=', company_id)]",
        help="Of the same answer in several languages a client is offered one.",
    )
    translation_ids = fields.One2many("loyalty.service.sla.answer", "original_id")
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Made from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Never shown to clients.",
    )
    from_ticket = fields.Boolean(
        string="Made from a Ticket",
        readonly=True,
        copy=False,
        help="Stays when the ticket is deleted: somebody has to read it before clients do.",
    )
    reviewed = fields.Boolean(
        string="Tells Nothing about the Client",
        copy=False,
        help="Somebody has read it all: neither the question nor the answer tells which client it "
        "was about.",
    )
    mentions = fields.Char(string="Still Mentions", compute="_compute_mentions")
    vote_ids = fields.One2many("loyalty.service.sla.answer.vote", "answer_id", readonly=True)
    helped_count = fields.Integer(string="Helped", compute="_compute_counts", store=True)
    not_helped_count = fields.Integer(string="Did Not Help", compute="_compute_counts", store=True)
    deflected_count = fields.Integer(
        string="Answered without a Ticket",
        compute="_compute_counts",
        store=True,
        help="Clients who were about to write to us, said that this answer helped, and filed "
        "nothing within a day.",
    )

    _no_translation_of_itself = models.Constraint(
        "CHECK(original_id <> id)", "An answer is no translation of itself."
    )

    @api.depends("question", "keywords", "answer", "ticket_id")
    @api.depends_context("uid", "su")
    def _compute_mentions(self):
        """Look for the client of the ticket in what everybody would read.

        Who may not read the ticket is told nothing: one could guess who its client is.
        """
        for answer in self:
            text = " ".join(
                [answer.question or "", answer.keywords or "", html2plaintext(answer.answer or "")]
            )
            ticket = answer.ticket_id
            known = ticket and ticket._origin.has_access("read")
            facts = ticket._loyalty_get_client_facts() if known else []
            answer.mentions = ", ".join(anonymity.mentions(text, facts))

    @api.depends("vote_ids.helped", "vote_ids.spared")
    def _compute_counts(self):
        votes = {
            (answer.id, helped): (number, spared)
            for answer, helped, number, spared in self.env[
                "loyalty.service.sla.answer.vote"
            ]._read_group(
                [("answer_id", "in", self.ids)],
                ["answer_id", "helped"],
                ["__count", "spared:sum"],
            )
        }
        for answer in self:
            answer.helped_count, answer.deflected_count = votes.get((answer.id, True), (0, 0))
            answer.not_helped_count = votes.get((answer.id, False), (0, 0))[0]

    # ------------------------------------------------------------------
    # What is published is seen by all clients
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("published") for vals in vals_list):
            self._check_publisher()
        answers = super().create(
            [{name: vals[name] for name in vals if name != "from_ticket"} for vals in vals_list]
        )
        answers._check_ticket()
        # sudo: where it comes from is noted, and not written by hand.
        answers.filtered("ticket_id").sudo().from_ticket = True
        return answers

    def write(self, vals):
        if "published" in vals:
            self._check_publisher()
        if not self.env.su and SOURCE.intersection(vals):
            raise AccessError(self.env._("Where an answer comes from is not changed."))
        if TEXTS.intersection(vals) and "reviewed" not in vals and not self._may_publish():
            # What was read is not what stands there now. A manager who changes it reads it.
            vals = {**vals, "reviewed": False}
        return super().write(vals)

    def copy(self, default=None):
        """Make copies that come from the same tickets: somebody has to read them, too."""
        copies = super().copy(default)
        # sudo: where it comes from is noted, and not written by hand, also by who may not see the
        # ticket; a copy for another company keeps no more than that there was one.
        for answer_sudo, copied_sudo in zip(self.sudo(), copies.sudo(), strict=True):
            if answer_sudo.from_ticket:
                ticket_sudo = answer_sudo.ticket_id.filtered_domain(
                    [("company_id", "=", copied_sudo.company_id.id)]
                )
                copied_sudo.write({"ticket_id": ticket_sudo.id, "from_ticket": True})
        return copies

    def _check_ticket(self):
        """Refuse a ticket that is not one's own to read.

        Who translates an answer need not see the ticket that the answer was made from.
        """
        for answer in self.filtered("ticket_id"):
            if answer.ticket_id != answer.original_id.ticket_id:
                answer.ticket_id.check_access("read")

    @api.constrains("ticket_id", "company_id")
    def _check_ticket_company(self):
        # sudo: of the ticket only the company is asked.
        for answer in self.sudo().filtered("ticket_id"):
            if answer.ticket_id.company_id != answer.company_id:
                raise ValidationError(self.env._("The ticket belongs to another company."))

    def _check_publisher(self):
        """Only a manager puts something before all clients. Others write drafts."""
        if not self._may_publish():
            raise AccessError(
                self.env._("Only a manager of the service desk or of the programme can do this.")
            )

    @api.model
    def _may_publish(self):
        return self.env.su or self.env.user._loyalty_sla_is_manager()

    @api.constrains("published", "question", "keywords", "answer", "reviewed")
    def _check_tells_nothing(self):
        """What came from a client's ticket is published without the client, and after a look."""
        # sudo: who may not read the ticket would be told of no mentions.
        for answer in self.sudo().filtered(lambda one: one.published and one.from_ticket):
            if answer.mentions:
                raise ValidationError(
                    self.env._(
                        "“%(answer)s” still mentions the client: %(names)s. Take that out first.",
                        answer=answer.question,
                        names=answer.mentions,
                    )
                )
            if not answer.reviewed:
                raise ValidationError(
                    self.env._(
                        "“%s” was made from a client's ticket. Read it all, and tick “Tells "
                        "Nothing about the Client” first.",
                        answer.question,
                    )
                )

    def action_publish(self):
        """Let clients find and read the answers."""
        self.write(
            {
                "published": True,
                "published_date": fields.Datetime.now(),
                "published_by_id": self.env.uid,
            }
        )

    def action_unpublish(self):
        """Take the answers from the clients' pages; they become drafts again."""
        self.write({"published": False})

    def action_translate(self):
        """Open a draft for the same answer in another language."""
        self.ensure_one()
        original = self.original_id or self
        known = {original.lang, *original.translation_ids.mapped("lang")}
        missing = [
            code for code, _name in self.env["res.lang"].get_installed() if code not in known
        ]
        if not missing:
            raise UserError(self.env._("This answer is there in all languages already."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "name": self.env._("Translation"),
            "context": {
                "default_original_id": original.id,
                "default_lang": missing[0],
                "default_question": self.question,
                "default_answer": str(self.answer),
                "default_category_id": self.category_id.id,
                "default_company_id": self.company_id.id,
                "default_ticket_id": self.ticket_id.id,
            },
        }

    def action_view_votes(self):
        """Show who has said whether it helped."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_sla.answer_vote_action"
        )
        return {**action, "domain": [("answer_id", "=", self.id)]}

    def action_view_page(self):
        """Show the answer as clients see it."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/my/answers/{self.id}", "target": "new"}

    # ------------------------------------------------------------------
    # For the pages of the clients
    # ------------------------------------------------------------------

    @api.model
    def _get_offered_domain(self):
        """Return what the reader may be offered: published in one of its companies."""
        return [("published", "=", True), ("company_id", "in", self.env.companies.ids)]

    @api.model
    def _get_offered_sudo(self, domain=(), **options):
        """Return the answers that the reader may see, as superuser."""
        # sudo: clients have no right to the records; only what is published in the reader's own
        # companies is returned, and the pages show nothing of where it comes from.
        return self.sudo().search([*self._get_offered_domain(), *domain], **options)

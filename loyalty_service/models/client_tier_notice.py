from odoo import api, fields, models

from .. import letters

NOTICE = "loyalty_service.mail_activity_type_tier_review"


class Client(models.Model):
    """The client is told before it loses a tier, and can object."""

    _inherit = "loyalty.service.client"

    tier_override_ids = fields.One2many("loyalty.service.tier.override", "client_id")
    tier_contest_ids = fields.One2many("loyalty.service.tier.contest", "client_id")
    tier_notice_id = fields.Many2one(
        "mail.activity",
        string="Notice of the Review",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="What told the account manager of it, at the contact that several firms may share.",
    )
    mail_partner_id = fields.Many2one(
        "res.partner",
        string="Mail goes to",
        compute="_compute_mail_partner_id",
        compute_sudo=True,
        help="The company or, where it has no e-mail address, the first contact that has one.",
    )

    @api.depends(
        "partner_id.email",
        "partner_id.child_ids.email",
        "partner_id.child_ids.type",
        "partner_id.child_ids.is_company",
    )
    def _compute_mail_partner_id(self):
        for client in self:
            # A subsidiary is a client of its own, whose mail is another's.
            contacts = client.partner_id.child_ids.filtered(
                lambda partner: partner.type == "contact" and not partner.is_company
            )
            client.mail_partner_id = next(
                (partner for partner in [client.partner_id, *contacts] if partner.email), False
            )

    # ------------------------------------------------------------------
    # Notice
    # ------------------------------------------------------------------

    def _tell_review(self):
        """Tell the clients in ``self`` of their coming review: one batch of mails, which go out
        by Odoo's queue, and an entry for each account manager.

        Who has no e-mail address finds it in the portal; its account manager is told so.
        """
        if not self:
            return
        # What tells them is data, which somebody may have deleted; the review is due all the same.
        template = self.env.ref("loyalty_service.mail_template_tier_review", False)
        letters.send(template, self.filtered("mail_partner_id"), **letters.PERSONAL)
        activity_type = self.env.ref(NOTICE, raise_if_not_found=False)
        if not activity_type:
            return
        model_id = self.env["ir.model"]._get_id("res.partner")
        vals_list, noticed = [], []
        managed = self.filtered(
            lambda client: (
                client.user_id.active
                and not client.user_id.share
                and client.company_id in client.user_id.company_ids
            )
        )
        for lang, clients in managed._by_lang(lambda client: client.user_id).items():
            for client in clients.with_context(lang=lang):
                noticed.append(client)
                vals_list.append(
                    {
                        "res_model_id": model_id,
                        "res_id": client.partner_id.id,
                        "activity_type_id": activity_type.id,
                        "summary": client.env._("About to lose the tier %s", client.tier_id.name),
                        "note": client._notice_for_staff(),
                        "user_id": client.user_id.id,
                        "date_deadline": client.tier_review_date,
                        "automated": True,
                    }
                )
        # The activity is the notice: a mail for each would flood who has many clients.
        notices = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(vals_list)
        )
        # sudo: the notice is the system's to note, of these very clients.
        for client, notice in zip(noticed, notices, strict=True):
            client.sudo().tier_notice_id = notice

    def _notice_for_staff(self):
        told = self.env._("The client was told: %s", self.review_text)
        if self.mail_partner_id:
            return told
        return self.env._(
            "This client has no e-mail address; it finds it in the portal only: %s",
            self.review_text,
        )

    def _close_review(self):
        """Take back the entries about a review that was called off or is over."""
        # sudo: the notices of these very clients, whoever they were written for.
        self.sudo().tier_notice_id.filtered("active").unlink()

    # ------------------------------------------------------------------
    # Objection
    # ------------------------------------------------------------------

    def _contesting(self):
        """Return those of ``self`` whose objection waits for an answer: they are not lowered."""
        contests = self.env["loyalty.service.tier.contest"].search_fetch(
            [("client_id", "in", self.ids), ("state", "=", "open")], ["client_id"]
        )
        return contests.client_id

    def _contestable(self):
        """Return the tier that the client can object to losing, and the review day of it.

        The tier is empty where there is nothing to object to: no review is set, and it was not
        lowered lately, or that has been answered already.

        :return: ``(tier, date or False)``
        """
        self.ensure_one()
        today = self.company_id._loyalty_day()
        answered = self.tier_contest_ids.filtered(lambda contest: contest.state != "open")
        if self.tier_review_date:
            again = any(contest.review_date == self.tier_review_date for contest in answered)
            return (self.tier_id.browse() if again else self.tier_id), self.tier_review_date
        change = self.tier_change_ids[:1]
        since = self.env["loyalty.service.tier.contest"]._first_day_to_object(today)
        lowered = change.reason in ("lowered", "override_ended") and change._is_down()
        if not lowered or change.date.date() < since:
            return self.tier_id.browse(), False
        again = any(
            contest.from_tier_id == change.from_tier_id and contest.create_date.date() >= since
            for contest in answered
        )
        return (self.tier_id.browse() if again else change.from_tier_id), False

    # ------------------------------------------------------------------
    # Portal
    # ------------------------------------------------------------------

    def _prepare_portal_values(self):
        values = super()._prepare_portal_values()
        tier, _review_date = self._contestable()
        changes = self.tier_change_ids.filtered(lambda change: change.reason != "entered")
        return {
            **values,
            "contest_tier": tier,
            "contests": self.tier_contest_ids[:3],
            "tier_changes": changes[:6],
            "override": self.tier_override_ids.filtered(lambda o: o.state == "running")[:1],
        }

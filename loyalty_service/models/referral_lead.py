from datetime import timedelta

from odoo import SUPERUSER_ID, models
from odoo.tools.translate import LazyTranslate

from ..engine import referral
from .crm_lead_referral import CALLING

_lt = LazyTranslate(__name__)


class Referral(models.Model):
    """The lead that an invitation becomes."""

    _inherit = "loyalty.service.referral"

    def _make_leads(self):
        """Make a lead of each standing invitation that has none, for whoever is to call."""
        if self.env.user._is_public():
            # A visitor has no address that the mail to whoever is to call could come from.
            self = self.with_user(SUPERUSER_ID)  # noqa: PLW0642
        records = self.filtered(
            lambda record: record.state in ("invited", "contacted") and not record.lead_id
        )
        values = {record: record._prepare_lead_values() for record in records}
        # What the chatter of a lead begins with is for who is to call, not for who clicked.
        for lang, part in records.grouped(
            lambda record: record._lead_lang(values[record]["user_id"])
        ).items():
            leads = (
                self.env["crm.lead"]
                .with_context(lang=lang)
                .create([values[record] for record in part])
            )
            for record, lead in zip(part, leads.with_env(self.env), strict=True):
                record.write({"lead_id": lead.id, "user_id": lead.user_id.id})
                record._ask_to_call()

    def _lead_lang(self, user_id):
        """Return the language of who is to call or, where nobody is, of the firm."""
        self.ensure_one()
        return self.company_id._loyalty_lang(self.env["res.users"].browse(user_id or []))

    def _ask_to_call(self):
        """Have the salesperson of the lead call the company."""
        self.ensure_one()
        lead, company = self.lead_id, self.company_id
        if lead.user_id:
            lead.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=company._loyalty_day() + timedelta(days=1),
                summary=company._loyalty_say(_lt("Call: a client recommended us"), lead.user_id),
                user_id=lead.user_id.id,
            )

    def _close_calls(self):
        """Have the calls that invitations asked for be done, with the state as feedback.

        As long as another company's invitation waits with the same lead, the call does, too. Who
        does it at this very moment needs nobody to do it as well.
        """
        if self.env.context.get(CALLING):
            return
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        for lead, records in self.grouped("lead_id").items():
            calls = lead.activity_ids.filtered(
                lambda activity: activity.automated and activity.activity_type_id == call
            )
            if not calls or "invited" in lead.referral_ids.mapped("state"):
                continue
            record = records[:1]
            told = record.with_context(lang=record._chatter_lang())
            state = dict(told._fields["state"]._description_selection(told.env))[told.state]
            # By the system: a call that somebody makes tells that the company was spoken with.
            calls.with_env(told.with_user(SUPERUSER_ID).env).action_feedback(
                feedback=told.env._("No call is needed any more. Referral: %(state)s", state=state)
            )

    def _lost_reason(self):
        return (
            self.env.ref("loyalty_service.lost_reason_referral", raise_if_not_found=False)
            or self.env["crm.lost.reason"].browse()
        )

    def _close_leads(self):
        """Have nobody call any more, unless another referral goes on with the same lead.

        What staff have worked on is theirs: they are told, and decide.
        """
        leads = self.lead_id.filtered(
            lambda lead: (
                lead.won_status == "pending"
                and not lead.referral_ids.filtered(lambda record: record.state in referral.STANDING)
            )
        )
        worked_on = leads._loyalty_worked_on()
        for lead in worked_on:
            company = lead.company_id or self.env.company
            lead.message_post(
                body=company._loyalty_say(
                    _lt("The recommendation that this comes from was withdrawn or has expired."),
                    lead.user_id,
                )
            )
        unused = leads - worked_on
        if unused:
            unused.activity_ids.unlink()
            unused.action_set_lost(lost_reason_id=self._lost_reason().id)

    def _reopen_leads(self):
        """Take up again what was closed with a referral that goes on after all."""
        reason = self._lost_reason()
        for record in self.filtered(lambda record: record.state in referral.OPEN):
            lead = record.lead_id
            if reason and lead.won_status == "lost" and lead.lost_reason_id == reason:
                lead.action_restore()
                record._ask_to_call()

    def _prepare_lead_values(self):
        """Return the values of the lead; the account manager of who recommends us gets it."""
        self.ensure_one()
        company = self.company_id
        manager = self._who_may_call(self.referrer_partner_id.user_id)
        source = self.env.ref("utm.utm_source_referral", raise_if_not_found=False)
        medium = self.env.ref("loyalty_service.utm_medium_referral", raise_if_not_found=False)
        team = self.env["crm.team"].with_company(company)._get_default_team_id(user_id=manager.id)
        caller = manager or self._who_may_call(team.user_id)
        return {
            "type": "lead" if self._works_with_leads() else "opportunity",
            "name": company._loyalty_say(_lt("Referral: %(name)s", name=self.company_name), caller),
            "partner_name": self.company_name,
            "contact_name": self.contact_name,
            "email_from": self.email,
            "phone": self.phone,
            "partner_id": self.partner_id.id,
            "referred": self.referrer_partner_id.name,
            "company_id": company.id,
            "user_id": caller.id,
            "team_id": team.id,
            "source_id": source.id if source else False,
            "medium_id": medium.id if medium else False,
            "campaign_id": False,
        }

    def _who_may_call(self, user):
        """Return ``user`` if it is a member of staff of the company who is still there."""
        at_work = user.active and not user.share and self.company_id in user.company_ids
        return user if at_work else user.browse()

    def _works_with_leads(self):
        """Say whether the firm qualifies leads before they are opportunities."""
        leads = self.env.ref("crm.group_use_lead")
        return leads in self.env.ref("base.group_user").all_implied_ids

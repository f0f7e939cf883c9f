from odoo import api, fields, models

from ..actions import open_form
from ..engine import credit_code

# In the context while somebody marks a call as done.
CALLING = "loyalty_service_calling"


class CrmLead(models.Model):
    """A lead that a client brought: the referral follows it."""

    _inherit = "crm.lead"

    referral_ids = fields.One2many(
        "loyalty.service.referral",
        "lead_id",
        string="Referrals",
        groups="loyalty_service.group_loyalty_user",
    )
    referral_id = fields.Many2one(
        "loyalty.service.referral",
        compute="_compute_referral_id",
        store=True,
        index="btree_not_null",
        groups="loyalty_service.group_loyalty_user",
    )

    @api.depends("referral_ids.lead_id", "referral_ids.state")
    def _compute_referral_id(self):
        """Name the referral that goes on or, failing that, the first one."""
        for lead in self:
            lead.referral_id = lead.referral_ids.sorted(
                lambda record: (record.state in ("refused", "cancelled"), record.date, record.id)
            )[:1]

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.filtered(lambda lead: lead.won_status == "won")._loyalty_sync_referrals()
        return leads

    def write(self, vals):
        def status(lead):
            return lead.won_status, lead.partner_id, lead.stage_id, lead.user_id

        before = {lead.id: status(lead) for lead in self}
        result = super().write(vals)
        self.filtered(lambda lead: before[lead.id] != status(lead))._loyalty_sync_referrals()
        return result

    def unlink(self):
        # sudo: salespeople need not be in the loyalty group.
        records_sudo = self.sudo().referral_ids
        result = super().unlink()
        records_sudo.exists()._follow()
        return result

    def _loyalty_sync_referrals(self):
        """Have the referrals of these leads follow them; a won one may speak of any referral."""
        # sudo: salespeople need not be in the loyalty group; the referrals of these leads, and
        # those that speak of the client who was won.
        leads_sudo = self.sudo()
        Referral_sudo = self.env["loyalty.service.referral"].sudo()
        won = leads_sudo.filtered(lambda lead: lead.won_status == "won" and lead.partner_id)
        for company, leads in won.grouped(lambda lead: lead.company_id or self.env.company).items():
            Referral_sudo._recognise(leads.partner_id.commercial_partner_id, company)
        records_sudo = leads_sudo.referral_ids
        for record in records_sudo:
            lead = record.lead_id
            partner = lead.partner_id.commercial_partner_id
            vals = {}
            if partner and partner != record.partner_id and record.state != "rewarded":
                vals["partner_id"] = partner.id
            if lead.user_id != record.user_id:
                vals["user_id"] = lead.user_id.id
            if vals:
                record.write(vals)
        records_sudo._note_partner()

    def _loyalty_contacted(self):
        """Return the leads that somebody has worked on: moved on, written, called or met."""
        first = {
            team: self._stage_find(team_id=team.id).sequence for team in set(self.mapped("team_id"))
        }
        first[self.env["crm.team"]] = self._stage_find().sequence if self else 0
        return self.filtered(
            lambda lead: (
                lead.stage_id.sequence > first[lead.team_id]
                or lead.calendar_event_ids
                or lead.message_ids.filtered(self._loyalty_is_talk)
            )
        )

    def _loyalty_worked_on(self):
        """Return the leads that are more than what the referral made of them: somebody spoke with
        the company or noted so, knows it as a contact, or plans something with it."""
        spoken = self._loyalty_contacted()
        return spoken | self.filtered(
            lambda lead: (
                lead.partner_id
                or any(lead.referral_ids.mapped("contacted_date"))
                or lead.activity_ids.filtered(lambda activity: not activity.automated)
            )
        )

    @api.model
    def _loyalty_is_talk(self, message):
        """Say whether ``message`` tells of words with the company: mail, or an activity done."""
        subtypes = self.env.ref("mail.mt_comment") + self.env.ref("mail.mt_activities")
        return message.subtype_id in subtypes and message.author_id != self.env.ref(
            "base.partner_root"
        )

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        # sudo: as above; the state of the referrals of this very lead.
        records_sudo = self.sudo().referral_ids.filtered(lambda record: record.state == "invited")
        if records_sudo and self._loyalty_is_talk(message):
            # The call that is marked as done closes itself after this.
            call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
            done = bool(call) and message.mail_activity_type_id == call
            records_sudo.with_context(**{CALLING: done})._follow()
        return result

    def action_open_referral(self):
        """Open the referral that the lead comes from."""
        self.ensure_one()
        return open_form(self.referral_id)

    # ------------------------------------------------------------------
    # Merging, and the customer that is made of a lead
    # ------------------------------------------------------------------

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: as above; the referrals of the leads that are merged.
        opportunities.sudo().referral_ids.lead_id = self
        return result

    def merge_opportunity(self, user_id=False, team_id=False, auto_unlink=True):
        head = super().merge_opportunity(user_id=user_id, team_id=team_id, auto_unlink=auto_unlink)
        head._loyalty_sync_referrals()
        return head

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        """Give the new client the tax id that was named, if it is one."""
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        # sudo: the tax id of the referral of this lead.
        tax_key = self.sudo().referral_id.tax_key
        if is_company and tax_key and credit_code.is_valid(tax_key):
            values["vat"] = tax_key
        return values

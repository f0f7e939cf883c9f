from odoo import models

NEVER_SENT = ("scheduled", "skipped", "failed")


class MergePartner(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Make one asked person of several."""
        self._merge_loyalty_invitations(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge_loyalty_invitations(self, src_partners, dst_partner):
        """Keep one invitation where a person would come to be asked twice in a wave.

        What went out stays, since an answer may still come, but only the one that got furthest
        counts for the wave; what was never sent goes.
        """
        client_partner = dst_partner.commercial_partner_id
        partners = src_partners | dst_partner | client_partner
        # sudo: who may merge contacts merges all that is known of them; only the invitations
        # of these contacts and clients.
        invitations_sudo = (
            self.env["loyalty.service.survey.invitation"]
            .sudo()
            .search(
                [
                    ("wave", "!=", False),
                    "|",
                    ("contact_id", "in", partners.ids),
                    ("client_id.partner_id", "in", partners.ids),
                ]
            )
        )

        def key(invitation):
            client, contact = invitation.client_id.partner_id, invitation.contact_id
            return (
                invitation.survey_id,
                invitation.wave,
                invitation.company_id,
                client_partner if client in src_partners else client,
                dst_partner if contact in src_partners else contact,
            )

        def progress(invitation):
            state = invitation.state
            return (state not in NEVER_SENT, state == "answered", state == "scheduled")

        for same_sudo in invitations_sudo.grouped(key).values():
            surplus_sudo = same_sudo.sorted(progress, reverse=True)[1:]
            never_sent_sudo = surplus_sudo.filtered(lambda one: one.state in NEVER_SENT)
            never_sent_sudo.unlink()
            (surplus_sudo - never_sent_sudo).write({"wave": False})

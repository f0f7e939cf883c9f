from odoo import api, fields, models

from ..batch import do_claimed, work_off

BATCH_SIZE = 200


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    loyalty_recorded = fields.Boolean(copy=False, readonly=True)

    _loyalty_due_idx = models.Index("(stop) WHERE loyalty_recorded IS NOT TRUE")

    def unlink(self):
        # sudo: who plans meetings need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        return super().unlink()

    @api.model
    def _loyalty_due_domain(self, now):
        """Return the domain of meetings that are over and not looked at yet."""
        return [("stop", "<=", now), ("loyalty_recorded", "=", False)]

    @api.model
    def _cron_loyalty_record_held(self):
        due = self.search(self._loyalty_due_domain(fields.Datetime.now()), order="stop, id")
        work_off(due, lambda meetings: meetings._loyalty_record_due(), BATCH_SIZE)

    def _loyalty_record_due(self):
        """Record those of ``self`` that are still due and that nobody else records."""
        due_domain = self._loyalty_due_domain(fields.Datetime.now())
        do_claimed(
            self,
            lambda meetings: meetings._loyalty_record_held(),
            lambda meetings: meetings.filtered_domain(due_domain),
        )

    def _loyalty_event_code(self):
        """Return the technical name of the type of events that the meeting is in the ledger."""
        self.ensure_one()
        return "meeting"

    def _loyalty_event_words(self):
        """Return what the ledger says of the meeting, see ``_settle_words``."""
        self.ensure_one()
        return self.name

    def _loyalty_record_held(self):
        """Record the meetings in ``self`` for each client that took part and did not decline."""
        Event = self.env["loyalty.service.event"]
        accepted = {
            meeting: meeting.attendee_ids.filtered(
                lambda attendee: attendee.state != "declined"
            ).partner_id
            for meeting in self
        }
        everyone = self.env["res.partner"].union(*accepted.values())
        clients = self.env["loyalty.service.client"].search(
            [("partner_id", "in", everyone.commercial_partner_id.ids)]
        )
        companies = {
            partner: found.company_id for partner, found in clients.grouped("partner_id").items()
        }

        def company_of(meeting, contact):
            served_by = companies[contact.commercial_partner_id]
            # sudo: with which firm the client has booked it, whoever records it.
            booked_sudo = meeting.sudo().loyalty_client_id
            if booked_sudo.partner_id == contact.commercial_partner_id:
                return booked_sudo.company_id
            return (meeting.user_id.company_id & served_by) or served_by[0]

        Event.create(
            [
                Event._prepare_record_values(
                    meeting._loyalty_event_code(),
                    meeting,
                    contact,
                    suffix=contact.commercial_partner_id.id,
                    date=meeting.start,
                    company_id=company_of(meeting, contact).id,
                    user_id=meeting.user_id.id,
                    # Of a private one, others see in the calendar only that there is one.
                    summary=(
                        meeting._loyalty_event_words()
                        if meeting.effective_privacy != "private"
                        else False
                    ),
                )
                for meeting, contacts in accepted.items()
                for contact in contacts
                if contact.commercial_partner_id in companies
            ]
        )
        self.loyalty_recorded = True

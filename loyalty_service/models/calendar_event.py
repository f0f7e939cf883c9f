from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..batch import do_claimed, work_off

_lt = LazyTranslate(__name__)

BATCH_SIZE = 200


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    loyalty_recorded = fields.Boolean(copy=False, readonly=True)

    _loyalty_due_idx = models.Index("(stop) WHERE loyalty_recorded IS NOT TRUE")

    def write(self, vals):
        """A meeting that is archived, as Odoo's own calendar deletes it, was not held."""
        changed = self.browse()
        if "active" in vals:
            changed = self.filtered(
                lambda meeting: meeting.loyalty_recorded and meeting.active != vals["active"]
            )
        result = super().write(vals)
        if changed and not vals["active"]:
            # sudo: who plans meetings need not be in the loyalty group; of these very ones.
            Event_sudo = self.env["loyalty.service.event"].sudo()
            Event_sudo._forget_sources(changed, _lt("The meeting was cancelled"))
        elif changed:
            # It is looked at again. sudo: the mark of these meetings, which the user may write.
            changed.sudo().loyalty_recorded = False
        return result

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
        past = Event.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("reversal_of_id", "=", False),
            ]
        ).grouped(lambda event: (event.res_id, event.partner_id))
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
                    suffix=meeting._loyalty_number(contact, past),
                    lineage_id=min(
                        past.get((meeting.id, contact.commercial_partner_id), Event).ids,
                        default=False,
                    ),
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

    def _loyalty_number(self, contact, past):
        """Return what tells the event of one client from the others of the meeting.

        :param dict past: events that were recorded before, by meeting and client; one that was
            cancelled and restored has another one
        """
        self.ensure_one()
        client = contact.commercial_partner_id
        undone = past.get((self.id, client), self.env["loyalty.service.event"]).filtered(
            "is_reversed"
        )
        return f"{client.id}-{len(undone)}" if undone else client.id

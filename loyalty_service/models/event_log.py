from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_list

from .event_record import LARGEST
from .loyalty_program import MANAGER


class Event(models.Model):
    """One line about a call, a chat or a visit, from wherever staff are on the screen."""

    _inherit = "loyalty.service.event"

    @api.model
    def _log_type_domain(self):
        """Return the domain of types that the user may log.

        A client that brings another earns many points, so that a manager says that it did.
        """
        manual = Domain("manual", "=", True)
        if self.env.user.has_group(MANAGER):
            return manual | Domain("kind", "=", "referral")
        return manual

    @api.model
    @api.readonly
    def get_log_choices(self, partner_ids=()):
        """Return what the line offers: ``{"types": [...], "clients": str, "today": str}``."""
        types = self.env["loyalty.service.event.type"].search(self._log_type_domain())
        partners = self.env["res.partner"].browse(partner_ids)
        return {
            "types": types.read(["name", "code", "icon", "uses_free_hours"], load=None),
            "clients": self._name_clients(partners.commercial_partner_id),
            "hours": partners.loyalty_client_id.hours_text or "" if len(partners) == 1 else "",
            "today": fields.Date.to_string(self.env.company._loyalty_day()),
        }

    @api.model
    def log_contact(
        self, partner_ids, type_id, summary="", token="", day=None, duration=0, follow_up=None
    ):
        """Log one line with each of the clients, once.

        :param list partner_ids: clients or contacts; one event per client
        :param str token: names this line, so that a double click or a retried request logs once
        :param str day: ISO date on which it happened; now without one
        :param int duration: minutes
        :param str follow_up: ISO date of an activity for the user that follows it up
        :return: ``{"event_ids", "activity_ids", "message"}``, the former two for
            :meth:`undo_contact`
        """
        by_client = {
            partner.commercial_partner_id: partner
            for partner in reversed(self.env["res.partner"].browse(partner_ids).exists())
        }
        event_type = self.env["loyalty.service.event.type"].browse(type_id).exists()
        if not by_client or not event_type:
            raise UserError(self.env._("Choose a client and what happened."))
        hours = self._read_minutes(duration) / 60
        if event_type.uses_free_hours and not hours:
            raise UserError(
                self.env._("Say how long it took: it uses up the free hours of the client's tier.")
            )
        today = self.env.company._loyalty_day()
        day = fields.Date.to_date(day) or today
        if day > today:
            raise UserError(self.env._("What lies in the future has not happened yet."))
        summary = (summary or "").strip()
        events = self.create(
            [
                {
                    "type_id": event_type.id,
                    "partner_id": partner.id,
                    "summary": summary,
                    "hours": hours,
                    "date": (
                        fields.Datetime.now()
                        if day == today
                        else self.env.company._loyalty_happened(day)
                    ),
                    **({"origin": f"log:{token}#{client.id}"} if token else {}),
                }
                for client, partner in reversed(by_client.items())
            ]
        )
        activities = self.env["mail.activity"]
        if follow_up:
            activities = events._plan_follow_up(fields.Date.to_date(follow_up))
        return {
            "event_ids": events.ids,
            "activity_ids": activities.ids,
            "message": self._say_logged(event_type, events.partner_id, activities),
        }

    def _read_minutes(self, duration):
        """Return minutes within the limits that hold for other programs, too."""
        longest = LARGEST["duration"]
        try:
            minutes = int(duration or 0)
        except (TypeError, ValueError, OverflowError):
            minutes = -1
        if not 0 <= minutes <= longest:
            raise UserError(self.env._("A duration lies between 0 and %s minutes.", longest))
        return minutes

    def _plan_follow_up(self, day):
        """Plan an activity with each client of the events in ``self`` for the user."""
        # sudo: who may log a call need not be allowed to edit the client, as Odoo asks of who
        # plans an activity with it. It is one for the user, with a client of these very events.
        return self.env["mail.activity"].union(
            *(
                event.partner_id.sudo().activity_schedule(
                    "mail.mail_activity_data_todo",
                    day,
                    summary=self._with_detail(event.type_id.name, event.summary_shown),
                    user_id=self.env.uid,
                )
                for event in self
            )
        )

    @api.model
    def _name_clients(self, clients):
        """Return the names of a few clients, or the number of many."""
        if len(clients) > 3:
            return self.env._("%s clients", len(clients))
        return format_list(self.env, [client.display_name for client in clients]) if clients else ""

    @api.model
    def _say_logged(self, event_type, clients, activities):
        message = self.env._(
            "%(what)s logged: %(clients)s",
            what=event_type.name,
            clients=self._name_clients(clients),
        )
        if activities:
            message += " " + self.env._("Follow-up planned.")
        return message

    @api.model
    def undo_contact(self, event_ids, activity_ids=()):
        """Take back what :meth:`log_contact` has just done."""
        self.browse(event_ids).action_undo()
        # sudo: as they were planned; none but the user's own.
        self.env["mail.activity"].sudo().search(
            [
                ("id", "in", list(activity_ids)),
                ("create_uid", "=", self.env.uid),
                ("user_id", "=", self.env.uid),
                ("res_model", "=", "res.partner"),
            ]
        ).unlink()
        return self.env._("Undone.")

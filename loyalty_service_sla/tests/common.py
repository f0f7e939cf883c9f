from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.loyalty_service.tests.common import StandingEvents

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc(text):
    """Return the naive UTC datetime of a local 'YYYY-MM-DD HH:MM[:SS]' in Shanghai."""
    local = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


@contextmanager
def at(text):
    """Let it be a moment in Shanghai."""
    with freeze_time(utc(text)):
        yield


def remove_client(env, partner_id, ticket_ids):
    """Delete a client and its tickets, which a test has committed."""
    env["helpdesk.ticket"].browse(ticket_ids).unlink()
    # The ledger is never emptied by the ORM; these rows were committed by the test.
    env.cr.execute(SQL("DELETE FROM loyalty_service_event WHERE partner_id = %s", partner_id))
    env["loyalty.service.client"].search([("partner_id", "=", partner_id)]).unlink()
    env["res.partner"].browse(partner_id).unlink()


class SlaFixture(StandingEvents):
    """A service desk in Shanghai with one policy: answer in 4 h, solution in 24 h.

    Hours are Monday to Friday, 9-12 and 13-18. 2 March 2026 is a Monday.
    """

    @classmethod
    def _set_up_desk(cls):
        cls.Ticket = cls.env["helpdesk.ticket"]
        cls.Clock = cls.env["loyalty.service.sla.clock"]
        cls.Policy = cls.env["loyalty.service.sla.policy"]
        cls.company = cls.env.company
        cls.stage_new = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        cls.stage_progress = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        cls.stage_awaiting = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        cls.stage_done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.stage_done.mail_template_id = False
        cls.calendar = cls.env["resource.calendar"].create(
            {
                **cls.company._prepare_loyalty_sla_calendar_values(),
                "name": "Desk",
                "tz": "Asia/Shanghai",
            }
        )
        cls.Policy.search([("company_id", "=", cls.company.id)]).active = False
        cls.policy = cls.Policy.create(
            {
                "name": "Standard",
                "calendar_id": cls.calendar.id,
                "first_response_hours": 4,
                "resolution_hours": 24,
            }
        )
        cls.Ladder = cls.env["loyalty.service.sla.ladder"]
        cls.Ladder.search([("company_id", "=", cls.company.id)]).active = False
        # There since long ago: the stories of the tests happen in March 2026.
        with at("2020-01-01 09:00"):
            cls.ladder = cls.Ladder.create(
                {
                    "name": "Calls",
                    "calendar_id": cls.calendar.id,
                    "step_ids": [
                        (0, 0, {"moment": "at", "who": who}) for who in ("assignee", "leader")
                    ],
                }
            )
        cls.client_partner = cls.env["res.partner"].create(
            {"name": "Shanghai Lantern Trading", "is_company": True}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Wang Fang", "parent_id": cls.client_partner.id, "email": "wang@example.com"}
        )
        cls.leader = new_test_user(
            cls.env, "sla_leader", groups="helpdesk_mgmt.group_helpdesk_manager"
        )
        cls.agent = new_test_user(cls.env, "sla_agent", groups="helpdesk_mgmt.group_helpdesk_user")
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Tax desk",
                "user_id": cls.leader.id,
                "user_ids": [(6, 0, (cls.agent | cls.leader).ids)],
            }
        )

    @classmethod
    def _always(cls, tz):
        """Return working hours round the clock."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Always",
                "tz": tz,
                "attendance_ids": [
                    (
                        0,
                        0,
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "day_period": "full_day",
                            "hour_from": 0,
                            "hour_to": 24,
                        },
                    )
                    for day in range(7)
                ],
            }
        )

    def file(self, when, **values):
        """File a ticket of the client at a moment in Shanghai."""
        with at(when):
            ticket = self.Ticket.create(
                {
                    "name": "VAT return",
                    "description": "<p>When is it due?</p>",
                    "partner_id": self.contact.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    **values,
                }
            )
            self.env.flush_all()
        return ticket

    def move(self, when, ticket, stage):
        with at(when):
            ticket.stage_id = stage
            self.env.flush_all()

    def answer(self, when, ticket, author=None, **values):
        """Write on a ticket in public: staff if no author is named."""
        with at(when):
            message = ticket.message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=(author or self.agent.partner_id).id,
                **values,
            )
            self.env.flush_all()
        return message

    def clock(self, ticket, target="resolution"):
        return ticket.loyalty_sla_clock_ids.filtered(lambda clock: clock.target == target)


class SlaCommon(SlaFixture, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()

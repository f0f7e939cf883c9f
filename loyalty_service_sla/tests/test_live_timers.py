from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.bus.models.bus import channel_with_db, json_dump

from ..models.helpdesk_ticket_live import LIVE, TOLD
from .common import SlaCommon


@tagged("post_install", "-at_install")
class TestLiveTimers(SlaCommon):
    """What is told when clocks move, to whom, and what can be asked for then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Other firm"})
        cls.portal = new_test_user(cls.env, "sla_live_portal", groups="base.group_portal")
        cls.portal.partner_id.parent_id = cls.client_partner
        cls.own = new_test_user(
            cls.env, "sla_live_own", groups="helpdesk_mgmt.group_helpdesk_user_own"
        )

    def create(self, count=1, **values):
        return self.Ticket.with_context(tracking_disable=True).create(
            [
                {
                    "name": f"Live {number}",
                    "description": "x",
                    "partner_id": self.contact.id,
                    "team_id": self.team.id,
                    **values,
                }
                for number in range(count)
            ]
        )

    def told(self, work):
        """Return ``{company: [message]}`` that a piece of work leads to when it is committed."""
        self.env.flush_all()
        self.cr.precommit.run()
        last = self.env["bus.bus"].sudo()._bus_last_id()
        result = work()
        self.env.flush_all()
        self.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([("id", ">", last)])
        told = {}
        for company in self.company | self.other_company:
            channel = json_dump(channel_with_db(self.cr.dbname, (company, LIVE)))
            told[company] = rows.filtered(lambda row, at=channel: row.channel == at).mapped(
                "message"
            )
        return {company: messages for company, messages in told.items() if messages}, result

    # ------------------------------------------------------------------
    # What is told
    # ------------------------------------------------------------------

    def test_one_message_names_the_tickets(self):
        told, tickets = self.told(lambda: self.create(2))
        ids = ",".join(map(str, sorted(tickets.ids)))
        message = f'{{"type":"{LIVE}","payload":{{"tickets":[{ids}]}}}}'
        self.assertEqual(told, {self.company: [message]})
        told, _ = self.told(lambda: tickets.write({"stage_id": self.stage_awaiting.id}))
        self.assertEqual(told, {self.company: [message]}, "nothing but their numbers, once")

    def test_each_company_hears_of_its_own(self):
        self.Policy.with_company(self.other_company).create(
            {
                "name": "Theirs",
                "company_id": self.other_company.id,
                "calendar_id": self.other_company.resource_calendar_id.id,
                "resolution_hours": 8,
            }
        )
        values = {"company_id": self.other_company.id, "team_id": False}
        told, _ = self.told(lambda: (self.create(), self.create(**values)))
        self.assertEqual(
            {company: len(messages) for company, messages in told.items()},
            {self.company: 1, self.other_company: 1},
        )

    def test_many_are_not_named(self):
        told, _ = self.told(lambda: self.create(TOLD + 1))
        self.assertEqual(
            told, {self.company: [f'{{"type":"{LIVE}","payload":{{"tickets":false}}}}']}
        )

    def test_the_client_answers(self):
        ticket = self.create()
        ticket.stage_id = self.stage_awaiting
        told, _ = self.told(
            lambda: ticket.with_user(self.portal).message_post(
                body="Here it is", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        )
        self.assertEqual([len(messages) for messages in told.values()], [1])

    def test_nothing_moves_nothing_is_told(self):
        ticket = self.create()
        told, _ = self.told(lambda: ticket.write({"name": "Another subject"}))
        self.assertFalse(told)

    # ------------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------------

    def channels(self, user, asked=(LIVE,)):
        """Return the channels of ours that somebody gets who asks for some."""
        request = SimpleNamespace(session=SimpleNamespace(uid=user.id))
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", request):
            channels = self.env(user=user)["ir.websocket"]._build_bus_channel_list(list(asked))
        return [
            one
            for one in channels
            if (isinstance(one, str) and one == LIVE) or (isinstance(one, tuple) and one[1] == LIVE)
        ]

    def test_staff_hears_of_its_companies(self):
        self.assertEqual(self.channels(self.agent), [(self.company, LIVE)])
        self.agent.company_ids = [Command.link(self.other_company.id)]
        self.assertCountEqual(
            self.channels(self.agent), [(self.company, LIVE), (self.other_company, LIVE)]
        )

    def test_nobody_else_hears(self):
        for user in (self.portal, self.env.ref("base.public_user")):
            with self.subTest(user.login):
                self.assertFalse(self.channels(user))

    def test_only_who_asks_hears(self):
        self.assertFalse(self.channels(self.agent, asked=()))

    # ------------------------------------------------------------------
    # What can be asked for
    # ------------------------------------------------------------------

    def test_as_the_record_says(self):
        tickets = self.create(2)
        told = self.Ticket.with_user(self.agent).get_loyalty_sla_timers(tickets.ids)
        self.assertEqual(told, {one.id: one.loyalty_sla_timers for one in tickets})
        self.assertEqual([timers["ticket"] for timers in told.values()], list(told))

    def test_a_complaint_shows_those_of_its_ticket(self):
        self.create(3)
        ticket = self.create(loyalty_ticket_type="complaint")
        complaint = self.env["loyalty.service.complaint"].search([("ticket_id", "=", ticket.id)])
        self.assertEqual(complaint.loyalty_sla_timers["ticket"], ticket.id)

    def test_only_what_may_be_read(self):
        mine, other = self.create(user_id=self.own.id), self.create(user_id=self.agent.id)
        told = self.Ticket.with_user(self.own).get_loyalty_sla_timers((mine | other).ids)
        self.assertEqual(list(told), mine.ids)

    def test_gone_tickets_are_left_out(self):
        ticket, gone = self.create(), self.create()
        ids = (ticket | gone).ids
        gone.unlink()
        self.assertEqual(list(self.Ticket.get_loyalty_sla_timers(ids)), ticket.ids)

    def test_clients_get_none(self):
        """Not even of their own ticket, which they may read."""
        ticket = self.create(partner_id=self.portal.partner_id.id)
        with self.assertRaises(AccessError):
            self.Ticket.with_user(self.portal).get_loyalty_sla_timers(ticket.ids)

    # ------------------------------------------------------------------
    # What it costs
    # ------------------------------------------------------------------

    def queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_asking_for_many_costs_what_asking_for_few_does(self):
        tickets = self.create(60)
        ask = self.Ticket.with_user(self.agent).get_loyalty_sla_timers
        ask(tickets.ids)
        few = self.queries(lambda: ask(tickets[:5].ids))
        self.assertEqual(self.queries(lambda: ask(tickets.ids)), few)
        self.assertLessEqual(few, 8)

    def test_telling_costs_two_queries_a_transaction(self):
        """One says whose the tickets are, one writes the message: for any number of them."""
        self.cr.precommit.run()
        for count in (1, 50):
            tickets = self.create(count)
            self.env.flush_all()
            self.cr.precommit.run()
            self.Ticket._loyalty_sla_note_moved(tickets.ids)
            self.assertEqual(self.queries(self.cr.precommit.run), 2)

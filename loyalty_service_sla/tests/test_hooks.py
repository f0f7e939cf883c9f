from odoo.tests import tagged
from odoo.tools import SQL

from ..hooks import post_init_hook
from .common import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestHooks(SlaCommon):
    """The addon comes to a service desk that has tickets already."""

    def install(self):
        """Forget what the addon knows of tickets, and install it as far as they go."""
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM loyalty_service_sla_entry"))
        self.env.cr.execute(SQL("DELETE FROM loyalty_service_sla_clock"))
        post_init_hook(self.env)
        self.env.invalidate_all()

    def dates(self, ticket, created, **dates):
        """Give a ticket its dates as an import does, past the ORM. Those unnamed are empty."""
        names = ("write_date", "closed_date", "last_stage_update")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET create_date = %s, %s WHERE id = %s",
                created,
                SQL(", ").join(SQL("%s = %s", SQL.identifier(n), dates.get(n)) for n in names),
                ticket.id,
            )
        )

    def log(self, ticket):
        return [(entry.kind, entry.date) for entry in ticket.loyalty_sla_entry_ids.sorted()]

    def test_what_others_extend_comes_first(self):
        """Whatever is imported first: one class begins the log, and all the others extend it."""
        own = [
            one.__module__
            for one in type(self.env["helpdesk.ticket"]).__mro__
            if "_loyalty_sla_append" in vars(one)
        ]
        self.assertTrue(own[-1].endswith(".models.helpdesk_ticket"), own)

    def test_tickets_without_dates(self):
        opened, changed = utc("2026-03-02 10:00"), utc("2026-03-03 10:00")
        closed = self.file("2026-03-02 10:00", stage_id=self.stage_done.id)
        self.dates(closed, opened, write_date=changed)
        waiting = self.file("2026-03-02 10:00", stage_id=self.stage_awaiting.id)
        self.dates(waiting, opened, write_date=changed)
        bare = self.file("2026-03-02 10:00", stage_id=self.stage_done.id)
        self.dates(bare, opened)
        self.install()
        self.assertEqual(self.log(closed), [("opened", opened), ("closed", changed)])
        self.assertEqual(self.log(waiting), [("opened", opened), ("pause", changed)])
        self.assertEqual(self.log(bare), [("opened", opened), ("closed", opened)])

    def test_nothing_happens_before_the_ticket_is_opened(self):
        """An import keeps the day of closing and creates the ticket later."""
        ticket = self.file("2026-03-02 10:00", stage_id=self.stage_done.id)
        self.answer("2026-03-02 10:30", ticket)
        created = utc("2026-03-09 10:00")
        self.dates(ticket, created, closed_date=utc("2026-03-02 11:00"))
        self.install()
        self.assertEqual(
            self.log(ticket), [("opened", created), ("response", created), ("closed", created)]
        )
        self.assertEqual(ticket._loyalty_sla_get_phase(), "closed")
        ticket.stage_id = self.stage_progress
        self.assertEqual(ticket.loyalty_sla_entry_ids.sorted()[-1].kind, "reopened")

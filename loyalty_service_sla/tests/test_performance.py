from odoo.tests import tagged

from .common import SlaCommon, at


@tagged("post_install", "-at_install")
class TestFlatness(SlaCommon):
    """What the clocks cost does not depend on the number of tickets, save for helpdesk's part."""

    def values(self, count):
        return [
            {
                "name": f"Ticket {number}",
                "description": "x",
                "number": f"T{number}",
                "partner_id": self.contact.id,
                "stage_id": self.stage_new.id,
            }
            for number in range(count)
        ]

    def queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = work()
        self.env.flush_all()
        return self.cr.sql_log_count - before, result

    def create(self, count):
        with at("2026-03-02 10:00"):
            return self.Ticket.with_context(tracking_disable=True).create(self.values(count))

    def test_creating(self):
        """No query per ticket: rows are inserted in portions."""
        self.create(3)
        few, _ = self.queries(lambda: self.create(10)._loyalty_sla_sync())
        many, _ = self.queries(lambda: self.create(100)._loyalty_sla_sync())
        self.assertLessEqual((many - few) / 90, 1)

    def test_clocks_alone(self):
        """Of logging and counting alone, 100 tickets cost what 10 do."""
        counts = []
        for number in (3, 10, 100):
            tickets = self.create(number)
            with at("2026-03-02 11:00"):
                counts.append(
                    self.queries(
                        lambda tickets=tickets: tickets._loyalty_sla_append(
                            {ticket: [{"kind": "pause"}] for ticket in tickets}
                        )
                    )[0]
                )
        self.assertLessEqual(counts[2], counts[1] + 2)

    def test_timers_in_a_list(self):
        """Besides the tickets themselves at most three queries, for any number of them."""
        tickets = self.create(100)
        tickets[:1].loyalty_sla_timers  # noqa: B018 - warms the working hours
        counts = []
        for number in (10, 100):
            some = tickets[:number]
            self.env.flush_all()
            self.env.invalidate_all()
            some.mapped("loyalty_sla_deadline")
            before = self.cr.sql_log_count
            with at("2026-03-02 11:00"):
                some.mapped("loyalty_sla_timers")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 3)

    def test_sweep(self):
        counts = []
        for number in (3, 10, 80):
            clocks = self.create(number).loyalty_sla_clock_ids.filtered(
                lambda clock: clock.target == "first_response"
            )
            with at("2026-03-02 16:00"):
                counts.append(self.queries(lambda clocks=clocks: clocks._sweep(self.now()))[0])
        # Odoo takes a few for the activity of each that is late.
        self.assertLessEqual((counts[2] - counts[1]) / 70, 3)

    def now(self):
        return self.env["loyalty.service.sla.entry"].default_get(["date"])["date"]

    def test_open_tickets_of_many_clients(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(50)]
        )
        with at("2026-03-02 10:00"):
            self.Ticket.create(
                [
                    {**values, "partner_id": partner.id}
                    for partner in partners
                    for values in self.values(2)
                ]
            )
        clients = self.env["loyalty.service.client"]._ensure(partners, self.company)
        counts = []
        for number in (5, 50):
            some = clients[:number]
            self.env.invalidate_all()
            some.mapped("partner_id")
            some.mapped("company_id")
            before = self.cr.sql_log_count
            self.assertEqual(set(some.mapped("open_ticket_count")), {2})
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from .common import at, remove_client

CLOCK = "odoo.addons.loyalty_service_sla.models.clock"


class Killed(BaseException):
    """What ends a worker in the middle of its run."""


@tagged("post_install", "-at_install")
class TestTwoWorkers(TransactionCase):
    """Two real connections sweep the same clocks."""

    def setUp(self):
        super().setUp()
        self.real = Registry(self.env.cr.dbname)
        self.addCleanup(self.remove)
        with at("2020-03-02 10:00"), self.real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].create({"name": "Race Ltd", "is_company": True})
            # Activities only, and at any time: the hours of the firm are nothing of this.
            ladder = env["loyalty.service.sla.ladder"].create(
                {
                    "name": "Race",
                    "sequence": -99,
                    "step_ids": [
                        (0, 0, {"moment": "at", "who": who, "anytime": True})
                        for who in ("assignee", "leader")
                    ],
                }
            )
            tickets = env["helpdesk.ticket"].create(
                [
                    {
                        "name": f"Race {number}",
                        "description": "x",
                        "partner_id": partner.id,
                        "user_id": env.ref("base.user_admin").id,
                    }
                    for number in range(4)
                ]
            )
            self.partner_id, self.ticket_ids = partner.id, tickets.ids
            self.ladder_id = ladder.id
            # The next answer is promised too, and nobody waits for it yet.
            self.clock_ids = tickets.loyalty_sla_clock_ids.filtered("next_due").ids

    def remove(self):
        with self.real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            remove_client(env, self.partner_id, self.ticket_ids)
            env["loyalty.service.sla.ladder"].browse(self.ladder_id).unlink()

    def env_of(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def sweep(self, cr, limit=None):
        """Do what the scheduled action does, up to its commit, on at most ``limit`` clocks."""
        Clock = self.env_of(cr)["loyalty.service.sla.clock"]
        with at("2020-03-31 10:00"):
            condition = SQL(
                "clock.id IN %s AND clock.next_due < now()", tuple(self.clock_ids[:limit])
            )
            clocks = Clock._lock(condition)
            clocks._sweep(fields.Datetime.now())
            Clock.env.flush_all()
        return clocks.ids

    def outcome(self):
        """Return how many clocks are marked, and how many activities and events there are."""
        with self.real.cursor() as cr:
            env = self.env_of(cr)
            tickets = env["helpdesk.ticket"].browse(self.ticket_ids)
            return (
                len(tickets.loyalty_sla_clock_ids.filtered("breached")),
                len(tickets.activity_ids),
                env["loyalty.service.event"].search_count(
                    [
                        ("partner_id", "=", self.partner_id),
                        ("type_id.code", "=", "sla_breached"),
                    ]
                ),
            )

    def test_what_one_has_the_other_leaves(self):
        with self.real.cursor() as one, self.real.cursor() as other:
            mine = self.sweep(one, limit=5)
            # The first has not committed: its five are locked, and with them the other clock of
            # the third ticket. The two of the fourth are free.
            theirs = self.sweep(other)
            other.commit()
            one.commit()
        self.assertEqual((len(mine), len(theirs)), (5, 2))
        self.assertFalse(set(mine) & set(theirs))
        with self.real.cursor() as cr:
            self.assertEqual(len(self.sweep(cr)), 1)
        self.assertEqual(self.outcome(), (8, 8, 8))

    def test_what_somebody_works_on_is_predicted_later(self):
        """Neither waits for the other: the first has the ticket, and will want its clocks."""
        with self.real.cursor() as cr:
            tickets = self.env_of(cr)["helpdesk.ticket"].browse(self.ticket_ids[:2])
            clocks = [ticket.loyalty_sla_clock_ids.filtered("next_due")[:1] for ticket in tickets]
            mine, theirs = (clock.id for clock in clocks)
        found = {mine: (0.7, None), theirs: (0.6, None)}
        with self.real.cursor() as one, self.real.cursor() as other:
            one.execute(
                SQL("UPDATE helpdesk_ticket SET priority = '3' WHERE id = %s", tickets[0].id)
            )
            other.execute(SQL("SET LOCAL lock_timeout = '2s'"))
            env = self.env_of(other)
            prediction = env["loyalty.service.sla.prediction"].search([], limit=1)
            with (
                patch.object(type(prediction), "_predict", lambda record, now: found),
                patch.object(type(prediction), "_read_predicted", lambda record: {}),
            ):
                prediction._refresh(fields.Datetime.now())
                env.flush_all()
            # It goes on with the clocks of its ticket, and does not wait either.
            one.execute(SQL("SET LOCAL lock_timeout = '2s'"))
            self.env_of(one)["loyalty.service.sla.clock"]._lock_tickets(
                tickets[0].with_env(self.env_of(one))
            )
            other.execute(
                SQL(
                    "SELECT id, breach_probability FROM loyalty_service_sla_clock WHERE id IN %s",
                    (mine, theirs),
                )
            )
            self.assertEqual(dict(other.fetchall()), {mine: None, theirs: 0.6})
            other.rollback()
            one.rollback()

    def test_one_after_the_other(self):
        for _ in range(2):
            with self.real.cursor() as cr:
                self.sweep(cr)
        self.assertEqual(self.outcome(), (8, 8, 8))

    def test_killed_before_its_commit(self):
        with self.real.cursor() as cr:
            self.sweep(cr)
            cr.rollback()
        self.assertEqual(self.outcome(), (0, 0, 0))
        with self.real.cursor() as cr:
            self.sweep(cr)
        self.assertEqual(self.outcome(), (8, 8, 8))

    def test_killed_between_two_batches(self):
        """What was committed stays, and the next run takes the rest and no more."""

        def commit_and_die(cron, processed, **_kw):
            cron.env.cr.commit()
            raise Killed

        with self.real.cursor() as cr, patch(f"{CLOCK}.BATCH_SIZE", 3):
            env = self.env_of(cr)
            with (
                at("2020-03-31 10:00"),
                patch.object(type(env["ir.cron"]), "_commit_progress", commit_and_die),
                self.assertRaises(Killed),
            ):
                env["loyalty.service.sla.clock"]._cron_sweep()
            cr.rollback()
        self.assertEqual(self.outcome(), (3, 3, 3))
        for _ in range(2):
            with self.real.cursor() as cr, at("2020-03-31 10:00"):
                self.env_of(cr)["loyalty.service.sla.clock"]._cron_sweep()
        self.assertEqual(self.outcome(), (8, 8, 8))

    def triggers(self, cr):
        """Return for when the scheduled action was called, as far as that is past or now."""
        env = self.env_of(cr)
        cron = env.ref("loyalty_service_sla.ir_cron_sweep")
        with at("2020-03-31 10:00"):
            return env["ir.cron.trigger"].search(
                [("cron_id", "=", cron.id), ("call_at", "<=", fields.Datetime.now())]
            )

    def test_somebody_holds_a_ticket_that_is_due(self):
        """The others are swept, and the action is not called at once again and again."""
        with self.real.cursor() as cr:
            self.triggers(cr).unlink()
        with self.real.cursor() as one, self.real.cursor() as other:
            held = self.env_of(one)["helpdesk.ticket"].browse(self.ticket_ids[0])
            self.env_of(one)["loyalty.service.sla.clock"]._lock_tickets(held)
            with at("2020-03-31 10:00"):
                self.env_of(other)["loyalty.service.sla.clock"]._cron_sweep()
                other.commit()
            self.assertFalse(self.triggers(other))
            one.rollback()
        self.assertEqual(self.outcome(), (6, 6, 6))

    def test_a_ladder_is_saved_while_somebody_holds_a_ticket_that_is_due(self):
        """Nobody is told twice, and of the ticket that was held somebody is told afterwards."""
        with self.real.cursor() as one, self.real.cursor() as other:
            mine = self.sweep(one, limit=2)
            with at("2020-03-31 10:00"):
                self.env_of(other)["loyalty.service.sla.clock"]._sweep_due(
                    self.env_of(other).company
                )
                self.env_of(other).flush_all()
            other.commit()
            self.assertEqual(len(mine), 2)
            one.commit()
        self.assertEqual(self.outcome(), (8, 8, 8))

    def fetch(self, env, mail):
        """Take a mail in as Odoo does that fetches it, of which nothing fails loudly."""
        env["mail.thread"].with_context(default_fetchmail_server_id=False).message_process(
            "helpdesk.ticket", mail
        )

    def test_a_mail_is_fetched_while_its_clocks_are_moved(self):
        """It is taken in once the other transaction is done, and once only."""
        with self.real.cursor() as one:
            env = self.env_of(one)
            ticket = env["helpdesk.ticket"].browse(self.ticket_ids[0])
            ticket.partner_id.email = "boss@race.example"
            sent = ticket.message_post(body="Which month?", subtype_xmlid="mail.mt_comment")
            reference = sent.message_id
            one.commit()
        mail = (
            "From: Boss <boss@race.example>\nTo: desk@firm.example\nSubject: Re: Race 0\n"
            f"In-Reply-To: {reference}\nReferences: {reference}\n"
            "Message-Id: <one@race.example>\nContent-Type: text/plain\n\nMarch."
        )
        locks, moved = [], type(env["loyalty.service.sla.clock"])._lock_rows

        def lock(clocks, tickets):
            if not locks:
                with self.real.cursor() as other:
                    other.execute(
                        SQL(
                            "UPDATE loyalty_service_sla_clock SET breach_probability = 0.5"
                            " WHERE ticket_id = ANY(%s)",
                            self.ticket_ids,
                        )
                    )
            locks.append(tickets)
            return moved(clocks, tickets)

        with (
            self.real.cursor() as one,
            mute_logger("odoo.sql_db"),
            patch.object(type(env["loyalty.service.sla.clock"]), "_lock_rows", lock),
        ):
            self.fetch(self.env_of(one), mail)
            one.commit()
        with self.real.cursor() as cr:
            ticket = self.env_of(cr)["helpdesk.ticket"].browse(self.ticket_ids[0])
            replies = ticket.message_ids.filtered(lambda message: "March" in str(message.body))
            self.assertEqual(len(replies), 1)
            kinds = ticket.loyalty_sla_entry_ids.mapped("kind")
            self.assertEqual(kinds.count("customer_reply"), 1)
        self.assertGreater(len(locks), 1, "the first try has failed")

    def test_answered_while_it_is_swept(self):
        """Whoever writes on a ticket that is being swept waits, fails, and is run again.

        So the clock is never counted from what it was before the sweep.
        """
        with self.real.cursor() as one, self.real.cursor() as other:
            self.env_of(other)["helpdesk.ticket"].browse(self.ticket_ids[0]).name  # noqa: B018
            self.sweep(one)
            one.commit()
            with (
                mute_logger("odoo.sql_db"),
                at("2020-03-31 10:01"),
                self.assertRaises(SerializationFailure),
            ):
                self.env_of(other)["loyalty.service.sla.clock"]._lock_tickets(
                    self.env_of(other)["helpdesk.ticket"].browse(self.ticket_ids[0])
                )
            other.rollback()
        self.assertEqual(self.outcome(), (8, 8, 8))

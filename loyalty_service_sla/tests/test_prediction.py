"""What a firm learns from its closed tickets about its open ones."""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..engine import breach_prediction as engine
from .common import SlaCommon, at, utc

FIRST_DAY = date(2026, 1, 5)
DAYS = 40
NOW = "2026-03-16 10:00"


def day(number):
    """Return the working day so many after the first one, Mondays to Fridays."""
    return FIRST_DAY + timedelta(days=number // 5 * 7 + number % 5)


def moment(number, hour):
    return str(datetime.combine(day(number), time(hour)))


@tagged("post_install", "-at_install")
class TestPrediction(SlaCommon):
    """A solution within 24 h, three working days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Ticket = cls.Ticket.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        # What else is in the database is nothing of this.
        cls.Clock.search([("company_id", "=", cls.company.id)]).ticket_id.unlink()
        # Nobody answers here.
        cls.policy.first_response_hours = 0
        cls.prediction = cls.env["loyalty.service.sla.prediction"].search(
            [("company_id", "=", cls.company.id)]
        )

    def create(self, when, *priorities, **values):
        with at(when):
            tickets = self.Ticket.create(
                [
                    {
                        "name": "VAT return",
                        "description": "x",
                        "number": f"P{when}{place}",
                        "partner_id": self.contact.id,
                        "team_id": self.team.id,
                        "priority": priority,
                        **values,
                    }
                    for place, priority in enumerate(priorities)
                ]
            )
            self.env.flush_all()
        return tickets

    def live_through(self, days=DAYS):
        """Five tickets a day: those of low priority lie, those of high priority are solved.

        But each tenth of the two low ones is solved in time, each fifteenth of the others late.
        """
        agenda, low, high = [], 0, 0
        for number in range(days):
            tickets = self.create(moment(number, 10), "0", "0", "2", "2", "2")
            late = self.Ticket
            for ticket in tickets:
                if ticket.priority == "0":
                    low += 1
                    late |= ticket if low % 10 else self.Ticket
                else:
                    high += 1
                    late |= self.Ticket if high % 15 else ticket
            agenda += [(number + 1, tickets - late), (number + 5, late)]
            for when, some in agenda:
                if when == number:
                    self.move(moment(number, 15), some, self.stage_done)
        for when, some in agenda:
            if when >= days:
                self.move(moment(when, 15), some, self.stage_done)

    def learn(self, when=NOW):
        with at(when):
            self.prediction._learn()
            self.env.flush_all()

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def cases(self, ticket, when):
        """Return ``{share: case}`` of the past of a ticket, as seen at a moment."""
        return {
            example.case.share: example.case
            for example in self.prediction._get_examples(utc(when))
            if example.ticket == ticket.id and example.case.target == "resolution"
        }

    def test_nothing_of_what_came_later_is_known(self):
        """24 h from Monday 10:00: 6 h at 17:00, 12 h on Tuesday 15:00, 18 h on Wednesday at noon.

        Monday has 7 h left and Tuesday 8, so 18 h are 3 h of Wednesday.
        """
        ticket = self.create("2026-03-02 10:00", "0")
        other = self.create("2026-03-02 11:00", "0")
        self.answer("2026-03-02 12:00", ticket)
        self.move("2026-03-03 10:00", other, self.stage_done)
        with at("2026-03-03 16:00"):
            ticket.write({"priority": "3", "loyalty_ticket_type": "incident"})
        self.answer("2026-03-03 17:00", ticket, self.contact)
        self.move("2026-03-05 12:00", ticket, self.stage_done)
        cases = self.cases(ticket, NOW)
        self.assertEqual(sorted(cases), [0.0, 0.25, 0.5, 0.75, 0.9])
        told = {
            share: (c.load, c.answers, c.messages, c.priority, c.type, c.weekday, c.part)
            for share, c in cases.items()
        }
        self.assertEqual(told[0.0], (0, 0, 0, "0", "question", "0", "morning"))
        self.assertEqual(told[0.25], (1, 1, 0, "0", "question", "0", "afternoon"))
        self.assertEqual(told[0.5], (0, 1, 0, "0", "question", "1", "afternoon"))
        self.assertEqual(told[0.75], (0, 1, 1, "3", "incident", "2", "afternoon"))
        self.assertTrue(all(case.hours == 24 for case in cases.values()))
        [example, *_others] = [
            example
            for example in self.prediction._get_examples(utc(NOW))
            if example.ticket == ticket.id and example.case.target == "resolution"
        ]
        self.assertTrue(example.missed)

    def test_now_is_seen_as_the_past_is(self):
        """What is said of an open ticket is what one learns from later, at the same moment."""
        tickets = self.create("2026-03-02 10:00", "0", "1", "2")
        self.answer("2026-03-02 12:00", tickets[0])
        self.move("2026-03-02 15:00", tickets[1], self.stage_awaiting)
        self.answer("2026-03-02 16:00", tickets[1], self.contact)
        # A quarter, 6 h, is used at 17:00, of the paused one 1 h later.
        live = {}
        for when in ("2026-03-02 17:00", "2026-03-02 18:00"):
            for clock_id, case in self.prediction._get_cases(utc(when)).items():
                clock = self.Clock.browse(clock_id)
                live[clock.ticket_id, clock.target, case.share] = case
        self.move("2026-03-06 12:00", tickets, self.stage_done)
        for ticket in tickets:
            then = self.cases(ticket, NOW)[0.25]
            self.assertEqual(then, live[ticket, "resolution", 0.25])
        self.assertEqual(self.cases(tickets[1], NOW)[0.25].pauses, 1)

    def test_the_latest_are_left_out(self):
        """Solved at once, but its time is not up: of its day only such are known."""
        ticket = self.create("2026-03-12 10:00", "0")
        self.move("2026-03-12 14:00", ticket, self.stage_done)
        self.assertFalse(self.cases(ticket, "2026-03-13 10:00"))
        self.assertTrue(self.cases(ticket, "2026-03-20 10:00"))

    # ------------------------------------------------------------------
    # From closed tickets to open ones
    # ------------------------------------------------------------------

    def test_it_learns_and_says_why(self):
        self.live_through()
        low, high = self.create("2026-03-13 15:00", "0", "2")
        self.learn()
        self.assertEqual(self.prediction.state, "good")
        self.assertEqual(self.prediction.ticket_count, DAYS * 5)
        # 80 low ones, of which 8 in time; 120 others, of which 8 late.
        self.assertEqual((self.prediction.missed_count, self.prediction.met_count), (80, 120))
        self.assertLess(self.prediction.brier, self.prediction.base_brier)
        self.assertGreater(self.prediction.auc, 0.8)
        self.assertGreater(low.loyalty_breach_probability, 0.6)
        self.assertLess(high.loyalty_breach_probability, 0.3)
        self.assertGreater(high.loyalty_breach_probability, 0)
        percent = round(low.loyalty_breach_probability * 100)
        self.assertIn(f"{percent} % likely to miss the solution", low.loyalty_breach_words)
        self.assertIn("of its priority", low.loyalty_breach_words)
        likely = self.Ticket.search([("loyalty_breach_probability", ">=", 0.5)])
        self.assertIn(low, likely)
        self.assertNotIn(high, likely)
        self.assertIn("had not seen", self.prediction.verdict)
        self.assertIn("<svg", self.prediction.report)
        self.assertEqual(self.prediction.likely_count, len(likely))
        shown = self.prediction.riskiest_ids
        self.assertEqual(shown[0], max(shown, key=lambda ticket: ticket.loyalty_breach_probability))
        action = self.prediction.action_view_by_risk()
        [view_id] = [view_id for view_id, kind in action["views"] if kind == "list"]
        arch = self.Ticket.get_view(view_id, "list")["arch"]
        self.assertIn('default_order="loyalty_breach_probability desc"', arch)
        found = self.Ticket.search(action["domain"])
        self.assertEqual(self.prediction.predicted_count, len(found))
        self.assertLessEqual(shown, found)
        self.assertIn(low, found)
        # What is closed, or late, is predicted no more.
        self.move("2026-03-16 10:30", low, self.stage_done)
        self.assertFalse(low.loyalty_breach_probability)
        self.assertFalse(low.loyalty_breach_words)
        with at("2026-03-20 18:00"):
            high.loyalty_sla_clock_ids._sweep(utc("2026-03-20 18:00"))
            self.prediction._refresh()
            self.env.flush_all()
        self.assertFalse(high.loyalty_breach_probability)
        self.check_what_it_costs()
        self.check_that_it_forgets()

    def check_what_it_costs(self):
        """No query per ticket, save for those by which the ORM writes a hundred at a time."""
        counts = []
        for number in (5, 40, 80):
            self.create(f"2026-03-13 {10 + len(counts)}:00", *["0"] * number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            with at(NOW):
                self.prediction._refresh()
                self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(max(counts[1:]), counts[0] + 1, counts)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        with at(NOW):
            self.prediction._refresh()
            self.env.flush_all()
        # Nothing has changed: nothing is written.
        self.assertLess(self.cr.sql_log_count - before, min(counts))
        self.assertTrue(self.Ticket.search_count([("loyalty_breach_probability", ">", 0)]))

    def check_that_it_forgets(self):
        """As soon as it is no better than nothing, nothing is said."""
        worse = engine.Learned("worse", 200, 80, 120, {})
        with patch.object(engine, "learn", return_value=worse):
            self.learn()
        self.assertEqual((self.prediction.state, self.prediction.learned), ("worse", False))
        self.assertFalse(self.Ticket.search_count([("loyalty_breach_probability", ">", 0)]))
        self.assertIn("hidden", self.prediction.verdict)

    def test_too_few(self):
        self.assertIn("Nothing has been learned yet", self.prediction.verdict)
        ticket = self.create("2026-03-02 10:00", "0")
        self.move("2026-03-03 10:00", ticket, self.stage_done)
        ticket = self.create("2026-03-13 10:00", "0")
        self.learn()
        self.assertEqual((self.prediction.state, self.prediction.ticket_count), ("few", 1))
        for text in (
            "149 more tickets",
            "40 more that missed a promise",
            "39 more that kept all of theirs",
        ):
            self.assertIn(text, self.prediction.verdict)
        self.assertFalse(self.prediction.report)
        self.assertFalse(ticket.loyalty_breach_probability)
        self.assertFalse(ticket.loyalty_breach_words)

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_own_company_only(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.prediction.search([("company_id", "=", other.id)])
        self.assertTrue(theirs)
        self.assertFalse(theirs.with_user(self.agent).has_access("read"))
        ticket = self.create("2026-03-02 10:00", "0", company_id=other.id, team_id=False)
        self.move("2026-03-03 10:00", ticket, self.stage_done)
        self.assertNotIn(
            ticket.id, {example.ticket for example in self.prediction._get_examples(utc(NOW))}
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_who_lets_it_learn(self):
        for user, may in ((self.agent, False), (self.leader, True)):
            mine = self.prediction.with_user(user)
            self.assertEqual(mine.action_open()["res_id"], self.prediction.id)
            self.assertEqual(mine.may_learn, may)
            if may:
                mine.action_learn()
                self.assertTrue(self.prediction.date)
            else:
                with self.assertRaises(AccessError):
                    mine.action_learn()
        manager = new_test_user(
            self.env, "prediction_manager", groups="loyalty_service.group_loyalty_manager"
        )
        mine = self.prediction.with_user(manager)
        # At no desk: the screen opens all the same.
        shown = mine.get_view(view_type="form")["models"][mine._name]
        self.assertIn("likely_count", mine.read(list(shown))[0])
        self.assertTrue(mine.may_learn)
        portal = new_test_user(self.env, "prediction_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.client_partner
        with self.assertRaises(AccessError):
            self.prediction.with_user(portal).action_open()
        with self.assertRaises(AccessError):
            self.prediction.with_user(portal).action_learn()
        ticket = self.create("2026-03-02 10:00", "0").with_user(portal)
        for name in ("loyalty_breach_probability", "loyalty_breach_words"):
            with self.assertRaises(AccessError):
                ticket.read([name])

    # ------------------------------------------------------------------
    # Scheduled actions
    # ------------------------------------------------------------------

    def test_each_night_once(self):
        learned = []
        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0),
            patch.object(
                type(self.prediction),
                "_get_examples",
                lambda prediction, now: learned.append(prediction.company_id) or [],
            ),
        ):
            for when in ("2026-03-16 02:30", "2026-03-16 03:30", "2026-03-17 02:30"):
                with at(when):
                    self.prediction._cron_learn()
                    self.prediction._cron_refresh()
        self.assertEqual(learned.count(self.company), 2)

    def test_what_fails_is_told(self):
        with (
            patch.object(type(self.prediction), "_get_examples", side_effect=ValueError("odd")),
            mute_logger("odoo.addons.loyalty_service.batch"),
        ):
            self.prediction._learn_claimed()
        self.assertEqual((self.prediction.error, self.prediction.date), ("odd", False))
        self.learn()
        self.assertFalse(self.prediction.error)


@tagged("post_install", "-at_install")
class TestTwoLearn(TransactionCase):
    def test_what_another_works_on_is_left_to_it(self):
        """On two connections; nothing is committed."""
        registry = Registry(self.env.cr.dbname)
        with registry.cursor() as one, registry.cursor() as other:
            Prediction = "loyalty.service.sla.prediction"
            mine = api.Environment(one, SUPERUSER_ID, {})[Prediction].search([], limit=1)
            theirs = api.Environment(other, SUPERUSER_ID, {})[Prediction].browse(mine.id)
            self.assertTrue(mine.try_lock_for_update(allow_referencing=True))
            with patch.object(type(theirs), "_learn", side_effect=AssertionError):
                theirs._learn_claimed()
            one.rollback()
            with patch.object(type(theirs), "_learn", autospec=True) as learn:
                theirs._get_due()._learn_claimed()
            self.assertEqual(learn.call_count, len(theirs._get_due()))
            other.rollback()

from random import Random

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.common import BaseCommon

from ..engine import scorecard as engine
from .common import at, utc
from .complaint_common import ComplaintFixture

MINUTE, HOUR = 60, 3600
MARCH = {"period": "own", "date_from": "2026-03-01", "date_to": "2026-03-31"}


class ScorecardFixture(ComplaintFixture):
    """Two agents who differ, on Monday 2 March 2026 from 9:00 on, by hours of 9-12 and 13-18.

    The quick one has eleven tickets, answered after 6, 12, ... 66 minutes and closed after 120,
    126, ... 180; the first of them is reopened. The slow one answers five of ten after 3 h and
    five after 9 h, when 4 h were promised, and closes eight after 16 h and two after 40 h, when
    24 h were promised. One ticket is nobody's, and one is a complaint about the slow one.
    """

    @classmethod
    def _set_up_cards(cls):
        cls._set_up_complaints()
        cls.slow = new_test_user(
            cls.env, "sla_slow", groups="helpdesk_mgmt.group_helpdesk_user_own"
        )
        cls.team.user_ids = [(4, cls.slow.id)]
        cls.Scorecard = cls.env["loyalty.service.sla.scorecard"]
        make = cls("setUp")
        make.env = cls.env
        cls.quick_tickets = [make.file("2026-03-02 09:00") for _ in range(11)]
        cls.slow_tickets = [make.file("2026-03-02 09:00", user_id=cls.slow.id) for _ in range(10)]
        for place, ticket in enumerate(cls.quick_tickets):
            make.answer(f"2026-03-02 {cls._clock_text(6 * (place + 1))}", ticket)
        for ticket in cls.slow_tickets[:5]:
            make.answer("2026-03-02 12:00", ticket)
        for place, ticket in enumerate(cls.quick_tickets):
            make.move(f"2026-03-02 {cls._clock_text(120 + 6 * place)}", ticket, cls.stage_done)
        for ticket in cls.slow_tickets[5:]:
            make.answer("2026-03-03 10:00", ticket)
        for ticket in cls.slow_tickets[:8]:
            make.move("2026-03-03 18:00", ticket, cls.stage_done)
        make.move("2026-03-04 10:00", cls.quick_tickets[0], cls.stage_progress)
        for ticket in cls.slow_tickets[8:]:
            make.move("2026-03-06 18:00", ticket, cls.stage_done)
        cls.stray = make.file("2026-03-10 09:00", user_id=False)
        cls.complaint = make.complain("2026-03-11 09:00", user_id=cls.slow.id)
        with at("2026-03-12 10:00"):
            cls.complaint.sudo().write({"rating": "2", "answer_date": "2026-03-12 02:00:00"})
            cls.env.flush_all()

    @staticmethod
    def _clock_text(minutes):
        return f"{9 + minutes // 60:02d}:{minutes % 60:02d}"

    def cards(self, user=None, when="2026-03-31 18:00", **options):
        """Return what is read of March, at its end unless another moment is named."""
        with at(when):
            asked = self.Scorecard.with_user(user or self.leader)._asked(
                {**MARCH, "team_id": self.team.id, **options}
            )
            return asked._read_cards()

    def screen(self, user=None, **options):
        with at("2026-03-31 18:00"):
            return self.Scorecard.with_user(user or self.leader).get_screen(
                {**MARCH, "team_id": self.team.id, **options}
            )


@tagged("post_install", "-at_install")
class TestScorecard(ScorecardFixture, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_cards()

    def counts(self, card):
        """Return what of a card adds up."""
        return {
            what: (tally.number, tally.good, round(tally.total))
            for what, tally in card.items()
            if tally.number
        }

    def sum(self, cards):
        result = {}
        for card in cards:
            for what, numbers in self.counts(card).items():
                old = result.get(what, (0, 0, 0))
                result[what] = tuple(a + b for a, b in zip(old, numbers, strict=True))
        return result

    # ------------------------------------------------------------------
    # Figures worked by hand
    # ------------------------------------------------------------------

    def test_quick_agent(self):
        card = self.cards()[0, "user", self.agent.id]
        numbers = {what: tally.number for what, tally in card.items()}
        self.assertEqual(numbers["taken"], 11)
        # The first of them was reopened, and is open: it was closed all the same.
        self.assertEqual((numbers["closed"], numbers["reopened"]), (11, 1))
        self.assertEqual((numbers["now_open"], numbers["now_late"]), (1, 1))
        answer, solution = card["first_response"], card["resolution"]
        # 6, 12, ... 66 minutes: the sixth and the tenth.
        self.assertEqual((answer.median, answer.ninetieth), (36 * MINUTE, 60 * MINUTE))
        # 120, 126, ... 180 minutes: the sixth and the tenth.
        self.assertEqual((solution.median, solution.ninetieth), (150 * MINUTE, 174 * MINUTE))
        self.assertEqual(self.counts(card)["promise_first_response"], (11, 11, 0))
        # All in time; of the one that is open again 22 h were left, over on 6 March at 17:00.
        self.assertEqual(self.counts(card)["promise_resolution"], (12, 11, 1))

    def test_slow_agent(self):
        card = self.cards()[0, "user", self.slow.id]
        answer, solution = card["first_response"], card["resolution"]
        self.assertEqual((answer.number, answer.median), (10, 6 * HOUR))
        self.assertEqual(answer.ninetieth, 9 * HOUR)
        # Eight of 16 h, two of 40 h: 0.1 of the way from 40 to 40.
        self.assertEqual((solution.median, solution.ninetieth), (16 * HOUR, 40 * HOUR))
        counts = self.counts(card)
        self.assertEqual(counts["promise_first_response"], (10, 5, 5))
        # The third is the complaint's: 10 days of 8 h from 11 March on.
        self.assertEqual(counts["promise_resolution"], (11, 8, 3))
        self.assertEqual(counts["promise_acknowledgement"], (1, 0, 1))
        self.assertEqual((counts["taken"][0], counts["complaint"][0]), (11, 1))
        self.assertEqual(counts["rating"], (1, 0, 2))

    def test_team_and_nobody(self):
        cards = self.cards()
        whole = self.counts(cards[0, "all", None])
        self.assertEqual(whole["taken"][0], 23)
        self.assertEqual(whole["closed"][0], 21)
        self.assertEqual(
            self.counts(cards[0, "user", None]),
            {
                "taken": (1, 1, 0),
                # Overdue since 10 and 12 March; nobody has swept.
                "promise_first_response": (1, 0, 1),
                "promise_resolution": (1, 0, 1),
                "now_open": (1, 1, 0),
                "now_late": (1, 1, 0),
            },
        )

    def test_a_ticket_that_nobody_answers_counts_as_missed(self):
        clock = self.clock(self.stray, "first_response")
        with at("2026-03-11 18:00"):
            clock._sweep(utc("2026-03-11 18:00"))
            self.env.flush_all()
        self.assertTrue(clock.breached)
        counts = self.counts(self.cards()[0, "user", None])
        self.assertEqual(counts["promise_first_response"], (1, 0, 1))

    def test_closing_in_time_is_an_end_of_waiting(self):
        """Of the next answer it is one; of the first it is neither an answer nor none in time."""
        self.policy.next_response_hours = 4
        asked = self.file("2026-03-16 09:00", user_id=self.leader.id)
        self.answer("2026-03-16 10:00", asked)
        self.answer("2026-03-16 11:00", asked, author=self.contact)
        never = self.file("2026-03-16 09:00", user_id=self.leader.id)
        for ticket in (asked, never):
            self.move("2026-03-16 12:00", ticket, self.stage_done)
        counts = self.counts(self.cards()[0, "user", self.leader.id])
        self.assertEqual(counts["promise_next_response"], (1, 1, 0))
        self.assertEqual(counts["promise_first_response"], (1, 1, 0))
        self.assertEqual(counts["promise_resolution"], (2, 2, 0))

    def test_each_wait_is_a_promise(self):
        """Late, in time, and late without an answer: three promises of one ticket, two missed."""
        self.policy.next_response_hours = 4
        ticket = self.file("2026-03-16 09:00", user_id=self.leader.id)
        for asked, answered in (
            (None, "2026-03-16 10:00"),
            # 4 h from 11:00 are over at 16:00.
            ("2026-03-16 11:00", "2026-03-16 17:00"),
            ("2026-03-17 09:00", "2026-03-17 10:00"),
            ("2026-03-18 09:00", None),
        ):
            if asked:
                self.answer(asked, ticket, author=self.contact)
            if answered:
                self.answer(answered, ticket)
        for day, counts in (("16", (1, 0, 1)), ("17", (1, 1, 0)), ("18", (1, 0, 1))):
            days = {"date_from": f"2026-03-{day}", "date_to": f"2026-03-{day}"}
            card = self.counts(self.cards(**days)[0, "user", self.leader.id])
            self.assertEqual(card["promise_next_response"], counts, day)

    def test_a_month_that_is_over_stays(self):
        """Late answers, reopenings, next waits and ratings of April are April's, not March's."""
        self.policy.next_response_hours = 4
        answered, unanswered, late, rated = (
            self.file(f"2026-03-2{day} 09:00") for day in (3, 4, 5, 6)
        )
        for place, ticket in enumerate((answered, unanswered, late, rated)):
            self.answer(f"2026-03-2{3 + place} 10:00", ticket)
        # In time, never in March, and an hour late: 4 h from 9:00 end at 14:00.
        self.answer("2026-03-30 09:00", answered, author=self.contact)
        self.answer("2026-03-30 11:00", answered)
        self.answer("2026-03-30 09:00", unanswered, author=self.contact)
        self.answer("2026-03-30 09:00", late, author=self.contact)
        self.answer("2026-03-30 15:00", late)
        # Asked in March, due in April: 1 h on the 31st, 3 h on the 1st.
        self.answer("2026-03-31 17:00", answered, author=self.contact)
        self.move("2026-03-30 10:00", rated, self.stage_done)
        self.rate("2026-03-31 10:00", rated, "5")
        march = self.past(self.cards())
        self.assertEqual(march["all", None]["promise_next_response"].number, 3)
        self.assertEqual(march["all", None]["promise_next_response"].good, 1)

        self.answer("2026-04-01 11:00", answered)
        self.answer("2026-04-01 10:00", unanswered)
        self.answer("2026-04-01 09:30", late, author=self.contact)
        # 4 h from 9:30 end at 14:30.
        self.answer("2026-04-02 09:00", late)
        # Solved in 23 h of 24; what was closed within 3 h in March gets 40 h more.
        for ticket in (rated, self.quick_tickets[3]):
            self.move("2026-04-07 09:00", ticket, self.stage_progress)
        self.move("2026-04-07 12:00", rated, self.stage_done)
        self.rate("2026-04-08 10:00", rated, "1")
        self.move("2026-04-13 18:00", self.quick_tickets[3], self.stage_done)
        self.Clock.search([("state", "=", "running")])._sweep(utc("2026-05-31 12:00"))
        self.assertEqual(self.past(self.cards(when="2026-05-31 18:00")), march)

        april = {"date_from": "2026-04-01", "date_to": "2026-04-30", "when": "2026-05-31 18:00"}
        card = self.counts(self.cards(**april)[0, "all", None])
        # In time on the 1st; late on the 1st.
        self.assertEqual(card["promise_next_response"], (2, 1, 1))
        self.assertEqual((card["closed"][0], card["reopened"][0]), (2, 2))
        self.assertEqual(card["rating"], (1, 0, 1))

    def rate(self, when, ticket, rating):
        with at(when):
            ticket.sudo()._loyalty_answer_as_client("confirmed", rating)
            self.env.flush_all()

    def past(self, cards):
        """Return the cards of the period without how things stand now."""
        return {
            key: {what: tally for what, tally in card.items() if not what.startswith("now_")}
            for (period, *key_), card in cards.items()
            if period == 0
            for key in [tuple(key_)]
        }

    def test_waiting_for_the_client(self):
        self.move("2026-03-12 09:00", self.stray, self.stage_awaiting)
        card = self.cards()[0, "user", None]
        self.assertEqual(card["now_client"].number, 1)

    def test_the_period_before(self):
        cards = self.cards(date_from="2026-03-03", date_to="2026-03-03")
        self.assertEqual(self.counts(cards[1, "all", None])["taken"][0], 21)
        self.assertNotIn("taken", cards[0, "all", None])
        self.assertEqual(cards[0, "all", None]["closed"].number, 8)

    # ------------------------------------------------------------------
    # What adds up
    # ------------------------------------------------------------------

    def test_periods_and_agents_add_up(self):
        """Over histories at random, cut at random: two parts are the whole, agents the team."""
        random = Random(9)
        users = [self.agent.id, self.slow.id, self.leader.id, None]
        for _ in range(4):
            seed = random.random() * 2 - 1
            self.env.cr.execute(SQL("SELECT setseed(%s)", seed))
            for table, columns in (
                ("loyalty_service_sla_entry", ("date",)),
                ("loyalty_service_sla_outcome", ("date",)),
                ("loyalty_service_sla_clock", ("deadline",)),
                ("loyalty_service_complaint", ("received_date",)),
            ):
                for column in columns:
                    self.env.cr.execute(
                        SQL(
                            """
                            UPDATE %(table)s SET %(column)s =
                                   timestamp '2026-02-20' + random() * interval '50 days'
                             WHERE %(column)s IS NOT NULL
                            """,
                            table=SQL.identifier(table),
                            column=SQL.identifier(column),
                        )
                    )
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_ticket "
                    "SET user_id = (%s::int[])[1 + floor(random() * 4)::int]",
                    users,
                )
            )
            self.env.invalidate_all()
            whole = self.cards()
            for day in random.sample(range(1, 31), 5):
                parts = [
                    self.cards(date_to=f"2026-03-{day:02d}"),
                    self.cards(date_from=f"2026-03-{day + 1:02d}"),
                ]
                for kind, key in {key[1:] for key in whole if key[0] == 0}:
                    of_parts = [
                        {
                            what: tally
                            for what, tally in part.get((0, kind, key), {}).items()
                            if not what.startswith("now_")
                        }
                        for part in parts
                    ]
                    of_whole = {
                        what: tally
                        for what, tally in whole[0, kind, key].items()
                        if not what.startswith("now_")
                    }
                    self.assertEqual(self.sum(of_parts), self.counts(of_whole), (day, kind, key))
            agents = [
                card
                for (period, kind, _key), card in whole.items()
                if (period, kind) == (0, "user")
            ]
            self.assertEqual(self.sum(agents), self.counts(whole[0, "all", None]))
            self.assertEqual(
                self.counts(whole[0, "team", self.team.id]), self.counts(whole[0, "all", None])
            )

    # ------------------------------------------------------------------
    # Screen
    # ------------------------------------------------------------------

    def section(self, screen, name):
        return next(section for section in screen["sections"] if section["id"] == name)

    def card(self, screen, title):
        cards = self.section(screen, "agents")["cards"]
        card = next(card for card in cards if card["title"] == title)
        return card, {line["label"]: (line["value"], line["note"]) for line in card["lines"]}

    def test_screen(self):
        screen = self.screen()
        card, lines = self.card(screen, self.slow.name)
        self.assertEqual(card["headline"], "Answers in time less often than the others")
        # Wilson: 5 of 10 lie between 23.7 and 76.3 %.
        self.assertEqual(lines["First answers in time"], ("50%", "5 of 10; between 24% and 76%"))
        self.assertEqual(lines["First answer"], ("6.0 h", "90% within 9.0 h (10 tickets)"))
        self.assertEqual(lines["Breaches"], ("9", "before: 0"))
        self.assertEqual(lines["Rating"], ("2.0 of 5", "1 rated: too few to tell"))
        _card, lines = self.card(screen, self.agent.name)
        self.assertEqual(lines["Solution"], ("2.5 h", "90% within 2.9 h (11 tickets)"))
        promises = self.section(screen, "desk")["tables"][0]["rows"]
        by_name = {row["label"]: [cell[0] for cell in row["cells"]] for row in promises}
        self.assertEqual(by_name["First answer"][:2], ["22", "16"])

    def test_too_few_to_tell(self):
        _card, lines = self.card(self.screen(date_to="2026-03-02"), self.slow.name)
        self.assertEqual(lines["First answer"], ("-", "5: too few tickets to tell"))
        _card, lines = self.card(
            self.screen(date_from="2026-03-03", date_to="2026-03-03"), self.slow.name
        )
        self.assertEqual(lines["Solutions in time"], ("8 of 8", "too few tickets to tell"))

    def test_drill_down_finds_as_many(self):
        with at("2026-03-31 18:00"):
            Scorecard = self.Scorecard.with_user(self.leader)
            options = {**MARCH, "team_id": self.team.id}
            cards = Scorecard._asked(options)._read_cards()
            opened = 0
            for (period, kind, key), card in cards.items():
                for what, tally in card.items():
                    action = Scorecard.get_records(options, f"{what}:{kind}:{key or ''}:{period}")
                    tickets = (
                        self.Ticket.with_user(self.leader)
                        .with_context(active_test=False)
                        .search(action["domain"])
                    )
                    # The one that was closed in time and is open again was promised both times.
                    again = what == "promise_resolution" and (kind, key) in (
                        ("all", None),
                        ("team", self.team.id),
                        ("user", self.agent.id),
                    )
                    self.assertEqual(len(tickets), tally.number - again, (period, kind, key, what))
                    opened += 1
            self.assertGreater(opened, 20)
            late = Scorecard.get_records(options, f"breach:user:{self.slow.id}:0")
        # The last two of the five that were answered late were also closed late; the complaint.
        self.assertEqual(self.Ticket.search_count(late["domain"]), 6)

    def test_flat_number_of_queries(self):
        def queries(**options):
            """Return the fewest of some runs: Odoo's own cache may drop what it knows at any."""
            counts = []
            for _run in range(4):
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.screen(**options)
                counts.append(self.env.cr.sql_log_count - before)
            return min(counts)

        few = queries(date_from="2026-03-02", date_to="2026-03-02")
        for number in range(5):
            agent = new_test_user(
                self.env, f"more_{number}", groups="helpdesk_mgmt.group_helpdesk_user_own"
            )
            self.team.user_ids = [(4, agent.id)]
            self.file("2026-03-02 09:00", user_id=agent.id)
        many = queries(date_from="2026-03-02", date_to="2026-03-02")
        self.assertEqual(few, many)
        self.assertLess(many, 25)

    def test_nothing_yet(self):
        screen = self.screen(
            date_from="2019-01-01", date_to="2019-01-31", team_id=self.other_team().id
        )
        self.assertEqual(screen["sections"], [])
        self.assertIn("Nothing happened", screen["empty"])

    def other_team(self):
        return self.env["helpdesk.ticket.team"].create(
            {"name": "Empty", "user_ids": [(6, 0, self.leader.ids)]}
        )

    # ------------------------------------------------------------------
    # Cost
    # ------------------------------------------------------------------

    def tile(self, screen, label):
        tiles = self.section(screen, "desk")["tiles"]
        return next((tile for tile in tiles if tile["label"] == label), None)

    def test_cost_by_the_clock(self):
        self.assertIn("Fill in", self.tile(self.screen(), "Cost per ticket")["note"])
        self.company.loyalty_desk_hourly_cost = 100
        # Quick: 11 of 2.5 h. Slow: (8 x 16 + 2 x 40) / 10 = 20.8 h. (27.5 + 208) h / 21.
        _card, lines = self.card(self.screen(), self.agent.name)
        self.assertIn("250.00", lines["Cost per ticket"][0])
        self.assertIn("1,121.43", self.tile(self.screen(), "Cost per ticket")["value"])

    def test_cost_by_timesheets(self):
        self.company.loyalty_desk_hourly_cost = 100
        tickets = [*self.quick_tickets, *self.slow_tickets]
        lines = SQL(
            """
            SELECT unnest(%s::int[]), date '2026-03-02', 0.5
         UNION ALL SELECT %s, date '2026-03-03', 2.1
         UNION ALL SELECT %s, date '2026-03-05', 9
            """,
            [ticket.id for ticket in tickets],
            self.slow_tickets[0].id,
            self.quick_tickets[0].id,
        )
        self.patch(type(self.Scorecard), "_timesheet_lines", lambda record: lines)
        # 21 tickets of half an hour, one with 2.1 h more: 12.6 h / 21. What is worked on the one
        # that is open again counts when it is closed.
        self.assertIn("60.00", self.tile(self.screen(), "Cost per ticket")["value"])
        self.move("2026-03-09 10:00", self.quick_tickets[0], self.stage_done)
        card = self.cards()[0, "all", None]
        # 12.6 h + 9 h, of 22 closings.
        self.assertEqual((card["timesheet"].number, card["timesheet"].total), (22, 21.6 * HOUR))

    # ------------------------------------------------------------------
    # Who sees what
    # ------------------------------------------------------------------

    def test_an_agent_sees_the_own_card_and_the_team(self):
        screen = self.screen(self.slow)
        agents = self.section(screen, "agents")
        self.assertEqual([card["title"] for card in agents["cards"]], [self.slow.name])
        self.assertEqual((agents["title"], agents["tables"]), ("My Card", []))
        for chart in agents["charts"]:
            self.assertEqual(chart["labels"], [self.slow.name])
        self.assertNotIn(self.agent.name, str(screen))
        self.assertEqual(self.tile(screen, "Taken")["value"], "23")
        self.company.loyalty_desk_hourly_cost = 100
        self.assertIsNone(self.tile(self.screen(self.slow), "Cost per ticket"))

    def test_an_agent_opens_own_tickets_only(self):
        Scorecard = self.Scorecard.with_user(self.slow)
        options = {**MARCH, "team_id": self.team.id}
        own = Scorecard.get_records(options, f"taken:user:{self.slow.id}:0")
        self.assertEqual(self.Ticket.with_user(self.slow).search_count(own["domain"]), 11)
        for key in (f"taken:user:{self.agent.id}:0", "taken:all::0", "taken:user::0"):
            with self.assertRaises(AccessError):
                Scorecard.get_records(options, key)
        with self.assertRaises(AccessError):
            Scorecard.get_screen({**MARCH, "team_id": self.other_team().id})

    def test_a_team_leader_sees_all(self):
        lead = new_test_user(self.env, "sla_lead", groups="helpdesk_mgmt.group_helpdesk_user_own")
        self.assertFalse(self.Scorecard.with_user(lead)._asked({}).sees_all)
        self.env["helpdesk.ticket.team"].create({"name": "Led", "user_id": lead.id})
        self.assertTrue(self.Scorecard.with_user(lead)._asked({}).sees_all)

    def test_outsiders(self):
        for group in ("base.group_user", "base.group_portal", "loyalty_service.group_loyalty_user"):
            user = new_test_user(self.env, f"out_{group}", groups=group)
            with self.assertRaises(AccessError):
                self.Scorecard.with_user(user).get_screen({})

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.file("2026-03-05 10:00", company_id=other.id, team_id=False, user_id=False)
        with at("2026-03-31 18:00"):
            mine = self.Scorecard.with_company(self.company)._asked(MARCH)._read_cards()
            theirs = self.Scorecard.with_company(other)._asked(MARCH)._read_cards()
        self.assertEqual(theirs[0, "all", None]["taken"].number, 1)
        self.assertEqual(mine[0, "all", None]["taken"].number, 23)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_no_door_to_a_company_of_others(self):
        """Neither managers nor leaders of a shared team see a firm that is not theirs."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.file("2026-03-05 10:00", company_id=other.id, team_id=False, user_id=False)
        lead = new_test_user(self.env, "shared", groups="helpdesk_mgmt.group_helpdesk_user_own")
        self.env["helpdesk.ticket.team"].create(
            {"name": "Shared", "company_id": False, "user_id": lead.id}
        )
        for user in (self.leader, lead):
            Scorecard = self.Scorecard.with_user(user)
            proposed = Scorecard.with_context(default_company_id=other.id)
            with at("2026-03-31 18:00"):
                self.assertNotIn("Elsewhere", proposed.get_screen(MARCH)["title"])
                opened = proposed.get_records(MARCH, "taken:all::0")["domain"]
                self.assertNotIn(foreign, self.Ticket.search(opened))
                for values in ({"company_id": other.id}, {}):
                    with self.assertRaises(AccessError):
                        proposed.create({"period": "month", **values})
                record = Scorecard.create({"period": "month"})
                with self.assertRaises(AccessError):
                    record.company_id = other
                # Somebody else's, by its id.
                theirs = self.Scorecard.create({"period": "month", "company_id": other.id})
                with self.assertRaises(AccessError):
                    self.env["ir.actions.report"].with_user(user)._render_qweb_html(
                        "loyalty_service_sla.report_scorecard", theirs.ids
                    )
                for read in (
                    lambda card: card._prepare_screen(),
                    lambda card: card._read_tickets("taken", 0, "all", None),
                ):
                    with self.assertRaises(AccessError):
                        read(theirs.with_user(user))

    def test_tickets_are_rated_by_clients(self):
        """A ticket that a client rated with 1 counts beside the complaint rated with 2."""
        ticket = self.quick_tickets[1]
        with at("2026-03-12 11:00"):
            ticket._loyalty_answer_as_client("confirmed", "1")
            self.env.flush_all()
        cards = self.cards()
        self.assertEqual(self.counts(cards[0, "user", self.agent.id])["rating"], (1, 0, 1))
        self.assertEqual(self.counts(cards[0, "all", None])["rating"], (2, 0, 3))

    def test_wrong_period(self):
        with self.assertRaises(UserError):
            self.Scorecard._asked({"period": "century"})

    # ------------------------------------------------------------------
    # On paper
    # ------------------------------------------------------------------

    def test_spreadsheet_and_page(self):
        with at("2026-03-31 18:00"):
            Scorecard = self.Scorecard.with_user(self.leader)
            options = {**MARCH, "team_id": self.team.id}
            self.assertTrue(Scorecard._asked(options)._spreadsheet().startswith(b"PK"))
            self.assertIn("scorecards.xlsx?", Scorecard.get_spreadsheet(options)["url"])
            action = Scorecard.get_report(options)
            record = Scorecard.browse(action["context"]["active_ids"])
            html = self.env["ir.actions.report"]._render_qweb_html(
                "loyalty_service_sla.report_scorecard", record.ids
            )[0]
        self.assertIn(self.slow.name, html.decode())
        self.assertEqual(record.team_id, self.team)
        self.assertEqual(engine.LEAST_TICKETS, 10)


@tagged("post_install", "-at_install")
class TestScorecardRoutes(HttpCase):
    def test_spreadsheet_is_for_the_desk(self):
        new_test_user(self.env, "sheet_desk", groups="helpdesk_mgmt.group_helpdesk_manager")
        new_test_user(self.env, "sheet_staff", groups="base.group_user")
        url = "/loyalty_service_sla/scorecards.xlsx?period=month"
        self.authenticate("sheet_desk", "sheet_desk")
        self.assertEqual(self.url_open(url).status_code, 200)
        self.assertEqual(self.url_open(f"{url}&date_from=nonsense").status_code, 404)
        for odd in ("team_id=²", f"team_id={'9' * 30}", "company_id=²"):
            self.assertEqual(self.url_open(f"{url}&{odd}").status_code, 200, odd)
        far = "period=own&date_from=0001-01-01&date_to=9999-12-31"
        with mute_logger("odoo.http"):
            far = self.url_open(f"/loyalty_service_sla/scorecards.xlsx?{far}")
        self.assertEqual(far.status_code, 422)
        self.authenticate("sheet_staff", "sheet_staff")
        self.assertEqual(self.url_open(url).status_code, 404)

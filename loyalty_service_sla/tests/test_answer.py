from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..engine import similar as engine
from ..models import helpdesk_ticket_answer
from .answer_common import AnswerCommon
from .common import at


@tagged("post_install", "-at_install")
class TestAnswerSearch(AnswerCommon):
    """What is found for what is typed, worked by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(code)
        cls.vat = cls.add_answer("When is the VAT return due?", "<p>By the 15th of the month.</p>")
        cls.fapiao = cls.add_answer(
            "An invoice has the wrong name. How is it corrected?",
            "<p>With a red fapiao, and a new one.</p>",
            keywords="fapiao tax receipt",
        )
        cls.payroll = cls.add_answer(
            "What do you need for payroll?", "<p>Hours and bonuses. VAT is not part of it.</p>"
        )
        cls.fapiao_cn = cls.add_answer(
            "增值税发票开错了怎么办？", "<p>开红字发票冲回，再重新开具。</p>", lang="zh_CN"
        )
        cls.fapiao_tw = cls.add_answer(
            "發票開錯了怎麼辦？",
            "<p>開立折讓單或作廢重開。</p>",
            lang="zh_TW",
            original_id=cls.fapiao_cn.id,
        )
        cls.social_cn = cls.add_answer(
            "社会保险什么时候缴？", "<p>每月十五日前，凭发票入账。</p>", lang="zh_CN"
        )

    def find(self, question, lang="en_US"):
        return list(self.Answer.with_context(lang=lang)._find_similar_sudo(question))

    def test_english(self):
        """Of 6 answers 2 have VAT, 1 in its question; "return" and "due" are in one each.

        VAT weighs ln(1 + 6/2) = 1.386, return and due ln(1 + 6/1) = 1.946 each, 5.278 in all. The
        VAT answer covers all of it; the payroll one 0.4 * 1.386 / 5.278 = 0.105, which is too
        little.
        """
        self.assertEqual(self.find("VAT returns due"), [self.vat])
        # VAT alone: 1 for the question, 0.4 for the text.
        self.assertEqual(self.find("vat "), [self.vat, self.payroll])
        # Endings differ; "name" is not in another one.
        self.assertEqual(self.find("Please correct our invoices"), [self.fapiao])
        self.assertEqual(self.find("tax receipt"), [self.fapiao], "by the other words")
        self.assertEqual(self.find("parking for visitors"), [])
        self.assertEqual(self.find("how do we"), [], "says nothing")
        self.assertEqual(self.find(""), [])

    def test_while_it_is_typed(self):
        self.patch(self.env.registry, "has_trigram", False)
        self.assertEqual(self.find("payr"), [self.payroll])
        self.assertEqual(self.find("payr "), [], "no word is meant that begins like it")

    def test_chinese(self):
        """发票 is in 3 answers of 6, in two as head; 开错 is in two.

        Asked is 发票 + 开错 (了怎么办 says nothing, 票开 is where they meet). The twins count by
        themselves and come out as one, in the reader's language.
        """
        self.assertEqual(self.find("发票开错了怎么办", "zh_CN"), [self.fapiao_cn])
        self.assertEqual(self.find("發票開錯", "zh_TW"), [self.fapiao_tw], "in traditional script")
        self.assertEqual(self.find("发票开错", "zh_TW"), [self.fapiao_tw], "script does not matter")
        # 社保 is in none (ln 11 = 2.398), 缴 in one (ln 7 = 1.946): 1.946 / 4.344 = 0.448.
        self.assertEqual(self.find("社保什么时候缴", "zh_CN"), [self.social_cn])
        self.assertEqual(self.find("社保", "zh_CN"), [], "no pair in common")
        self.assertEqual(self.find("社会保险", "zh_CN"), [self.social_cn])
        # One word in the middle of others, in another order.
        self.assertEqual(self.find("开错的发票", "zh_CN")[0], self.fapiao_cn)
        self.assertEqual(self.find("社", "zh_CN"), [self.social_cn], "a lone character is a start")

    def test_the_database_and_the_engine_agree(self):
        texts = {
            answer: (f"{answer.question}\n{answer.keywords or ''}", answer.answer.striptags())
            for answer in self.Answer.search([("active", "=", True)])
        }
        for question in (
            "VAT return",
            "vat",
            "wrong name on a fapiao",
            "payroll bonus hours",
            "增值税发票",
            "红字发票",
            "开具",
            "缴 发票",
            "nothing of it",
        ):
            asked = engine.asked(question)
            counts, total = self.Answer._count_terms(asked)
            ids = self.Answer._search_by_terms(asked, counts, total, 10)
            ranked = engine.rank(question, texts, 10)
            # Twins come out as one.
            originals = {(answer.original_id or answer).id for answer, _cover in ranked}
            found = self.Answer.browse(ids)
            with self.subTest(question):
                self.assertEqual({(answer.original_id or answer).id for answer in found}, originals)
                if ranked:
                    best = max(cover for _answer, cover in ranked)
                    self.assertAlmostEqual(dict(ranked)[found[0]], best)

    def test_misspelled(self):
        self.assertTrue(self.env.registry.has_trigram, "the tests' own server has pg_trgm")
        self.assertEqual(self.find("invocie"), [self.fapiao])
        self.assertEqual(self.find("payrol "), [self.payroll])
        self.assertEqual(self.find("parking for visitors"), [])
        self.patch(self.env.registry, "has_trigram", False)
        self.assertEqual(self.find("invocie"), [], "and no error without it")

    def test_quotes_and_nonsense(self):
        for question in ("'", "\\", "a' | 'b", "vat':*A", "%", "\U0001f600", "&|!()", "x" * 5000):
            with self.subTest(question):
                self.find(question)

    def test_what_is_not_offered(self):
        self.vat.published = False
        self.assertEqual(self.find("VAT return due"), [])
        self.vat.published = True
        self.assertEqual(self.find("VAT return due"), [self.vat])
        self.vat.active = False
        self.assertEqual(self.find("VAT return due"), [])
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.payroll.company_id = other
        ours = self.Answer.with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(ours._find_similar_sudo("payroll"))

    def test_edited_text_is_found_at_once(self):
        self.payroll.question = "Who runs salaries?"
        self.assertEqual(self.find("salary"), [self.payroll])
        self.assertEqual(self.find("payroll"), [])

    def test_queries(self):
        """Two to find them and one to read them, however many there are and match."""
        self.find("VAT return")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(3):
            found = self.Answer._find_similar_sudo("VAT return")
            found.mapped("answer")
        self.Answer.create(
            [
                {"question": f"VAT return {number}", "answer": "x", "published": True}
                for number in range(200)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(3):
            found = self.Answer._find_similar_sudo("VAT return")
            found.mapped("answer")
        self.assertEqual(len(found), 5)


@tagged("post_install", "-at_install")
class TestAnswer(AnswerCommon):
    """Who writes and publishes answers, and what they count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.leader
        cls.desk = new_test_user(
            cls.env, "answer_desk", groups="helpdesk_mgmt.group_helpdesk_user_own"
        )

    def solved(self, **values):
        ticket = self.file("2026-03-02 10:00", **values)
        self.answer("2026-03-02 11:00", ticket)
        return ticket

    # ------------------------------------------------------------------
    # From a ticket
    # ------------------------------------------------------------------

    def propose(self, ticket, user=None):
        action = ticket.with_user(user or self.agent).action_loyalty_publish_answer()
        values = {name.removeprefix("default_"): value for name, value in action["context"].items()}
        return values

    def test_a_proposal_tells_nothing_of_the_client(self):
        ticket = self.file(
            "2026-03-02 10:00", name="Shanghai Lantern Trading: VAT of Wang Fang's shop"
        )
        with at("2026-03-02 11:00"):
            ticket.message_post(
                body="Dear Wang Fang, Lantern files by the 15th. Call 021-5555 0123 or write to "
                "wang@example.com about RMB 12,300.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.agent.partner_id.id,
            )
        with self.assertRaises(UserError):
            self.propose(ticket)
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        values = self.propose(ticket)
        self.assertEqual(values["question"], "[name]: VAT of [name]'s shop")
        self.assertEqual(
            values["answer"],
            "<p>Dear [name], [name] files by the 15th. Call [number] or write to [e-mail] about "
            "[amount].</p>",
        )
        self.assertFalse(self.Answer.search([("ticket_id", "=", ticket.id)]), "nothing is kept")

    def test_nothing_is_published_unread(self):
        ticket = self.solved(name="VAT of Lantern")
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        values = self.propose(ticket)
        answer = self.Answer.with_user(self.agent).create(
            {**values, "question": "VAT of Lantern", "answer": "<p>By the 15th.</p>"}
        )
        self.assertEqual(answer.mentions, "Lantern")
        managed = answer.with_user(self.manager)
        with self.assertRaises(ValidationError) as refused:
            managed.action_publish()
        self.assertIn("still mentions the client: Lantern", str(refused.exception))
        answer.question = "When is VAT due?"
        with self.assertRaises(ValidationError) as refused:
            managed.action_publish()
        self.assertIn("Read it all", str(refused.exception))
        answer.reviewed = True
        managed.action_publish()
        self.assertTrue(answer.published)
        self.assertEqual(answer.published_by_id, self.manager)
        with self.assertRaises(ValidationError):
            managed.answer = "<p>As Lantern does.</p>"
        action = ticket.with_user(self.agent).action_loyalty_publish_answer()
        self.assertEqual(action["res_id"], answer.id, "the second time it is shown")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_the_look_is_not_skipped(self):
        """Taking away the ticket, or changing what was read, skips no look."""
        ticket = self.solved(name="VAT of Lantern")
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        answer = self.Answer.with_user(self.agent).create(
            {**self.propose(ticket), "question": "VAT?", "answer": "<p>Wang Fang was late.</p>"}
        )
        managed = answer.with_user(self.manager)
        for values in ({"ticket_id": False}, {"from_ticket": False}):
            for record in (answer, managed):
                with self.assertRaises(AccessError):
                    record.write(values)
        answer.write({"answer": "<p>By the 15th.</p>", "reviewed": True})
        answer.answer = "<p>By the 15th, as Wang's shop.</p>"
        self.assertFalse(answer.reviewed, "somebody else has to read it again")
        ticket.unlink()
        self.assertTrue(answer.from_ticket)
        with self.assertRaisesRegex(ValidationError, "Read it all"):
            managed.action_publish()
        managed.write({"answer": "<p>By the 15th.</p>", "reviewed": True})
        managed.action_publish()
        managed.question = "When is VAT due?"
        self.assertTrue(managed.reviewed, "who publishes has read what it writes")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_copy_is_looked_at_as_well(self):
        ticket = self.solved(name="VAT of Lantern", user_id=self.manager.id)
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        draft = self.Answer.create(
            {"question": "VAT of Lantern?", "answer": "<p>x</p>", "ticket_id": ticket.id}
        )
        draft.reviewed = True
        own = new_test_user(self.env, "copies", groups="helpdesk_mgmt.group_helpdesk_user_own")
        copies = draft.copy() | draft.with_user(own).copy().with_user(self.env.user)
        for copied in copies:
            self.assertEqual((copied.ticket_id, copied.from_ticket), (ticket, True))
            self.assertEqual((copied.mentions, copied.reviewed), ("Lantern", False))
            with self.assertRaisesRegex(ValidationError, "still mentions"):
                copied.with_user(self.manager).action_publish()
        ticket.unlink()
        copied = draft.copy()
        self.assertEqual((copied.ticket_id, copied.from_ticket), (self.Ticket, True))
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        copied = copies[0].copy({"company_id": elsewhere.id})
        self.assertEqual((copied.ticket_id, copied.from_ticket), (self.Ticket, True))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_the_client_is_not_guessed(self):
        """Whoever may not read a ticket learns from no draft whose it is."""
        ticket = self.solved(name="VAT of Lantern", user_id=self.manager.id)
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        own = new_test_user(self.env, "guess", groups="helpdesk_mgmt.group_helpdesk_user_own")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(ticket.with_user(own).has_access("read"))
        guess = {"question": "Shanghai Lantern Trading Wang Fang", "answer": "<p>x</p>"}
        with self.assertRaises(AccessError):
            self.Answer.with_user(own).create({**guess, "ticket_id": ticket.id})
        draft = self.Answer.with_user(self.agent).create({**guess, "ticket_id": ticket.id})
        self.assertTrue(draft.mentions)
        self.env.invalidate_all()
        self.assertFalse(draft.with_user(own).mentions)
        context = draft.with_user(own).action_translate()["context"]
        translated = (
            self.Answer.with_user(own).with_context(**context).create({"answer": "<p>是</p>"})
        )
        self.assertEqual((translated.ticket_id, translated.from_ticket), (ticket, True))
        self.assertFalse(translated.mentions)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(ValidationError):
            self.Answer.create({**guess, "ticket_id": ticket.id, "company_id": elsewhere.id})

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_the_desk_drafts_and_managers_publish(self):
        draft = self.Answer.with_user(self.desk).create({"question": "VAT?", "answer": "Yes"})
        with self.assertRaises(AccessError):
            draft.action_publish()
        with self.assertRaises(AccessError):
            self.Answer.with_user(self.desk).create(
                {"question": "VAT?", "answer": "Yes", "published": True}
            )
        draft.question = "VAT when?"
        draft.with_user(self.manager).action_publish()
        self.assertTrue(draft.has_access("read"))
        with self.assertRaises(AccessError):
            draft.question = "Something else"
        with self.assertRaises(AccessError):
            draft.unlink()
        loyalty = new_test_user(
            self.env, "answer_loyalty", groups="loyalty_service.group_loyalty_manager"
        )
        draft.with_user(loyalty).action_unpublish()
        self.assertFalse(draft.published)
        draft.with_user(loyalty).unlink()

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.add_answer("VAT", company_id=other.id)
        foreign.vote_ids._cast(foreign, self.contact, True, False)
        for record in (foreign, foreign.vote_ids):
            self.assertFalse(record.with_user(self.manager).has_access("read"), record)

    # ------------------------------------------------------------------
    # Did it help?
    # ------------------------------------------------------------------

    def cast(self, answer, partner, helped, at_filing=False):
        return answer.vote_ids._cast(answer, partner, helped, at_filing)

    def figures(self, answer):
        return answer.helped_count, answer.not_helped_count, answer.deflected_count

    def test_a_person_has_one_word_a_day(self):
        answer = self.add_answer("VAT")
        with at("2026-03-02 10:00"):
            self.cast(answer, self.contact, True)
            self.assertEqual(self.figures(answer), (1, 0, 0))
            self.cast(answer, self.contact, False)
            self.assertEqual(self.figures(answer), (0, 1, 0))
            self.cast(answer, self.client_partner, True, at_filing=True)
            self.assertEqual(self.figures(answer), (1, 1, 1))
        with at("2026-03-03 10:00"):
            self.cast(answer, self.contact, True)
        self.assertEqual(self.figures(answer), (2, 1, 1))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            answer.vote_ids[0].copy({"answer_id": answer.id})
            self.env.flush_all()

    def test_who_files_after_all_was_not_spared_a_ticket(self):
        answer, other = self.add_answer("VAT"), self.add_answer("Payroll")
        Vote = self.env["loyalty.service.sla.answer.vote"]
        self.cast(answer, self.contact, True, at_filing=True)
        self.cast(other, self.contact, True)
        self.cast(answer, self.client_partner, True, at_filing=True)
        self.assertEqual(self.figures(answer), (2, 0, 2))
        self.assertEqual(self.figures(other), (1, 0, 0), "nobody was about to write")
        Vote._note_filing(self.contact)
        self.assertEqual(self.figures(answer), (2, 0, 1))

    def test_each_language_is_one_answer(self):
        answer = self.add_answer("VAT")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            answer.original_id = answer
            self.env.flush_all()

    def test_add_a_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        answer = self.add_answer("VAT")
        action = answer.action_translate()
        values = {name.removeprefix("default_"): value for name, value in action["context"].items()}
        self.assertNotEqual(values["lang"], "en_US")
        twin = self.Answer.create(values)
        self.assertEqual(twin.original_id, answer)
        self.assertFalse(twin.published)

    # ------------------------------------------------------------------
    # The client's own
    # ------------------------------------------------------------------

    def solve(self, count, **values):
        """Return solved tickets of the client, written at moments of their own, as they are."""
        tickets = self.Ticket.create(
            [
                {
                    "name": f"Question {number}",
                    "description": "<p>Something else</p>",
                    "partner_id": self.contact.id,
                    "stage_id": self.stage_done.id,
                    **values,
                }
                for number in range(count)
            ]
        )
        self.env.flush_all()
        return tickets

    def test_own_solved_tickets_are_read_once(self):
        """Whoever types pauses many times: only the first pause reads what was asked then."""
        portal = new_test_user(self.env, "answer_reader", groups="base.group_portal")
        portal.partner_id.parent_id = self.client_partner
        tickets = self.solve(30)
        tickets[7].description = "<p>Is the <b>Visa</b> invitation ready?</p>"
        self.env.flush_all()
        Ticket = self.Ticket.with_user(portal)
        parse = helpdesk_ticket_answer.html2plaintext

        def search(question):
            self.env.invalidate_all()
            with patch.object(helpdesk_ticket_answer, "html2plaintext", side_effect=parse) as read:
                found = Ticket._loyalty_find_similar_solved(question, 3)
            return [ticket.id for ticket in found], read.call_count

        self.assertEqual(search("visa invi"), (tickets[7].ids, 30))
        self.assertEqual(search("visa invitation"), (tickets[7].ids, 0))
        self.assertEqual(search("?!"), ([], 0), "nothing is asked")
        # Written later, it is read anew, alone.
        tickets[9].name = "Visa invitation"
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET write_date = write_date + INTERVAL '1 s' WHERE id = %s",
                tickets[9].id,
            )
        )
        self.assertEqual(search("visa invitation"), ((tickets[9] | tickets[7]).ids, 1))
        # Nobody else finds them by it.
        other = new_test_user(self.env, "answer_other", groups="base.group_portal")
        self.assertEqual(
            self.Ticket.with_user(other)._loyalty_find_similar_solved("visa invitation", 3), []
        )

    def test_of_a_long_ticket_the_beginning_is_read(self):
        portal = new_test_user(self.env, "answer_long", groups="base.group_portal")
        portal.partner_id.parent_id = self.client_partner
        picture = f'<img src="data:image/png;base64,{"A" * 2_000_000}">'
        ticket = self.solve(1, description=f"<p>Visa invitation</p>{picture}")
        parse = helpdesk_ticket_answer.html2plaintext
        self.env.invalidate_all()
        with patch.object(helpdesk_ticket_answer, "html2plaintext", side_effect=parse) as read:
            found = self.Ticket.with_user(portal)._loyalty_find_similar_solved("visa", 3)
        self.assertEqual([one.id for one in found], ticket.ids)
        self.assertLessEqual(len(read.call_args.args[0]), helpdesk_ticket_answer.FETCHED)

    def test_own_solved_tickets_only(self):
        portal = new_test_user(self.env, "answer_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.client_partner
        stranger = self.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        mine = self.file("2026-03-02 10:00", name="Visa invitation letter")
        theirs = self.file("2026-03-02 10:00", name="Visa invitation", partner_id=stranger.id)
        followed = self.file("2026-03-02 10:00", name="Visa invitation 2", partner_id=stranger.id)
        followed.message_subscribe(portal.partner_id.ids)
        open_one = self.file("2026-03-02 10:00", name="Visa invitation 3")
        for ticket in (mine, theirs, followed):
            self.move("2026-03-02 12:00", ticket, self.stage_done)
        found = self.Ticket.with_user(portal)._loyalty_find_similar_solved("visa invitation", 5)
        self.assertEqual([ticket.id for ticket in found], mine.ids)
        self.assertNotIn(open_one, found)
        self.assertEqual(self.Ticket.with_user(portal)._loyalty_find_similar_solved("VAT", 5), [])

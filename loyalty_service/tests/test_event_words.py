import json
import runpy
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.misc import file_path
from odoo.tools.translate import LazyTranslate

from .common import PointsCommon

_lt = LazyTranslate("loyalty_service")


@tagged("post_install", "-at_install")
class TestEventWords(PointsCommon):
    """What the system says of an event each reader has in its language; what staff say stays.

    The firm speaks Chinese, and some clients and staff English.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.env.company.partner_id.lang = "zh_CN"
        cls.service = cls.env["product.product"].create(
            {
                "name": "Bookkeeping",
                "type": "service",
                "list_price": 3600,
                "taxes_id": False,
                "loyalty_agreement_months": 12,
            }
        )
        for lang, name in (("zh_CN", "代理记账"), ("zh_TW", "代理記帳")):
            cls.service.with_context(lang=lang).name = name

    def order(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "order_line": [(0, 0, {"product_id": self.service.id, "product_uom_qty": 1})],
            }
        )
        order.action_confirm()
        return order

    def read(self, records, name, lang):
        return records.with_context(lang=lang).mapped(name)

    # ------------------------------------------------------------------

    def test_an_event_keeps_its_language_when_it_is_undone(self):
        self.add_rule("agreement_started", points_fixed=50)
        order = self.order()
        started = self.standing(self.client_partner, "agreement_started")
        self.assertEqual(started.summary, "代理记账", "by which people search")
        order._action_cancel()
        self.assertFalse(
            self.env["loyalty.service.agreement"].search(
                [("partner_id", "=", self.client_partner.id)]
            )
        )
        events = started + started.reversal_ids
        self.env.invalidate_all()
        for lang, said in (
            ("en_US", ["Bookkeeping", "The order was cancelled"]),
            ("zh_CN", ["代理记账", "订单已取消"]),
            ("zh_TW", ["代理記帳", _lt("The order was cancelled")._translate("zh_TW")]),
        ):
            self.assertEqual(self.read(events, "summary_shown", lang), said)
            self.assertEqual(self.read(events, "client_summary", lang), said)
        moves = self.env["loyalty.service.move"].search(
            [("partner_id", "=", self.client_partner.id)], order="id"
        )
        self.assertEqual(moves.mapped("kind"), ["award", "reverse"])
        for lang, name in (("en_US", "Bookkeeping"), ("zh_CN", "代理记账"), ("zh_TW", "代理記帳")):
            for label in self.read(moves, "label", lang):
                self.assertIn(name, label, "what was taken back is what was earned")

    def test_the_timeline_speaks_the_language_of_who_reads(self):
        self.order()
        rows = self.Event.with_context(lang="en_US").get_timeline(self.client_partner.id)
        self.assertIn("Bookkeeping", [row["summary"] for row in rows["events"]])
        rows = self.Event.with_context(lang="zh_TW").get_timeline(self.client_partner.id)
        self.assertIn("代理記帳", [row["summary"] for row in rows["events"]])

    def test_what_staff_write_stays_as_it_is(self):
        event = self.Event.with_user(self.user_loyalty).create(
            {
                "type_id": self.type_call.id,
                "partner_id": self.client_partner.id,
                "summary": "问了增值税",
            }
        )
        self.assertFalse(event.summary_texts)
        self.assertEqual(self.read(event, "summary_shown", "en_US"), ["问了增值税"])
        event.with_user(self.user_loyalty).action_undo()
        undoing = event.reversal_ids
        name = self.user_loyalty.name
        self.assertEqual(self.read(undoing, "summary_shown", "en_US"), [f"Undone by {name}"])
        [said] = self.read(undoing, "summary_shown", "zh_CN")
        self.assertEqual(said, _lt("Undone by %s", name)._translate("zh_CN"))

    def test_people_do_not_say_what_the_system_says(self):
        with self.assertRaises(AccessError):
            self.Event.with_user(self.user_loyalty).create(
                {
                    "type_id": self.type_call.id,
                    "partner_id": self.client_partner.id,
                    "summary": "Asked about VAT",
                    "summary_texts": json.dumps({"zh_CN": "别的"}),
                }
            )

    def test_the_same_in_all_languages_is_kept_once(self):
        self.service.with_context(lang="zh_CN").name = "VAT"
        self.service.with_context(lang="zh_TW").name = "VAT"
        self.service.with_context(lang="en_US").name = "VAT"
        self.order()
        started = self.standing(self.client_partner, "agreement_started")
        self.assertEqual((started.summary, started.summary_texts), ("VAT", False))

    def test_a_language_that_came_later_reads_the_one_of_the_firm(self):
        self.order()
        started = self.standing(self.client_partner, "agreement_started")
        texts = {"en_US": "Bookkeeping", "zh_CN": "代理记账"}
        self.assertEqual(self.Event._word_summary("代理记账", False), "代理记账")
        told = self.Event.with_context(lang="zh_TW")._word_summary(
            started.summary, json.dumps(texts)
        )
        self.assertEqual(told, "代理记账")

    def test_people_search_in_their_language(self):
        self.order()
        started = self.standing(self.client_partner, "agreement_started")
        view = self.env.ref("loyalty_service.loyalty_service_event_view_search").arch
        self.assertIn("summary_texts", view)
        self.assertEqual(
            self.Event.search([("summary_texts", "ilike", "bookkeeping")])
            & self.standing(self.client_partner),
            started,
        )

    def test_a_gift_is_named_in_each_language(self):
        reward = self.program.reward_ids[:1]
        for lang, name in (("en_US", "Tea set"), ("zh_CN", "茶具"), ("zh_TW", "茶具組")):
            reward.with_context(lang=lang).description = name
        gift = self.record(code="gift", summary=(reward, "description"))
        self.assertEqual(gift.summary, "茶具")
        self.assertEqual(self.read(gift, "summary_shown", "en_US"), ["Tea set"])
        self.assertEqual(self.read(gift, "client_summary", "zh_TW"), ["茶具組"])

    def test_an_upgrade_gives_past_events_their_words(self):
        self.order()
        started = self.standing(self.client_partner, "agreement_started")
        call = self.record(code="call", summary="Undone by nobody")
        undoing = self.record(code="call", summary="Rang twice")._reverse(
            _lt("Undone by %s", "Lin")
        )
        events = started + undoing
        self.env.flush_all()
        before = events.mapped("summary_texts")
        self.env.cr.execute(
            SQL(
                "UPDATE loyalty_service_event SET summary_texts = NULL WHERE id IN %s",
                tuple(events.ids),
            )
        )
        path = file_path("loyalty_service/migrations/19.0.1.3.0/post-event_words.py")
        runpy.run_path(path)["migrate"](self.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        for event, texts in zip(events, before, strict=True):
            self.assertEqual(json.loads(event.summary_texts), json.loads(texts))
        self.assertFalse(call.summary_texts, "a person wrote it")

    def test_anniversaries(self):
        event = self.record(code="anniversary", summary=_lt("Full years: %s", 3))
        self.assertEqual(self.read(event, "summary_shown", "en_US"), ["Full years: 3"])
        self.assertNotEqual(event.summary, "Full years: 3")
        self.assertEqual(event.date.date(), date.today())

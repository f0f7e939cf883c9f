import runpy
from datetime import date, timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import file_path, mute_logger

from .rewards_common import RewardsCommon

FIRST_LOT, SECOND_LOT = date(2030, 1, 31), date(2030, 6, 30)
BOTH_LOTS = [(FIRST_LOT, 100), (SECOND_LOT, 100), (SECOND_LOT, 100)]


@tagged("post_install", "-at_install")
class TestRewards(RewardsCommon):
    """Gifts and services: from the request to the client's hand, and back."""

    def told(self, redemption, code="gift"):
        return self.standing(self.client_partner, code).filtered(
            lambda event: event.res_id == redemption.id
        )

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def test_points_are_spent_at_the_request_the_earliest_to_expire_first(self):
        redemption = self.redeem()
        self.assertLedger(self.card, 150)
        self.assertEqual(self.lots(self.card), [(SECOND_LOT, 50), (SECOND_LOT, 100)])
        moves = self.card.service_move_ids.filtered(lambda move: move.points < 0)
        self.assertEqual(
            set(moves.mapped("origin")), {f"loyalty.service.redemption,{redemption.id}"}
        )
        self.assertEqual(set(moves.mapped("kind")), {"spend"})
        self.assertEqual(set(moves.mapped("label")), {"Redeemed: Gift box"})
        self.assertEqual((redemption.state, redemption.points), ("requested", 150))
        self.assertEqual(redemption.cost, 88)
        self.assertEqual(redemption.requested_by_id, self.user_loyalty)
        self.assertEqual(redemption.contact_id, self.client_partner)

    def test_points_and_cost_stay_what_they_were(self):
        redemption = self.redeem()
        self.gift.write({"required_points": 10, "service_cost": 1})
        self.assertEqual((redemption.points, redemption.cost), (150, 88))
        redemption.action_cancel()
        self.assertLedger(self.card, 300)

    def test_the_account_manager_is_asked(self):
        redemption = self.redeem(note="The blue one")
        self.assertEqual(redemption.user_id, self.manager_of_client)
        self.assertEqual(redemption.activity_ids.user_id, self.manager_of_client)
        self.assertIn("Gift box", redemption.activity_ids.summary)
        redemption.action_deliver()
        self.assertFalse(redemption.activity_ids)

    def test_the_one_in_charge_of_rewards_is_asked_instead(self):
        self.program.reward_user_id = self.user_manager
        self.assertEqual(self.redeem().activity_ids.user_id, self.user_manager)

    def test_who_may_not_see_it_is_not_asked(self):
        self.client_partner.user_id = new_test_user(
            self.env, "only_sales", groups="sales_team.group_sale_salesman"
        )
        redemption = self.redeem()
        self.assertFalse(redemption.user_id)
        self.assertFalse(redemption.activity_ids)

    def test_one_click_redeems_once(self):
        first = self.redeem(token="a")
        self.assertEqual(self.redeem(token="a"), first)
        self.assertLedger(self.card, 150)
        self.assertNotEqual(self.redeem(token="b"), first)
        self.assertLedger(self.card, 0)

    def test_a_token_does_not_lead_to_another_reward(self):
        self.redeem(token="a")
        other = self.reward("Pen", 1)
        with self.assertRaisesRegex(UserError, "no longer valid"):
            self.redeem(other, token="a")

    def test_not_enough_points(self):
        self.redeem()
        self.gift.required_points = 390
        with self.assertRaisesRegex(UserError, "240 more points are needed"):
            self.redeem()
        self.assertLedger(self.card, 150)

    def test_what_a_client_may_owe_can_be_spent(self):
        self.gift.required_points = 340
        with self.assertRaisesRegex(UserError, "40 more points"):
            self.redeem()
        self.program.service_debt_limit = 40
        self.redeem()
        self.assertLedger(self.card, -40)

    def test_points_past_their_last_day_are_not_spent(self):
        """No scheduled action has looked at the card on the day after its first lot's last."""
        with freeze_time("2030-02-01 04:00:00"):
            self.gift.required_points = 201
            with self.assertRaisesRegex(UserError, "1 more point is needed"):
                self.redeem()
            self.assertLedger(self.card, 300)
            self.gift.required_points = 150
            redemption = self.redeem()
            self.assertLedger(self.card, 50)
            self.assertEqual(self.lots(self.card), [(SECOND_LOT, 50)])
            expired = self.card.service_move_ids.filtered(lambda move: move.kind == "expire")
            self.assertEqual(expired.mapped("points"), [-100])
            self.assertFalse(expired.origin, "it is no part of what the gift took")
            redemption.action_cancel()
            self.assertLedger(self.card, 200)

    def test_the_last_day_is_one_of_the_firm(self):
        self.env.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2030-01-31 15:30:00"):
            self.redeem(self.reward("Pen", 1))
        self.assertLedger(self.card, 299)
        with freeze_time("2030-01-31 16:30:00"):
            self.redeem(self.reward("Pencil", 1))
        self.assertLedger(self.card, 199)

    def test_a_client_without_a_card_owes_what_it_redeems(self):
        partner = self.env["res.partner"].create({"name": "No Points Yet", "is_company": True})
        client = self.env["loyalty.service.client"]._ensure(partner, self.env.company)
        self.assertFalse(client.card_id)
        with self.assertRaisesRegex(UserError, "150 more points"):
            self.redeem(client=client)
        self.program.service_debt_limit = 150
        self.redeem(client=client)
        self.assertEqual(client.card_id.program_id, self.program)
        self.assertLedger(client.card_id, -150)
        with self.assertRaisesRegex(UserError, "150 more points"):
            self.redeem(client=client)

    def test_staff_read_the_words_of_the_portal(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.redeem(self.discount)
        for lang, words in (("en_US", "100 points take"), ("zh_CN", "每 100 积分")):
            Redemption = self.Redemption.with_context(lang=lang)
            redemption = Redemption.search([("client_id", "=", self.client_record.id)])
            [shown] = redemption.web_read(
                {
                    "display_name": {},
                    "reward_id": {
                        "fields": {"display_name": {}},
                        "context": {"lang": lang},
                    },
                }
            )
            self.assertIn(words, shown["reward_id"]["display_name"])
            self.assertIn(words, shown["display_name"])

    def test_the_tier_is_too_low(self):
        self.assertEqual(self.client_record.tier_id, self.start)
        self.gift.min_tier_id = self.middle
        with self.assertRaisesRegex(UserError, "For clients from Middle"):
            self.redeem()
        self.gift.min_tier_id = self.start
        self.assertTrue(self.redeem())

    def test_the_stock_counts_down_and_up_again(self):
        pen = self.reward("Pen", 1, service_has_stock=True, service_stock=2)
        first, _second = self.redeem(pen), self.redeem(pen)
        self.assertEqual(pen.service_stock, 0)
        with self.assertRaisesRegex(UserError, "None is left"):
            self.redeem(pen)
        first.action_cancel()
        self.assertEqual(pen.service_stock, 1)
        first.action_cancel()
        self.assertEqual(pen.service_stock, 1)
        self.assertTrue(self.redeem(pen))
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            pen.service_stock = -1
            pen.flush_recordset()

    def test_at_most_so_many_a_year(self):
        pen = self.reward("Pen", 1, service_limit=1)
        with freeze_time("2026-12-30 04:00:00"):
            first = self.redeem(pen)
            with self.assertRaisesRegex(UserError, "at most 1 a year"):
                self.redeem(pen)
            first.action_cancel()
            self.redeem(pen)
        with freeze_time("2027-01-01 04:00:00"):
            self.redeem(pen)

    def test_only_from_the_first_to_the_last_day(self):
        today = self.env.company._loyalty_day()
        pen = self.reward("Pen", 1, service_date_from=today + timedelta(days=1))
        with self.assertRaisesRegex(UserError, "Can be redeemed from"):
            self.redeem(pen)
        pen.write({"service_date_from": False, "service_date_to": today - timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "Could be redeemed until"):
            self.redeem(pen)
        pen.service_date_to = today
        self.assertTrue(self.redeem(pen))

    def test_an_archived_reward_is_not_offered(self):
        self.gift.action_archive()
        with self.assertRaisesRegex(UserError, "not offered any more"):
            self.redeem()

    def test_a_client_without_card(self):
        partner = self.env["res.partner"].create({"name": "Just Called"})
        self.record(code="call", partner=partner)
        client = self.client_of(partner)
        self.assertFalse(client.card_id)
        with self.assertRaisesRegex(UserError, "150 more points are needed"):
            self.redeem(client=client)

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def test_prepared_and_delivered_once(self):
        self.contact.lang = "en_US"
        redemption = self.redeem(contact_id=self.contact.id)
        redemption.action_prepare()
        self.assertEqual(redemption.state, "prepared")
        self.assertTrue(redemption.date_prepared)
        redemption.action_deliver()
        redemption.action_deliver()
        self.assertEqual(
            (redemption.state, redemption.done_by_id), ("delivered", self.user_loyalty)
        )
        event = self.told(redemption)
        self.assertEqual((event.summary, event.contact_id), ("Gift box", self.contact))
        mail = self.mails_about(redemption)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.subject, "Your reward: Gift box")
        self.assertEqual(mail.recipient_ids, self.contact)
        with self.assertRaisesRegex(UserError, "“Delivered”"):
            redemption.action_cancel()
        with self.assertRaisesRegex(UserError, "“Delivered”"):
            redemption.action_prepare()

    def woken(self):
        """Return how often the outgoing queue was asked to look."""
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", queue.id)])

    def test_mails_leave_soon_and_the_queue_is_woken_once(self):
        redemptions = self.redeem(self.reward("Pen", 20), contact_id=self.contact.id)
        redemptions += self.redeem(self.reward("Book", 30), contact_id=self.contact.id)
        before = self.woken()
        redemptions.action_prepare()
        self.assertEqual(self.woken(), before, "nothing was sent")
        redemptions.action_deliver()
        for redemption in redemptions:
            self.assertEqual(self.mails_about(redemption).state, "outgoing")
        self.assertEqual(self.woken(), before + 1)

    def test_staff_read_in_their_language_that_it_was_asked_for(self):
        """Whoever asked for it: the line is kept in the language of who looks after the client."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.client_partner.user_id.lang = "zh_CN"
        talking = {"tracking_disable": False, "mail_create_nolog": False, "lang": "en_US"}
        redemption = self.Redemption.with_context(**talking)._redeem(
            self.client_record.with_context(**talking), self.gift
        )
        [line] = redemption.message_ids
        self.assertIn("奖励兑换", line.body)
        self.assertNotIn("created", line.body)

    def test_a_delivery_that_was_a_mistake(self):
        redemption = self.redeem(contact_id=self.contact.id)
        redemption.action_deliver()
        redemption.action_undo_delivery()
        self.assertEqual(redemption.state, "prepared")
        self.assertFalse(self.told(redemption))
        self.assertTrue(redemption.activity_ids)
        redemption.action_deliver()
        self.assertEqual(len(self.told(redemption)), 1)
        self.assertEqual(len(self.mails_about(redemption)), 1, "the client is told once")

    def test_a_cancellation_returns_points_to_their_lots(self):
        first = self.redeem(contact_id=self.contact.id)
        second = self.redeem(self.reward("Pen", 20))
        self.assertEqual(self.lots(self.card), [(SECOND_LOT, 30), (SECOND_LOT, 100)])
        first.action_cancel()
        # 100 into the first lot and 50 into the second, of which the pen has 20.
        self.assertEqual(
            self.lots(self.card), [(FIRST_LOT, 100), (SECOND_LOT, 80), (SECOND_LOT, 100)]
        )
        first.action_cancel()
        second.action_prepare()
        second.action_cancel()
        self.assertEqual(self.lots(self.card), BOTH_LOTS)
        self.assertLedger(self.card, 300)
        self.assertFalse(first.activity_ids)
        back = self.card.service_move_ids.filtered(
            lambda move: move.origin == first._points_origin() and move.points > 0
        )
        self.assertEqual(set(back.mapped("label")), {"Reward returned: Gift box"})
        # One thing that happened, in a row for each lot; each says so.
        self.assertEqual(
            back.sorted("id").mapped("entry_text"),
            ["1 of 2 rows, +150 in all", "2 of 2 rows, +150 in all"],
        )
        self.assertEqual(back[0].entry_move_ids, back.sorted("id"))
        self.assertFalse(self.card.service_move_ids.sorted("id")[0].entry_text)
        mail = self.mails_about(first)
        self.assertEqual(mail.subject, "Cancelled: Gift box")
        self.assertIn("back on your account", mail.body_html)
        self.assertFalse(self.told(first))

    def test_a_cancellation_after_the_last_day_of_the_points(self):
        """150: 100 until 31 January and 50 until June. Cancelled on 5 February: 50 are back."""
        with freeze_time("2030-01-30 03:00:00"):
            redemption, other = self.redeem(), self.redeem(self.reward("Pen", 10))
            early = self.redeem(self.reward("Cup", 20))
            early.action_cancel()
        self.assertIn("points that it cost are back", early._returned_text())
        self.assertEqual(self.card.points, 140)
        with freeze_time("2030-02-05 03:00:00"):
            self.contact.email = "li@example.com"
            redemption.contact_id = self.contact
            (redemption + other).action_cancel()
            told = redemption._returned_text()
            self.assertEqual(
                told,
                "50 of the points that it cost are back on your account. The last day of the "
                "other 100 has passed.",
            )
            self.assertIn(told, self.mails_about(redemption).body_html)
            self.assertIn("points that it cost are back", other._returned_text())
            self.assertEqual(self.client_record.points_today, 200)
            self.env["loyalty.card"]._expire(self.card)
        self.assertLedger(self.card, 200)

    def test_the_mails_of_before_the_upgrade(self):
        """They go to one receiver and say what came back; words of the firm stay."""
        cancelled, answer = (
            self.env.ref(f"loyalty_service.mail_template_{name}")
            for name in ("redemption_cancelled", "contest_answer")
        )
        now = [(mail.partner_to, mail.lang, mail.body_html) for mail in (cancelled, answer)]
        self.assertIn(' t-out="object._returned_text()"', cancelled.body_html)
        self.assertIn("object._receiver().name or object.partner_id.name", answer.body_html)
        cancelled.body_html = cancelled.body_html.replace(' t-out="object._returned_text()"', "")
        answer.write(
            {
                "partner_to": "{{ object.contact_id.id if object.contact_id.email "
                "else object.client_id.mail_partner_id.id }}",
                "lang": "{{ object.contact_id.lang or object.partner_id.lang }}",
                "body_html": answer.body_html.replace(
                    "object._receiver().name", "object.contact_id.name"
                ),
            }
        )
        self.env.flush_all()
        path = file_path("loyalty_service/migrations/19.0.1.3.0/post-mails.py")
        migrate = runpy.run_path(path)["migrate"]
        migrate(self.cr, "19.0.1.2.0")
        migrate(self.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual(
            [(mail.partner_to, mail.lang, mail.body_html) for mail in (cancelled, answer)], now
        )

    def test_a_cancellation_finds_the_archived_card_that_paid(self):
        redemption = self.redeem()
        self.card.action_archive()
        self.assertFalse(self.client_record.card_id)
        redemption.action_cancel()
        self.assertEqual(redemption.state, "cancelled")
        self.assertLedger(self.card, 300)
        self.assertEqual(self.lots(self.card), BOTH_LOTS)

    def test_a_cancellation_without_any_card_says_what_to_do(self):
        other = self.env["res.partner"].create({"name": "Without Points"})
        client = self.env["loyalty.service.client"]._ensure(other, self.env.company)
        redemption = self.Redemption.create(
            self.Redemption._prepare_redemption_values(client, self.gift)
        )
        with self.assertRaisesRegex(UserError, "Restore its loyalty card"):
            redemption.action_cancel()

    def test_who_has_no_address_gets_no_mail(self):
        redemption = self.redeem()
        self.assertFalse(self.client_partner.email)
        redemption.action_deliver()
        self.assertFalse(self.mails_about(redemption))

    def test_many_at_once(self):
        pens = self.reward("Pen", 1)
        redemptions = self.Redemption.union(*(self.redeem(pens) for _number in range(3)))
        redemptions[0].action_deliver()
        redemptions.action_deliver()
        self.assertEqual(set(redemptions.mapped("state")), {"delivered"})
        self.assertEqual(len(self.standing(self.client_partner, "gift")), 3)

    # ------------------------------------------------------------------
    # Who may what
    # ------------------------------------------------------------------

    def test_only_the_actions_decide(self):
        redemption = self.redeem()
        redemption.write({"note": "The red one", "delivery_address": "2 Lantern Road"})
        for values in ({"state": "delivered"}, {"points": 1}, {"cost": 0}, {"client_id": 1}):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                redemption.write(values)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            redemption.sudo().unlink()
        with self.assertRaises(AccessError):
            redemption.unlink()
        with self.assertRaisesRegex(UserError, "form of the client"):
            self.Redemption.with_user(self.user_manager).create({})

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_another_company_does_not_see_it(self):
        redemption = self.redeem()
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        stranger = new_test_user(
            self.env,
            "stranger_rewards",
            groups="loyalty_service.group_loyalty_manager",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        self.assertFalse(self.Redemption.with_user(stranger).search([]))
        for action in ("action_prepare", "action_deliver", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(redemption.with_user(stranger), action)()
        salesman = new_test_user(
            self.env, "sales_rewards", groups="sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaises(AccessError):
            redemption.with_user(salesman).action_cancel()

    # ------------------------------------------------------------------
    # The dialog
    # ------------------------------------------------------------------

    def dialog(self, contact=None):
        partner = (contact or self.contact).with_user(self.user_loyalty)
        action = partner.action_loyalty_redeem()
        return self.env[action["res_model"]].with_user(self.user_loyalty).browse(action["res_id"])

    def test_the_dialog_shows_what_is_within_reach_and_why_the_rest_is_not(self):
        self.reward("Car", 540)
        self.reward("Trip", 10, min_tier_id=self.top.id)
        dialog = self.dialog()
        self.assertEqual(dialog.balance, 300)
        told = {line.name: line.obstacle for line in dialog.line_ids}
        self.assertEqual(
            told,
            {
                "Gift box": False,
                self.discount.description: False,
                "Trip": "For clients from Top.",
                "Car": "240 more points are needed.",
            },
        )
        self.assertEqual(dialog.line_ids.mapped("is_within_reach"), [True, True, False, False])

    def test_the_dialog_redeems_once(self):
        dialog = self.dialog()
        with self.assertRaisesRegex(UserError, "Choose a reward first"):
            dialog.action_redeem()
        line = dialog.line_ids.filtered(lambda line: line.name == "Gift box")
        self.assertEqual(line.action_choose()["res_id"], dialog.id)
        form = Form(dialog)
        self.assertEqual(form.left, 150)
        self.assertIn("1 Lantern Road", form.delivery_address)
        form.note = "The blue one"
        dialog = form.save()
        first, second = dialog.action_redeem(), dialog.action_redeem()
        self.assertEqual(first["res_id"], second["res_id"])
        redemption = self.Redemption.browse(first["res_id"])
        self.assertEqual((redemption.contact_id, redemption.note), (self.contact, "The blue one"))
        self.assertIn("Wang Fang", redemption.delivery_address)
        self.assertLedger(self.card, 150)

    # ------------------------------------------------------------------
    # Lists
    # ------------------------------------------------------------------

    def test_waiting_for_days(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=8)):
            old = self.redeem(self.reward("Pen", 1))
        new = self.redeem(self.reward("Mug", 1))
        self.assertEqual((old.days_waiting, new.days_waiting), (8, 0))
        for operator, days, expected in (
            (">=", 8, old),
            (">", 8, old.browse()),
            (">", 7, old),
            ("<", 8, new),
            ("<=", 8, old + new),
        ):
            found = self.Redemption.search(
                [("days_waiting", operator, days), ("id", "in", (old + new).ids)]
            )
            self.assertEqual(set(found), set(expected), (operator, days))
        old.action_deliver()
        self.assertEqual(old.days_waiting, 0)
        self.assertNotIn(old, self.Redemption.search([("days_waiting", ">=", 3)]))

    def test_offers_cost_the_same_however_many_there_are(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.client_record._offers()
            return self.cr.sql_log_count - before

        cost()
        few = cost()
        rewards = [self.reward(f"Pen {n}", 1, service_limit=9) for n in range(20)]
        for reward in rewards[:10]:
            self.redeem(reward)
        self.assertLessEqual(cost(), few + 1)

    # ------------------------------------------------------------------
    # Rewards
    # ------------------------------------------------------------------

    def test_no_till_offers_gifts(self):
        """Odoo's point of sale reads its rewards by this method; here is what it would read."""
        upgrade = self.reward("Fast lane", 20, "upgrade")
        rewards = self.discount + self.gift + upgrade

        def read(_self, records, _config):
            return records.ids

        # Stands for the method of the point of sale, which need not be installed.
        with patch.object(models.BaseModel, "_load_pos_data_read", read, create=True):
            self.assertEqual(rewards._load_pos_data_read(rewards, None), self.discount.ids)

    def test_odoo_does_not_find_gifts_among_the_rewards_of_a_programme(self):
        self.env.invalidate_all()
        self.assertEqual(self.program.reward_ids, self.discount)
        self.assertEqual(self.program.service_reward_ids, self.gift)
        self.assertFalse(self.gift.discount_line_product_id)
        pen = self.reward("Pen", 1)
        self.assertNotIn(pen, self.program.reward_ids)
        self.assertIn(pen, self.program.service_reward_ids)

    def test_the_form_of_a_reward(self):
        form = Form(
            self.env["loyalty.reward"].with_context(default_service_kind="gift"),
            "loyalty_service.loyalty_reward_service_view_form",
        )
        form.program_id = self.program
        form.description = "Umbrella"
        form.required_points = 30
        reward = form.save()
        self.assertEqual((reward.reward_type, reward.description), ("service", "Umbrella"))
        with Form(reward, "loyalty_service.loyalty_reward_service_view_form") as form:
            form.service_kind = "discount"
        self.assertEqual(reward.reward_type, "discount")
        self.assertTrue(reward.discount_line_product_id)

    def test_a_name_in_each_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.gift.with_context(lang="zh_CN").description = "礼盒"
        self.gift.service_cost = 90
        self.assertEqual(self.gift.description, "Gift box")
        redemption = self.redeem()
        move = self.card.service_move_ids.filtered(lambda move: move.points < 0)[:1]
        self.assertIn("礼盒", move.with_context(lang="zh_CN").label)
        self.contact.lang = "zh_CN"
        redemption.contact_id = self.contact
        redemption.action_deliver()
        self.assertIn("礼盒", self.mails_about(redemption).subject)

    def test_only_a_programme_with_a_ledger_has_gifts(self):
        promotion = self.env["loyalty.program"].create(
            {"name": "Promotion", "program_type": "promotion"}
        )
        with self.assertRaises(ValidationError):
            self.reward("Pen", 1, program_id=promotion.id)

    def test_what_was_redeemed_is_archived_and_not_deleted(self):
        redemption = self.redeem()
        pen = self.reward("Pen", 1)
        (self.gift + pen).unlink()
        self.assertFalse(pen.exists())
        self.assertFalse(self.gift.active)
        self.assertEqual(redemption.reward_id, self.gift)
        with self.assertRaisesRegex(UserError, "redeemed Gift box already"):
            self.gift.service_kind = "discount"

    def test_a_programme_of_gifts_alone(self):
        self.discount.unlink()
        self.assertFalse(self.program.reward_ids)
        self.assertTrue(self.redeem())

    def test_the_programme_takes_its_rewards_along(self):
        copy = self.program.copy()
        self.assertEqual(copy.reward_ids.mapped("reward_type"), ["discount"])
        self.assertEqual(copy.service_reward_ids.mapped("description"), ["Gift box"])
        self.program.action_archive()
        self.assertFalse(self.gift.active)
        self.program.action_unarchive()
        self.assertTrue(self.gift.active)

    def test_companies_that_merge(self):
        other = self.env["res.partner"].create({"name": "Lantern Trading", "is_company": True})
        self.record("2029-03-01", "2029-03-01", partner=other)
        redemption = self.redeem(client=self.client_of(other))
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other + self.client_partner).ids, self.client_partner
        )
        self.assertEqual(redemption.client_id, self.client_record)
        self.assertEqual(redemption.partner_id, self.client_partner)
        self.assertLedger(self.card, 350)
        redemption.action_cancel()
        self.assertLedger(self.card, 500)

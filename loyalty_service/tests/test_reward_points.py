from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .rewards_common import RewardsCommon


class QuotationCommon(RewardsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "seller_points", groups="sales_team.group_sale_salesman_all_leads"
        )

    def dialog(self, order):
        action = order.action_open_reward_wizard()
        self.assertEqual(action["res_model"], "sale.loyalty.reward.wizard")
        return Form(
            self.env[action["res_model"]]
            .with_user(order.env.user)
            .with_context(**action["context"])
        )

    def use(self, order, points):
        dialog = self.dialog(order)
        dialog.loyalty_points = points
        return dialog.save().action_apply()

    def taken(self, order):
        line = order.order_line.filtered("reward_id")
        return line.points_cost, line.price_unit


@tagged("post_install", "-at_install")
class TestRewardPoints(QuotationCommon):
    """Who sells says how many points a discount takes. The card has 300, a point is worth 1."""

    def test_it_asks_and_suggests_all_that_the_order_can_take(self):
        order = self.order_of(user=self.seller)
        dialog = self.dialog(order)
        self.assertFalse(order.order_line.filtered("reward_id"))
        self.assertEqual(dialog.selected_reward_id, self.discount)
        self.assertEqual((dialog.loyalty_points, dialog.loyalty_most), (300, 300))
        self.assertEqual((dialog.loyalty_money, dialog.loyalty_left), (300, 0))
        dialog.loyalty_points = 120
        self.assertEqual((dialog.loyalty_money, dialog.loyalty_left), (120, 180))
        dialog.save().action_apply()
        self.assertEqual(self.taken(order), (120, -120))
        self.assertEqual(order.amount_total, 380)
        self.assertLedger(self.card, 300)
        self.assertEqual(order.loyalty_points_text, "120 points are used, 180 remain.")
        order.action_confirm()
        self.assertLedger(self.card, 180)
        self.assertEqual(order.loyalty_points_text, "120 points are used, 180 remain.")
        self.assertFalse(self.order_of(user=self.seller).loyalty_points_text)

    def test_a_small_order_takes_no_more_than_it_costs(self):
        order = self.order_of(price=80, user=self.seller)
        self.assertEqual(self.dialog(order).loyalty_points, 80)
        self.use(order, 1000)
        self.assertEqual((self.taken(order), order.amount_total), ((80, -80), 0))

    def test_it_stays_at_what_was_asked_for(self):
        order = self.order_of(user=self.seller)
        self.use(order, 120)
        order.order_line.filtered(lambda line: not line.reward_id).price_unit = 900
        order._update_programs_and_rewards()
        self.assertEqual(self.taken(order), (120, -120))
        # The order that becomes smaller takes less, and afterwards as before.
        line = order.order_line.filtered(lambda line: not line.reward_id)
        for price, points in ((50, 50), (500, 120)):
            line.price_unit = price
            order._update_programs_and_rewards()
            self.assertEqual(self.taken(order), (points, -points))
        order.action_confirm()
        self.assertLedger(self.card, 180)
        order._action_cancel()
        self.assertLedger(self.card, 300)

    def test_it_can_be_changed(self):
        order = self.order_of(user=self.seller)
        self.use(order, 120)
        dialog = self.dialog(order)
        self.assertEqual((dialog.loyalty_points, dialog.loyalty_most), (120, 300))
        dialog.loyalty_points = 250
        dialog.save().action_apply()
        self.assertEqual((self.taken(order), order.amount_total), ((250, -250), 250))
        self.assertEqual(len(order.order_line), 2)

    def test_whole_steps(self):
        """300 points are worth 30, in steps of 100: 130 give 10, less than 100 give nothing."""
        self.discount.write({"discount": 0.1, "required_points": 100})
        order = self.order_of(user=self.seller)
        dialog = self.dialog(order)
        dialog.loyalty_points = 130
        self.assertIn("It will use 100 of them.", dialog.loyalty_hint)
        self.assertEqual((dialog.loyalty_money, dialog.loyalty_left), (10, 200))
        dialog.save().action_apply()
        self.assertEqual(self.taken(order), (100, -10))
        with self.assertRaisesRegex(UserError, "takes 100 points or more"):
            self.use(order, 99)
        with self.assertRaisesRegex(UserError, "takes 100 points or more"):
            self.use(order, -5)

    def test_all_that_an_order_can_take_need_not_be_a_whole_step(self):
        """25.50 are 255 points. They stay 255 when the order grows."""
        self.discount.write({"discount": 0.1, "required_points": 100})
        order = self.order_of(price=25.5, user=self.seller)
        dialog = self.dialog(order)
        self.assertEqual((dialog.loyalty_points, dialog.loyalty_most), (200, 255))
        self.assertIn("255 points, in steps of 100. Enter fewer", dialog.loyalty_hint)
        self.use(order, 255)
        self.assertEqual((self.taken(order), order.amount_total), ((255, -25.5), 0))
        order.order_line.filtered(lambda line: not line.reward_id).price_unit = 500
        order._update_programs_and_rewards()
        points, money = self.taken(order)
        self.assertEqual(points, 255)
        self.assertAlmostEqual(money, -25.5)

    def test_the_highest_discount_holds_when_it_is_changed(self):
        self.discount.discount_max_amount = 150
        order = self.order_of(user=self.seller)
        self.use(order, 100)
        self.assertEqual(self.dialog(order).loyalty_most, 150)
        self.use(order, 300)
        self.assertEqual(self.taken(order), (150, -150))

    def test_an_order_that_has_nothing_to_discount(self):
        order = self.order_of(user=self.seller)
        dialog = self.dialog(order).save()
        order.order_line.price_unit = 0
        dialog.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "nothing in the order"):
            dialog.action_apply()

    def test_other_rewards_are_claimed_as_ever(self):
        self.discount.write({"discount_mode": "per_order", "discount": 20, "required_points": 50})
        order = self.order_of(user=self.seller)
        self.assertIs(order.action_open_reward_wizard(), True)
        self.assertEqual(self.taken(order), (50, -20))

    def test_the_wish_of_a_client_is_taken_and_can_be_changed(self):
        self.seller.group_ids += self.env.ref("loyalty_service.group_loyalty_user")
        wish = self.redeem(self.discount, user=self.seller)
        order = self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        self.assertEqual(self.taken(order), (100, -100))
        # The button of the order changes it.
        dialog = self.dialog(order)
        self.assertEqual(dialog.loyalty_points, 100)
        self.assertIn("The client asked for 100 points.", dialog.loyalty_hint)
        dialog.loyalty_points = 40
        dialog.save().action_apply()
        self.assertEqual(self.taken(order), (40, -40))
        order.action_confirm()
        self.assertEqual((wish.state, wish.points, wish.cost), ("delivered", 40, 40))

    def test_what_the_client_asked_for_is_proposed(self):
        """In the dialog from the button as well, also to who sells and sees no wishes."""
        wish = self.redeem(self.discount, points_asked=250)
        order = self.order_of(user=self.seller)
        dialog = self.dialog(order)
        self.assertEqual((dialog.loyalty_points, dialog.loyalty_left), (250, 50))
        self.assertIn("The client asked for 250 points.", dialog.loyalty_hint)
        # A small order takes what it can of it.
        self.assertEqual(self.dialog(self.order_of(price=80, user=self.seller)).loyalty_points, 80)
        self.seller.group_ids += self.env.ref("loyalty_service.group_loyalty_user")
        order.invalidate_recordset(["loyalty_wish_text"])
        self.assertEqual(
            order.loyalty_wish_text,
            "This client asked for: 100 points take $\xa0100.00 off your order (250 points)",
        )
        wish.with_user(self.seller)._take_into(order)
        self.assertEqual(self.taken(order), (250, -250))

    def test_a_client_asks_for_whole_steps_of_what_it_has(self):
        self.discount.write({"discount": 0.1, "required_points": 100})
        for points in (0, 99, -5, 301, float("nan"), float("inf")):
            with self.subTest(points=points), self.assertRaisesRegex(UserError, "100 to 300"):
                self.redeem(self.discount, points_asked=points)
        wish = self.redeem(self.discount, points_asked=250)
        self.assertEqual((wish.points_asked, wish.points), (200, 100))
        # Of a reward with a price nobody asks.
        self.assertEqual(self.redeem(self.gift, points_asked=250).points_asked, 0)


@tagged("post_install", "-at_install")
class TestRewardNames(QuotationCommon):
    """One name everywhere: in the list, the dialogs, the portal and on the order."""

    def named(self, lang, record=None, field="description"):
        return (record or self.discount).with_context(lang=lang)[field].replace("\xa0", " ")

    def activate(self, *codes):
        for code in codes:
            self.env["res.lang"]._activate_lang(code)

    def test_each_language_has_it_and_so_has_the_product(self):
        self.activate("zh_CN", "zh_TW")
        symbol = self.program.currency_id.symbol
        self.discount.discount = 0.5
        for lang, words in (
            ("en_US", "points take"),
            ("zh_CN", "积分"),
            ("zh_TW", "點"),
        ):
            name = self.named(lang)
            self.assertIn(words, name)
            self.assertIn(symbol, name)
            self.assertIn("50.00", name)
            self.assertEqual(self.named(lang, self.discount.discount_line_product_id, "name"), name)
            self.assertEqual(self.named(lang, field="display_name"), name)

    def test_a_language_that_comes_later(self):
        self.env["res.lang"].search([("code", "=", "zh_TW")]).active = False
        self.activate("zh_TW")
        self.assertIn("點", self.named("zh_TW"))

    def test_it_follows_the_currency(self):
        self.activate("zh_CN")
        yuan = self.env.ref("base.CNY")
        yuan.active = True
        self.program.currency_id = yuan
        product = self.discount.discount_line_product_id
        for lang in ("en_US", "zh_CN"):
            self.assertIn("¥", self.named(lang))
            self.assertIn("¥", self.named(lang, product, "name"))

    def test_what_somebody_wrote_stays(self):
        self.activate("zh_CN")
        self.discount.description = "Points for pounds"
        self.discount.required_points = 5
        self.activate("zh_TW")
        self.assertEqual(self.named("en_US"), "Points for pounds")
        self.assertEqual(self.named("en_US", field="display_name"), "Points for pounds")
        self.assertEqual(
            self.named("en_US", self.discount.discount_line_product_id, "name"), "Points for pounds"
        )

    def test_the_order_speaks_the_language_of_the_client(self):
        self.activate("zh_CN")
        self.client_partner.lang = "zh_CN"
        order = self.order_of(self.client_partner, user=self.seller)
        self.use(order, 100)
        line = order.order_line.filtered("reward_id")
        self.assertEqual(line.name.replace("\xa0", " "), self.named("zh_CN"))

    def test_taxes_do_not_put_a_word_before_it(self):
        tax = self.env["account.tax"].create({"name": "6%", "amount": 6, "type_tax_use": "sale"})
        order = self.order_of(user=self.seller)
        order.order_line.tax_ids = tax
        self.use(order, 100)
        line = order.order_line.filtered("reward_id")
        self.assertEqual(line.name.replace("\xa0", " "), self.named("en_US"))


@tagged("post_install", "-at_install")
class TestRewardPrices(QuotationCommon):
    """Lines say whole cents, and order and invoice come to exactly what the points are worth."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.six, cls.thirteen, cls.included = cls.env["account.tax"].create(
            [
                {"name": "6%", "amount": 6, "type_tax_use": "sale"},
                {"name": "13%", "amount": 13, "type_tax_use": "sale"},
                {
                    "name": "9% included",
                    "amount": 9,
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included",
                },
            ]
        )

    def order_with(self, *taxes):
        order = self.order_of(user=self.seller)
        order.order_line.tax_ids = taxes[0]
        for tax in taxes[1:]:
            order.order_line[:1].copy({"order_id": order.id, "tax_ids": tax.ids})
        return order

    def assertWholeCents(self, lines):
        for line in lines:
            self.assertEqual(line.price_unit, round(line.price_unit, 2))

    def test_a_tax_that_is_added(self):
        """100 with 6 % are 94.34 and 5.66 of tax: 94.339623 with tax is 100.00, too."""
        order = self.order_with(self.six)
        self.use(order, 100)
        line = order.order_line.filtered("reward_id")
        self.assertEqual(line.price_unit, -94.34)
        self.assertEqual((line.price_subtotal, line.price_total), (-94.34, -100))
        self.assertEqual(order.amount_total, 430)
        order.sudo().order_line.product_id.invoice_policy = "order"
        order.action_confirm()
        invoice = order.sudo()._create_invoices()
        taken = invoice.invoice_line_ids.filtered(lambda one: one.price_unit < 0)
        self.assertEqual((taken.price_unit, taken.price_total), (-94.34, -100))
        self.assertEqual(invoice.amount_total, 430)
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 430)
        self.assertEqual(invoice._reverse_moves().amount_total, 430)

    def test_it_comes_to_the_points_whatever_they_are_worth(self):
        """Of each amount up to 3.00: 94 cents of tax and price would be a cent off for some."""
        order = self.order_with(self.six)
        company = order.company_id
        Tax = self.env["account.tax"]
        for cents in range(1, 301):
            values = {
                "product_id": order.order_line.product_id.id,
                "product_uom_qty": 1.0,
                "tax_ids": [(5, 0, 0), (4, self.six.id, 0)],
                "price_unit": -cents / 100 / 1.06,
                "reward_identifier_code": "code",
            }
            order._loyalty_round_prices([values])
            self.assertEqual(values["price_unit"], round(values["price_unit"], 2))
            line = Tax._prepare_base_line_for_taxes_computation(
                {},
                tax_ids=self.six,
                quantity=1.0,
                currency_id=order.currency_id,
                price_unit=values["price_unit"],
                extra_tax_data=values["extra_tax_data"],
            )
            Tax._add_tax_details_in_base_lines([line], company)
            Tax._round_base_lines_tax_details([line], company)
            self.assertAlmostEqual(
                line["tax_details"]["total_included_currency"], -cents / 100, 6, cents
            )

    def test_several_taxes(self):
        """Three lines of 500 with 6 %, with 13 % and with 9 % in the price: 100 off all of them."""
        order = self.order_with(self.six, self.thirteen, self.included)
        before = order.amount_total
        self.assertEqual(before, 530 + 565 + 500)
        for points in (100, 77, 133, 299):
            self.use(order, points)
            lines = order.order_line.filtered("reward_id")
            self.assertEqual(len(lines), 3)
            self.assertWholeCents(lines)
            self.assertEqual(sum(lines.mapped("points_cost")), points)
            self.assertAlmostEqual(sum(lines.mapped("price_total")), -points, 6)
            self.assertAlmostEqual(order.amount_total, before - points, 6)

    def test_taxes_that_are_rounded_for_the_whole_order(self):
        self.env.company.tax_calculation_rounding_method = "round_globally"
        self.test_several_taxes()

    def test_what_the_order_says_of_points(self):
        """The client's page has separators and the name of the points."""
        self.discount.write({"discount": 0.01})
        with_many = self.client_of()
        with_many._adjust_points(12000, "Goodwill")
        order = self.order_with(self.six)
        self.use(order, 10000)
        order.action_confirm()
        order.invalidate_recordset()
        self.assertEqual(
            order.loyalty_data, {"point_name": "Points", "issued": 0.0, "cost": "10,000"}
        )
        self.assertEqual(order.loyalty_points_text, "10,000 points are used, 2,300 remain.")

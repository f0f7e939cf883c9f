from odoo import Command, fields
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import CommittedFirm


@tagged("post_install", "-at_install")
class TestReferralConcurrency(CommittedFirm, BaseCase):
    """Two connections at once, committed. What they leave is archived at the end."""

    FIRM = "Concurrent Firm"

    def setUp(self):
        super().setUp()
        with self.in_firm() as env:
            program = env["loyalty.program"].browse(self.program_id)
            program.referral_daily_limit = 2
            env["loyalty.service.earning.rule"].create(
                [
                    {
                        "name": code,
                        "program_id": program.id,
                        "event_type_id": env.ref(f"loyalty_service.event_type_{code}").id,
                        "points_fixed": points,
                        "use_tier_multiplier": False,
                        "date_from": False,
                    }
                    for code, points in (("referral_won", 100), ("referral_welcome", 30))
                ]
            )
            referrer, partner = env["res.partner"].create(
                [
                    {"name": "Concurrent Referrer", "is_company": True},
                    {"name": "Concurrent New Client", "is_company": True},
                ]
            )
            client = env["loyalty.service.client"]._ensure(referrer, env.company)
            self.client_id, self.partner_ids = client.id, [referrer.id, partner.id]

    def invite(self, env, submission, name="Concurrent New Client", phone="13600000001"):
        return (
            env["loyalty.service.client"]
            .browse(self.client_id)
            ._invite(
                {
                    "company_name": name,
                    "contact_name": "Li",
                    "phone": phone,
                    "consent": True,
                    "source": "portal",
                    "submission": submission,
                }
            )
            .id
        )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_invoices_paid_at_once_give_one_reward(self):
        """Each of the two sees but its own payment; the second one has to look again."""
        with self.in_firm() as env:
            referral = env["loyalty.service.referral"].browse(self.invite(env, "first"))
            partner = env["res.partner"].browse(self.partner_ids[1])
            referral.lead_id.partner_id = partner
            referral.lead_id.action_set_won()
            invoices = env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": partner.id,
                        "company_id": self.company_id,
                        "invoice_date": fields.Date.today(),
                        "invoice_line_ids": [
                            Command.create({"name": "X", "price_unit": 100, "tax_ids": []})
                        ],
                    }
                    for _number in range(2)
                ]
            )
            invoices.action_post()
            referral_id, invoice_ids = referral.id, invoices.ids

        def pay(invoice_id):
            def function(env):
                env["account.payment.register"].with_context(
                    active_model="account.move", active_ids=[invoice_id]
                ).create({})._create_payments()

            return function

        self.at_once(*map(pay, invoice_ids))
        with self.in_firm() as env:
            referral = env["loyalty.service.referral"].browse(referral_id)
            self.assertEqual((referral.state, referral.paid_count), ("rewarded", 2))
            env.cr.execute(
                """
                SELECT type.code, SUM(move.points)
                  FROM loyalty_service_event event
                  JOIN loyalty_service_event_type type ON type.id = event.type_id
                  JOIN loyalty_service_move move ON move.event_id = event.id
                 WHERE event.res_model = 'loyalty.service.referral' AND event.res_id = %s
              GROUP BY type.code
                """,
                [referral_id],
            )
            given = {code: float(points) for code, points in env.cr.fetchall()}
        self.assertEqual(given, {"referral_won": 100, "referral_welcome": 30})

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_form_sent_twice_at_once_is_one_invitation(self):
        ids = self.at_once(*[lambda env: self.invite(env, "same")] * 3)
        self.assertEqual(len(set(ids)), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_three_at_once_do_not_pass_a_limit_of_two(self):
        outcomes = self.at_once(
            *[
                lambda env, number=number: self.invite(
                    env, f"form {number}", f"Company {number}", f"1370000000{number}"
                )
                for number in range(3)
            ]
        )
        self.assertEqual(sum(isinstance(outcome, str) for outcome in outcomes), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_taken_back_while_somebody_writes_to_them(self):
        """Whoever is second has to look again: no lead is closed in which words were exchanged,
        and none stays open of which nobody has heard."""
        with self.in_firm() as env:
            referral = env["loyalty.service.referral"].browse(self.invite(env, "back"))
            referral_id, lead_id = referral.id, referral.lead_id.id
            # Mail of the system itself is no word with the company.
            user = env.ref("base.user_admin")
            user.company_ids = [Command.link(self.company_id)]
            user_id = user.id

        def take_back(env):
            env["loyalty.service.referral"].browse(referral_id)._take_back()

        def write(env):
            lead = env["crm.lead"].with_user(user_id).browse(lead_id)
            lead.message_post(
                body="Good morning", message_type="comment", subtype_xmlid="mail.mt_comment"
            )

        self.at_once(take_back, write)
        with self.in_firm() as env:
            referral = env["loyalty.service.referral"].browse(referral_id)
            self.assertEqual(referral.state, "cancelled")
            first = referral.lead_id.message_ids.filtered(
                lambda message: "Good morning" in str(message.body)
            )
            self.assertTrue(first)
            # Either they wrote first, and the lead is theirs; or it was closed before they wrote.
            told = "was withdrawn or has expired" in str(
                referral.lead_id.message_ids.mapped("body")
            )
            self.assertEqual(referral.lead_id.won_status, "pending" if told else "lost")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_taken_back_twice_at_once_is_taken_back_once(self):
        with self.in_firm() as env:
            referral_id = self.invite(env, "twice")

        def take_back(env):
            referral = env["loyalty.service.referral"].browse(referral_id)
            if any(row.may_cancel for row in referral._portal_rows()):
                referral._take_back()

        self.at_once(take_back, take_back)
        with self.in_firm() as env:
            referral = env["loyalty.service.referral"].browse(referral_id)
            self.assertEqual((referral.state, referral.lead_id.won_status), ("cancelled", "lost"))
            said = [body for body in referral.message_ids.mapped("body") if "Cancelled by" in body]
            self.assertEqual(len(said), 1)

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestEventMail(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = new_test_user(
            cls.env, "writes_mails", groups="base.group_user,base.group_partner_manager"
        )
        cls.staff.email = "staff@example.com"
        cls.Event.create({"type_id": cls.type_call.id, "partner_id": cls.client_partner.id})

    def mails(self):
        return self.standing(self.client_partner, "email")

    def write(self, record=None, **values):
        record = (record or self.client_partner).with_user(self.staff)
        values = {
            "body": "Please find attached",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "partner_ids": self.contact.ids,
            **values,
        }
        return record.message_post(**values)

    def test_a_mail_to_a_client(self):
        message = self.write(subject="Your October papers")
        event = self.mails()
        self.assertEqual((event.contact_id, event.user_id), (self.contact, self.staff))
        self.assertEqual((event.summary, event.channel), ("Written to the client", "email"))
        self.assertEqual((event.res_model, event.res_id), ("mail.message", message.id))

    def test_a_mail_from_a_client(self):
        self.client_partner.with_user(self.env.ref("base.user_root")).message_post(
            body="Thank you",
            subject="Re: Your October papers",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.contact.id,
        )
        event = self.mails()
        self.assertEqual((event.contact_id, event.user_id.id), (self.contact, False))
        self.assertEqual((event.summary, event.channel), ("Written by the client", "email"))

    def shown(self, user):
        """Return what the ledger shows of the mails of the client: in lists and the timeline."""
        self.env.flush_all()
        self.env.invalidate_all()
        events = self.mails().with_user(user)
        rows = events._timeline_rows()
        self.assertEqual([row["summary"] for row in rows], events.mapped("summary_shown"))
        return events.mapped("summary_shown")

    def test_the_subject_is_for_those_who_may_read_the_mail(self):
        """An opportunity is its salesperson's; other loyalty users know that there was a mail."""
        lead = self.env["crm.lead"].create(
            {
                "name": "Talks",
                "partner_id": self.client_partner.id,
                "user_id": self.staff.id,
                "company_id": self.env.company.id,
            }
        )
        self.staff.group_ids += self.env.ref("sales_team.group_sale_salesman")
        self.staff.group_ids += self.env.ref("loyalty_service.group_loyalty_user")
        self.write(lead, subject="The dismissal of Mr Li")
        self.write(subject="Your October papers")
        secret, open_ = "The dismissal of Mr Li", "Your October papers"
        self.assertEqual(set(self.shown(self.staff)), {secret, open_})
        for user in (self.user_loyalty, self.user_manager):
            self.assertEqual(set(self.shown(user)), {"Written to the client", open_})
            # Nor by the interface, nor by the words of the client's own page.
            read = self.mails().with_user(user).read()
            self.assertNotIn(secret, str(read))
            self.assertNotIn(secret, str(self.mails().with_user(user).mapped("display_name")))
            found = self.Event.with_user(user).search([("summary", "ilike", "dismissal")])
            self.assertFalse(found)
        self.assertNotIn(secret, str(self.mails().mapped("client_summary")))

    def test_the_reason_of_an_undone_mail_is_shown(self):
        self.write(subject="Your October papers")
        self.mails()._reverse("Wrong client")
        undoing = self.Event.search([("reversal_of_id.partner_id", "=", self.client_partner.id)])
        self.assertEqual(undoing.with_user(self.user_loyalty).summary_shown, "Wrong client")

    def test_subjects_cost_the_same_for_many_mails(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            events = self.mails().with_user(self.user_loyalty)
            before = self.cr.sql_log_count
            events.mapped("summary_shown")
            return self.cr.sql_log_count - before

        self.write(subject="One")
        cost()
        few = cost()
        for number in range(10):
            self.write(subject=f"Mail {number}")
        self.assertLessEqual(cost(), few)

    def test_once_per_message_and_client(self):
        colleague = self.contact.copy({"name": "Li Lei", "email": "li@example.com"})
        stranger = self.env["res.partner"].create({"name": "Supplier", "email": "s@example.com"})
        message = self.write(partner_ids=(self.contact + colleague + stranger).ids)
        self.assertEqual(len(self.mails()), 1)
        self.assertFalse(self.standing(stranger), "who writes us is no client by that")
        self.client_partner.with_user(self.staff)._notify_thread(message, skip_existing=True)
        self.assertEqual(len(self.mails()), 1)

    def test_a_reply_in_the_portal(self):
        client = new_test_user(self.env, "client_writes", groups="base.group_portal")
        client.partner_id.parent_id = self.client_partner
        self.client_partner.message_subscribe(self.staff.partner_id.ids)
        self.client_partner.message_post(
            body="Where is it?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=client.partner_id.id,
        )
        self.assertEqual(self.mails().channel, "portal")

    def test_notes_and_machines_write_no_letters(self):
        self.write(subtype_xmlid="mail.mt_note")
        self.write(partner_ids=[])
        for message_type in ("notification", "auto_comment", "email_outgoing"):
            self.write(message_type=message_type)
        self.client_partner.with_user(self.env.ref("base.user_root")).message_post(
            body="Automatic",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.contact.ids,
        )
        self.assertFalse(self.mails())

    def test_an_invoice_by_mail_is_no_talk(self):
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.client_partner.id}
        )
        staff = self.staff
        staff.group_ids += self.env.ref("account.group_account_invoice")
        self.write(invoice, email_layout_xmlid="mail.mail_notification_layout")
        self.assertFalse(self.mails())
        self.write(invoice, body="Is the address right?")
        self.assertEqual(len(self.mails()), 1)

    def test_open_and_undo(self):
        self.write()
        event = self.mails().with_user(self.user_loyalty)
        action = event.action_open_source()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.client_partner.id)
        )
        event.action_undo()
        self.assertFalse(self.mails())
        self.write()
        event = self.mails()
        self.env["mail.message"].browse(event.res_id).unlink()
        with self.assertRaises(UserError):
            event.action_open_source()

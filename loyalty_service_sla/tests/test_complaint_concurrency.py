from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.loyalty_service.tests.common import Committing

from .common import remove_client


@tagged("post_install", "-at_install")
class TestTwoAnswers(Committing, TransactionCase):
    """Two people of a client answer in the same moment, on two real connections."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove)
        with self.committed(mail_notrack=True) as env:
            self.company_id = env.ref("base.main_company").id
            # Without an address no mail is waiting when the test is over.
            partner = env["res.partner"].create({"name": "Two Voices Ltd", "is_company": True})
            user = new_test_user(env, "two_voices", groups="helpdesk_mgmt.group_helpdesk_manager")
            ticket = env["helpdesk.ticket"].create(
                {
                    "name": "Late",
                    "description": "x",
                    "partner_id": partner.id,
                    "user_id": user.id,
                    "loyalty_ticket_type": "complaint",
                }
            )
            complaint = ticket.loyalty_complaint_ids
            complaint.with_user(user).action_acknowledge()
            complaint.category_id = env.ref("loyalty_service_sla.complaint_category_other")
            complaint.action_investigate()
            complaint.investigation = "Looked"
            complaint.root_cause_id = env.ref("loyalty_service_sla.complaint_cause_process")
            complaint.action_solve()
            complaint.solution = "Done"
            complaint.action_propose()
            self.partner_id, self.user_id = partner.id, user.id
            self.ticket_id, self.complaint_id = ticket.id, complaint.id

    def remove(self):
        with self.committed() as env:
            remove_client(env, self.partner_id, [self.ticket_id])
            user = env["res.users"].browse(self.user_id)
            contact = user.partner_id
            user.unlink()
            contact.unlink()

    def say(self, answer):
        return lambda env: (
            env["loyalty.service.complaint"]
            .browse(self.complaint_id)
            ._answer_as_client(answer, "portal", comment=answer)
        )

    def test_one_answer_counts(self):
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = self.at_once(self.say("confirmed"), self.say("disagreed"))
        self.assertEqual(sorted(outcomes), [False, True])
        with self.committed() as env:
            complaint = env["loyalty.service.complaint"].browse(self.complaint_id)
            agreed = complaint.answer == "confirmed"
            self.assertEqual(complaint.state, "closed" if agreed else "investigation")
            self.assertEqual(complaint.ticket_id.closed, agreed)
            self.assertEqual(complaint.reopened_count, 0 if agreed else 1)
            self.assertEqual(complaint.answer_comment, complaint.answer)

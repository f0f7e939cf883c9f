from threading import Timer

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.loyalty_service.tests.common import Committing

from .common import remove_client


@tagged("post_install", "-at_install")
class TestWordAtOnce(Committing, TransactionCase):
    """A client's word while somebody else has the ticket, on real connections."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove)
        with self.committed(mail_notrack=True) as env:
            self.company_id = env.ref("base.main_company").id
            # Without an address no mail is waiting when the test is over.
            partner = env["res.partner"].create({"name": "One Word Ltd", "is_company": True})
            ticket = env["helpdesk.ticket"].create(
                {"name": "VAT", "description": "x", "partner_id": partner.id}
            )
            ticket.stage_id = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
            self.partner_id, self.ticket_id = partner.id, ticket.id

    def remove(self):
        with self.committed() as env:
            remove_client(env, self.partner_id, [self.ticket_id])

    def say(self, rating):
        return lambda env: (
            env["helpdesk.ticket"]
            .browse(self.ticket_id)
            ._loyalty_answer_as_client("confirmed", rating)
        )

    def test_it_waits_for_the_sweep(self):
        sweep = self.connect().cr
        sweep.execute(
            SQL("SELECT id FROM helpdesk_ticket WHERE id = %s FOR UPDATE", self.ticket_id)
        )
        timer = Timer(0.5, sweep.rollback)
        timer.start()
        self.addCleanup(timer.join)
        self.assertEqual(self.at_once(self.say("4")), [True])

    def test_of_two_clicks_one_counts(self):
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = self.at_once(self.say("4"), self.say("4"))
        self.assertEqual(sorted(outcomes), [False, True])

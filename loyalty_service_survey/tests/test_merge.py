from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestMerge(SurveyCommon):
    """Odoo's own dialog makes one contact of several."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target = cls.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        cls.colleague = cls.env["res.partner"].create(
            {"name": "Li Na", "parent_id": cls.target.id, "email": "li@example.com"}
        )

    def merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (source + target).ids, target
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def test_figures_are_those_of_both(self):
        """The target said 4 of 5 (75 of 100), the source later 2 of 5 (25) and NPS 3."""
        for day, contact, survey, answers in (
            (1, self.colleague, self.survey_csat, {self.question_csat: "4"}),
            (2, self.contact, self.survey_csat, {self.question_csat: "2"}),
            (3, self.contact, self.survey_nps, {self.question_nps: "3"}),
        ):
            with freeze_time(f"2025-03-0{day} 09:00:00"):
                self.answer(self.invite(survey, contact).user_input_id, answers)
        client = self.client_of(self.target)
        self.assertEqual((client.satisfaction, client.nps_date), (75, False))
        self.merge(self.client_partner, self.target)
        self.assertEqual(self.client_of(self.target), client)
        self.assertEqual((client.satisfaction, client.nps), (25, 3))
        self.assertEqual(client.last_survey_date, datetime(2025, 3, 3, 9))

    def waves(self, *contacts):
        """Return one invitation of each contact in the same wave."""
        return self.Invitation.union(
            *(
                self.Invitation.create(
                    {
                        "survey_id": self.survey_nps.id,
                        "client_id": self.Client._ensure(
                            contact.commercial_partner_id, self.env.company
                        ).id,
                        "contact_id": contact.id,
                        "wave": "Spring",
                        "quiet_days": 0,
                    }
                )
                for contact in contacts
            )
        )

    def test_companies_asked_in_one_wave(self):
        self.target.email = self.client_partner.email = "office@example.com"
        planned, sent = self.waves(self.client_partner, self.target)
        sent._send_due()
        self.merge(self.client_partner, self.target)
        self.assertFalse(planned.exists())
        self.assertEqual((sent.wave, sent.contact_id), ("Spring", self.target))

    def test_contacts_of_one_client_asked_in_one_wave(self):
        colleague = self.contact.copy({"name": "Wang F.", "email": "fang@example.com"})
        answered, sent = self.waves(colleague, self.contact)
        (answered + sent)._send_due()
        self.answer(answered.user_input_id, {self.question_nps: "9"})
        self.merge(colleague, self.contact)
        self.assertEqual((answered.wave, answered.contact_id), ("Spring", self.contact))
        self.assertEqual((sent.wave, sent.state), (False, "sent"))
        # The link that went out as well still works, and tells of the same client.
        self.answer(sent.user_input_id, {self.question_nps: "2"})
        self.assertEqual(self.client_of(self.client_partner).nps, 2)

    def test_others_in_the_wave_are_left_alone(self):
        other = self.contact.copy({"name": "Zhao Min", "email": "zhao@example.com"})
        invitations = self.waves(self.contact, self.colleague, other)
        self.merge(self.client_partner, self.target)
        self.assertEqual(invitations.mapped("wave"), ["Spring"] * 3)
        self.assertEqual(invitations.client_id, self.client_of(self.target))

    def test_nothing_new_nothing_written(self):
        self.answer(self.invite(self.survey_csat).user_input_id, {self.question_csat: "4"})
        client = self.client_of()
        self.env.flush_all()
        with patch.object(type(client), "write", side_effect=AssertionError("written")):
            client._update_survey_figures()
        self.assertEqual(client.satisfaction, 75)

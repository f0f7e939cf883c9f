from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestFlatness(SurveyCommon):
    """The number of queries is that of the work, not that of the records."""

    def partners(self, count):
        return self.env["res.partner"].create(
            [
                {"name": f"Client {number}", "email": f"c{number}@example.com"}
                for number in range(count)
            ]
        )

    def visits(self, count):
        return [
            {"type_id": self.type_visit.id, "partner_id": partner.id}
            for partner in self.partners(count)
        ]

    def queries(self, work, argument):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work(argument)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_firing(self):
        fire = self.Trigger._fire

        def events(count):
            self.trigger.active = False
            events = self.Event.create(self.visits(count))
            self.trigger.active = True
            return events

        fire(events(3))
        few, many = (self.queries(fire, events(count)) for count in (10, 100))
        self.assertLessEqual(many, few)

    def test_sending(self):
        # Odoo itself makes mails in portions of this size.
        self.env["ir.config_parameter"].set_param("mail.batch_size", "500")

        def invitations(count):
            return self.Invitation.search(
                [("event_id", "in", self.Event.create(self.visits(count)).ids)]
            )

        def send(invitations):
            invitations._send_due()

        send(invitations(3))
        few, many = (self.queries(send, invitations(count)) for count in (10, 100))
        self.assertLessEqual(many, few + 10)

    def test_recording(self):
        def answers(count):
            invitations = self.Invitation.search(
                [("event_id", "in", self.Event.create(self.visits(count)).ids)]
            )
            invitations._send_due()
            answers = invitations.user_input_id
            for answer in answers:
                answer._save_lines(self.question_csat, "2")
            answers.write({"state": "done", "end_datetime": self.now()})
            return answers.browse(answers.ids)

        def record(answers):
            answers._loyalty_record()

        record(answers(3))
        few, many = (self.queries(record, answers(count)) for count in (10, 100))
        self.assertLessEqual(many, few + 10)

    def test_report(self):
        fields = ["loyalty_csat", "loyalty_nps", "loyalty_response_rate", "loyalty_nps_interval"]

        def read(surveys):
            surveys.read(fields)

        def surveys(count):
            return self.survey_nps.browse([self.survey_nps.copy().id for _number in range(count)])

        read(surveys(2))
        few, many = (self.queries(read, surveys(count)) for count in (5, 20))
        self.assertLessEqual(many, few)

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import SurveyCommon

RIGHTS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSecurity(SurveyCommon):
    """Every role x every model x every right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            "public": cls.env.ref("base.public_user"),
            "portal": new_test_user(cls.env, "portal_test", groups="base.group_portal"),
            "employee": new_test_user(cls.env, "employee_test", groups="base.group_user"),
            "survey": cls.user_survey,
            "user": cls.user_loyalty,
            "manager": cls.user_manager,
        }

    def setUp(self):
        super().setUp()
        self.invitation = self.invite(self.survey_csat)
        self.user_input = self.invitation.user_input_id
        self.answer(self.user_input, {self.question_csat: "5"})
        self.records = {
            "trigger": self.trigger,
            "invitation": self.invitation,
            "survey": self.survey_csat,
            "question": self.question_csat,
            "user_input": self.user_input,
            "line": self.user_input.user_input_line_ids[:1],
            "event": self.standing(self.client_partner, "survey_satisfaction"),
        }

    def test_matrix(self):
        everything = set(RIGHTS)
        expected = {
            "user": {
                "trigger": {"read"},
                "invitation": {"read"},
                "survey": {"read"},
                "question": {"read"},
                "user_input": {"read"},
                "line": {"read"},
                "event": {"read", "create"},
            },
            "manager": {
                "trigger": everything,
                "invitation": {"read"},
                "survey": {"read"},
                "question": {"read"},
                "user_input": {"read"},
                "line": {"read"},
                "event": {"read", "create"},
            },
            # What the Surveys app gives, no more and no less.
            "survey": {
                "survey": everything,
                "question": everything,
                "user_input": everything,
                "line": {"read"},
            },
        }
        for role, user in self.roles.items():
            for name, record in self.records.items():
                granted = {right for right in RIGHTS if record.with_user(user).has_access(right)}
                with self.subTest(role=role, model=name):
                    self.assertEqual(granted, expected.get(role, {}).get(name, set()))

    def test_answers_of_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Beijing branch"})
        client = self.Client._ensure(self.client_partner, other)
        there = self.invite(self.survey_csat, client_id=client.id)
        for record in (there, there.user_input_id):
            self.assertFalse(record.with_user(self.user_loyalty).has_access("read"))
            self.assertNotIn(
                record, record.with_user(self.user_loyalty).search([]).with_env(self.env)
            )

    def test_answers_of_nobody_are_not_seen(self):
        stranger = self.survey_csat._create_answer(email="somebody@example.com")
        self.assertFalse(stranger.with_user(self.user_loyalty).has_access("read"))

    def test_surveys_kept_to_a_few_are_not_seen(self):
        self.survey_csat.write(
            {"user_id": self.user_survey.id, "restrict_user_ids": self.user_survey.ids}
        )
        for name in ("survey", "question", "user_input", "line"):
            record = self.records[name].with_user(self.user_manager)
            self.assertFalse(record.has_access("read"), name)

    def test_the_secret_of_an_invitation(self):
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.invitation.with_user(self.user_manager).read(["invite_token"])

    def shown(self):
        return self.user_input._name, self.user_input.id

    def test_who_is_rated_cannot_answer(self):
        waiting = self.invite(self.survey_csat).user_input_id
        for user in (self.user_loyalty, self.user_manager):
            for secret in ("access_token", "invite_token"):
                with self.assertRaises(AccessError), mute_logger("odoo.models"):
                    waiting.with_user(user).read([secret])
            with self.assertRaises(UserError):
                waiting.with_user(user).action_loyalty_show()
            action = self.user_input.with_user(user).action_loyalty_show()
            self.assertNotIn(self.user_input.access_token, str(action))
            self.assertNotIn("url", action)
            self.assertEqual((action["res_model"], action["res_id"]), self.shown())
            view = self.env["survey.user_input"].with_user(user).get_view(action["views"][0][0])
            self.assertNotIn("action_print_answers", view["arch"])
            self.assertIn('edit="0"', view["arch"])
        self.assertTrue(waiting.with_user(self.user_survey).read(["access_token"]))

    def test_what_others_may_not_search_by(self):
        """Neither directly nor by way of what points to answers."""
        waiting = self.invite(self.survey_csat).user_input_id
        guess = ("=like", waiting.access_token[:2] + "%")
        (self.user_loyalty + self.user_manager).group_ids += self.env.ref("base.group_allow_export")
        for user in (self.user_loyalty, self.user_manager):
            env = self.env(user=user)
            for secret in ("access_token", "invite_token"):
                for model, path in (
                    ("survey.user_input", secret),
                    ("survey.user_input.line", f"user_input_id.{secret}"),
                    ("loyalty.service.survey.invitation", f"user_input_id.{secret}"),
                ):
                    with self.subTest(model=model, path=path), self.assertRaises(AccessError):
                        env[model].search_count([(path, *guess)])
                Answer = env["survey.user_input"]
                with self.assertRaises(AccessError):
                    Answer.search([], order=secret)
                with self.assertRaises(AccessError):
                    Answer._read_group([], [secret])
                with self.assertRaises(AccessError):
                    Answer.search_read([], [secret])
                with self.assertRaises(AccessError):
                    waiting.with_user(user).export_data([secret])
                with self.assertRaises(AccessError):
                    waiting.with_user(user).mapped(secret)
                self.assertNotIn(secret, waiting.with_user(user).read()[0])
            with self.assertRaises(AccessError):
                waiting.with_user(user).get_start_url()

    def test_the_mail_is_for_the_client(self):
        invitation = self.invite(self.survey_csat)
        mail = self.mails_to(self.contact).filtered(
            lambda mail: invitation.user_input_id.access_token in mail.body_html
        )
        message = mail.mail_message_id
        self.assertEqual((message.model, message.res_id), (invitation._name, invitation.id))
        for user in (self.user_loyalty, self.user_manager):
            self.assertTrue(invitation.with_user(user).has_access("read"))
            self.assertFalse(message.with_user(user).has_access("read"))
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                message.with_user(user).read(["body"])
            for domain in (
                [("id", "=", message.id)],
                [("model", "=", invitation._name), ("res_id", "=", invitation.id)],
                [("body", "like", "answer_token=")],
            ):
                self.assertFalse(self.env["mail.message"].with_user(user).search_count(domain))
            self.assertFalse(mail.with_user(user).has_access("read"))

    def other_app(self, *users):
        """Let ``users`` read answers as another app does that builds upon Surveys."""
        group = self.env["res.groups"].create({"name": "Interviewers"})
        for name in ("survey.survey", "survey.user_input", "survey.user_input.line"):
            model = self.env["ir.model"]._get(name)
            self.env["ir.model.access"].create(
                {"name": name, "model_id": model.id, "group_id": group.id, "perm_read": True}
            )
            self.env["ir.rule"].create(
                {"name": name, "model_id": model.id, "groups": [(4, group.id)]}
            )
        for user in users:
            user.group_ids = [(4, group.id)]

    def test_other_apps_keep_their_answers(self):
        """Core asks for the token as the user, who need have no right of the Surveys app."""
        theirs = self.survey_csat._create_answer(email="applicant@example.com")
        ours = self.invite(self.survey_csat).user_input_id
        employee = self.roles["employee"]
        self.other_app(employee, self.user_loyalty)
        for user in (employee, self.user_loyalty):
            survey, answer = self.survey_csat.with_user(user), theirs.with_user(user)
            for action in (
                survey.action_print_survey(answer=answer),
                survey.action_start_survey(answer=answer),
            ):
                self.assertIn(theirs.access_token, action["url"])
            self.assertIn(theirs.access_token, answer.get_start_url())
            self.assertEqual(answer.read(["access_token"])[0]["access_token"], theirs.access_token)
            self.assertIn("access_token", answer.fields_get())
        # Who reads answers of both kinds gets the secrets of the one and not of the other,
        # in whatever order they come.
        for first, second in ((theirs, ours), (ours, theirs)):
            self.env.invalidate_all()
            both = (first + second).with_user(self.user_loyalty)
            for answer in both:
                if answer.id == theirs.id:
                    self.assertTrue(answer.access_token)
                else:
                    with self.assertRaises(AccessError):
                        answer.access_token  # noqa: B018
        with self.assertRaises(AccessError):
            self.survey_csat.with_user(self.user_loyalty).action_print_survey(
                answer=ours.with_user(self.user_loyalty)
            )

    def test_buttons_follow_what_is_seen(self):
        other = self.env["res.company"].create({"name": "Beijing branch"})
        client = self.Client._ensure(self.client_partner, other)
        there = self.Invitation.create(
            {
                "survey_id": self.survey_csat.id,
                "client_id": client.id,
                "contact_id": self.contact.id,
            }
        )
        for method in ("action_cancel", "action_retry"):
            with self.assertRaises(AccessError):
                getattr(there.with_user(self.user_loyalty), method)()
        with self.assertRaises(AccessError):
            self.survey_csat.with_user(self.user_loyalty)._loyalty_invite(
                client.with_user(self.user_loyalty)
            )

    def test_users_read_reports_and_answers(self):
        for role in ("user", "manager"):
            env = self.env(user=self.roles[role])
            surveys = env["survey.survey"].search([("loyalty_feeds", "=", True)])
            self.assertIn(self.survey_csat.id, surveys.ids)
            surveys.read(["title", "loyalty_csat", "loyalty_nps", "loyalty_nps_interval"])
            self.user_input.with_env(env).read()
            self.client_of().with_env(env).read(["satisfaction", "nps", "last_survey_date"])
            self.client_partner.with_env(env).read(["loyalty_satisfaction", "loyalty_nps"])

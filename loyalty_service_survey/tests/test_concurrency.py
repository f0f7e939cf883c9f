from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged

INVITATIONS = "odoo.addons.loyalty_service_survey.models.survey_invitation"


class Killed(BaseException):
    """What ends a worker in the middle of its run."""


@tagged("post_install", "-at_install")
class TestTwoWorkers(TransactionCase):
    """Two real connections send the same invitations."""

    def setUp(self):
        super().setUp()
        self.registry_real = Registry(self.env.cr.dbname)
        with self.registry_real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partners = env["res.partner"].create(
                [{"name": f"Race {n}", "email": f"race{n}@example.com"} for n in range(4)]
            )
            clients = env["loyalty.service.client"]._ensure(partners, env.company)
            survey = env.ref("loyalty_service_survey.survey_csat")
            self.partner_ids = partners.ids
            self.invitation_ids = survey._loyalty_invite(clients).ids
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry_real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            invitations = self.invitations(env)
            env["mail.mail"].search(
                [("model", "=", invitations._name), ("res_id", "in", invitations.ids)]
            ).unlink()
            invitations.user_input_id.unlink()
            partners = env["res.partner"].browse(self.partner_ids)
            env["loyalty.service.client"].search([("partner_id", "in", partners.ids)]).unlink()
            partners.unlink()

    def invitations(self, env):
        return env["loyalty.service.survey.invitation"].browse(self.invitation_ids)

    def states(self):
        with self.registry_real.cursor() as cr:
            return self.invitations(api.Environment(cr, SUPERUSER_ID, {})).mapped("state")

    def mail_count(self):
        with self.registry_real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["mail.mail"].search_count(
                [
                    ("model", "=", "loyalty.service.survey.invitation"),
                    ("res_id", "in", self.invitation_ids),
                ]
            )

    def test_what_one_sends_the_other_leaves(self):
        with self.registry_real.cursor() as one, self.registry_real.cursor() as other:
            env_one, env_other = (api.Environment(cr, SUPERUSER_ID, {}) for cr in (one, other))
            self.invitations(env_one)[:3]._send_due()
            # The first has not committed: its three are locked, the fourth is free.
            self.invitations(env_other)._send_due()
            other.commit()
            one.commit()
        self.assertEqual(self.states(), ["sent"] * 4)
        self.assertEqual(self.mail_count(), 4)

    def test_what_is_sent_is_not_picked_again(self):
        with self.registry_real.cursor() as one:
            self.invitations(api.Environment(one, SUPERUSER_ID, {}))._send_due()
        with self.registry_real.cursor() as other:
            self.invitations(api.Environment(other, SUPERUSER_ID, {}))._send_due()
        self.assertEqual(self.mail_count(), 4)

    def test_killed_before_its_commit(self):
        with self.registry_real.cursor() as one:
            self.invitations(api.Environment(one, SUPERUSER_ID, {}))._send_due()
            one.rollback()
        self.assertEqual(self.states(), ["scheduled"] * 4)
        self.assertEqual(self.mail_count(), 0)
        with self.registry_real.cursor() as other:
            self.invitations(api.Environment(other, SUPERUSER_ID, {}))._send_due()
        self.assertEqual(self.mail_count(), 4)

    def test_killed_between_two_batches(self):
        """What was committed stays sent, and the next run takes the rest and no more."""

        def commit_and_die(cron, processed=0, **_kw):
            cron.env.cr.commit()
            if processed:
                raise Killed

        with self.registry_real.cursor() as one, patch(f"{INVITATIONS}.BATCH_SIZE", 3):
            env = api.Environment(one, SUPERUSER_ID, {})
            with (
                patch.object(type(env["ir.cron"]), "_commit_progress", commit_and_die),
                self.assertRaises(Killed),
            ):
                env["loyalty.service.survey.invitation"]._cron_send()
            one.rollback()
        self.assertEqual(sorted(self.states()), ["scheduled", "sent", "sent", "sent"])
        self.assertEqual(self.mail_count(), 3)
        with self.registry_real.cursor() as other:
            env = api.Environment(other, SUPERUSER_ID, {})
            env["loyalty.service.survey.invitation"]._cron_send()
        self.assertEqual(self.states(), ["sent"] * 4)
        self.assertEqual(self.mail_count(), 4)

    def test_one_person_is_not_asked_by_two_workers(self):
        """Two invitations of one person, neither sent before: the quiet days allow one."""
        with self.registry_real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            first = self.invitations(env)[0]
            survey = env.ref("loyalty_service_survey.survey_nps")
            second = survey._loyalty_invite(first.client_id)
            self.invitation_ids.append(second.id)
        with self.registry_real.cursor() as one, self.registry_real.cursor() as other:
            env_one, env_other = (api.Environment(cr, SUPERUSER_ID, {}) for cr in (one, other))
            self.invitations(env_one)[0]._send_due()
            self.invitations(env_other)[4]._send_due()
            other.commit()
            one.commit()
        self.assertEqual([self.states()[place] for place in (0, 4)], ["sent", "scheduled"])
        with self.registry_real.cursor() as cr:
            self.invitations(api.Environment(cr, SUPERUSER_ID, {}))[4]._send_due()
        self.assertEqual(self.states()[4], "skipped")
        self.assertEqual(self.mail_count(), 1)

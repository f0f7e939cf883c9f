from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import PointsCommon

# Role x model: r(ead) w(rite) c(reate) d(elete). A role that is not named has no right at all.
RIGHTS = {
    "loyalty.service.event.type": {"user": "r", "manager": "rwcd"},
    "loyalty.service.event": {"user": "rc", "manager": "rc"},
    "loyalty.service.client": {"user": "r", "manager": "r"},
    "loyalty.service.agreement": {"user": "rwc", "manager": "rwcd"},
    "loyalty.service.end.reason": {"user": "r", "manager": "rwcd"},
    "loyalty.service.health.request": {},
    "loyalty.service.interaction.report": {"user": "r", "manager": "r"},
    "loyalty.service.rhythm": {"user": "r", "manager": "r"},
    "loyalty.service.rhythm.report": {"user": "r", "manager": "r"},
    "loyalty.service.agreement.end": {"user": "rwcd", "manager": "rwcd"},
    "loyalty.service.tier": {"user": "r", "manager": "rwcd"},
    "loyalty.service.tier.change": {"user": "r", "manager": "r"},
    "loyalty.service.tier.override": {"user": "r", "manager": "rc"},
    "loyalty.service.tier.contest": {"user": "r", "manager": "rw"},
    "loyalty.service.tier.month": {"user": "r", "manager": "r"},
    "loyalty.service.earning.rule": {"user": "r", "manager": "rwcd"},
    "loyalty.service.move": {"user": "r", "manager": "r"},
    "loyalty.service.ledger.check": {"manager": "r"},
    "loyalty.service.ledger.difference": {"manager": "r"},
    "loyalty.service.redemption": {"user": "rw", "manager": "rw"},
    "loyalty.service.redeem": {"user": "rwcd", "manager": "rwcd"},
    "loyalty.service.redeem.line": {"user": "rwcd", "manager": "rwcd"},
    "loyalty.service.redemption.quote": {"user": "rwcd", "manager": "rwcd"},
    "loyalty.service.health.model": {"user": "r", "manager": "rwcd"},
    "loyalty.service.health.dimension": {"user": "r", "manager": "rwcd"},
    "loyalty.service.health.snapshot": {"user": "r", "manager": "r"},
    "loyalty.service.health.snapshot.line": {"user": "r", "manager": "r"},
    "loyalty.service.referral": {"user": "rwc", "manager": "rwc"},
    "loyalty.service.referral.finding": {"user": "r", "manager": "r"},
    "loyalty.service.referral.link": {},
    "loyalty.service.referral.decision": {"user": "rwcd", "manager": "rwcd"},
    "loyalty.service.evaluation": {"manager": "rwcd"},
    "loyalty.service.liability.entry": {"manager": "rwcd"},
    "loyalty.service.points.adjust": {"manager": "rwcd"},
    "loyalty.service.simulation": {"manager": "rwcd"},
    "loyalty.service.simulation.rule": {"manager": "rwcd"},
    "loyalty.service.simulation.tier": {"manager": "rwcd"},
    "loyalty.service.simulation.month": {"manager": "rwcd"},
    "loyalty.service.simulation.shift": {"manager": "rwcd"},
    "loyalty.service.simulation.client": {"manager": "rwcd"},
    "loyalty.program": {"user": "r", "manager": "rwc"},
    "loyalty.reward": {"user": "r", "manager": "rwcd"},
    "loyalty.card": {"user": "r", "manager": "rwc"},
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestSecurity(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            "user": cls.user_loyalty,
            "manager": cls.user_manager,
            "employee": new_test_user(cls.env, "employee_test", groups="base.group_user"),
            "portal": new_test_user(cls.env, "portal_test", groups="base.group_portal"),
            "public": new_test_user(cls.env, "public_test", groups="base.group_public"),
        }
        cls.other_company = cls.env["res.company"].create({"name": "Sister Firm"})
        cls.record(company_id=cls.other_company.id, summary="Seen by the sister firm")
        cls.record(summary="Seen by us")

    def test_every_model_is_in_the_table(self):
        ours = self.env["ir.model.data"].search(
            [
                ("module", "=", "loyalty_service"),
                ("model", "=", "ir.model"),
                ("name", "=like", r"model\_loyalty\_service%"),
            ]
        )
        models = self.env["ir.model"].browse(ours.mapped("res_id")).mapped("model")
        stored = {model for model in models if not self.env[model]._abstract}
        self.assertIn("loyalty.service.move", stored)
        self.assertLessEqual(stored, set(RIGHTS))

    def test_every_role_on_every_model(self):
        for model, rights in RIGHTS.items():
            for role, user in self.roles.items():
                records = self.env[model].with_user(user)
                allowed = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(allowed, rights.get(role, ""))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_records_of_another_company_are_not_seen(self):
        own_program = self.program.copy({"company_id": self.other_company.id})
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Sister", "program_id": own_program.id, "threshold": 0}
        )
        rule = self.add_rule("referral_won", program_id=own_program.id, points_fixed=5)
        self.record(company_id=self.other_company.id, summary="In the sister's own programme")
        theirs = {
            model: self.env[model].search([("company_id", "=", self.other_company.id)])
            for model in (
                "loyalty.service.client",
                "loyalty.service.event",
                "loyalty.service.tier.change",
            )
        }
        theirs["loyalty.service.tier"] = tier
        theirs["loyalty.service.earning.rule"] = rule
        theirs["loyalty.service.move"] = self.env["loyalty.service.move"].search(
            [("program_id", "=", own_program.id)]
        )
        theirs["loyalty.card"] = theirs["loyalty.service.move"].card_id
        for role in ("user", "manager"):
            for model, records in theirs.items():
                with self.subTest(model=model, role=role):
                    self.assertTrue(records)
                    seen = self.env[model].with_user(self.roles[role])
                    self.assertFalse(seen.search([("id", "in", records.ids)]))
                    with self.assertRaises(AccessError):
                        records[:1].with_user(self.roles[role]).check_access("read")

    def test_moves_of_a_shared_programme_are_seen_by_all_who_share_it(self):
        card = self.card_of()
        moves = self.env["loyalty.service.move"].with_user(self.user_loyalty)
        seen = moves.search([("card_id", "=", card.id)])
        self.assertEqual(sum(seen.mapped("points")), card.points)

    def test_what_a_sister_firm_noted_stays_there(self):
        """Rows of a shared account are read by all, also what they say; internal lines are not."""
        self.add_rule("call", points_fixed=5)
        call = self.record(code="call", company_id=self.other_company.id, summary="Secret talk")
        self.env.flush_all()
        self.env.invalidate_all()
        moves = self.env["loyalty.service.move"].with_user(self.user_loyalty)
        moves = moves.with_context(allowed_company_ids=self.env.company.ids)
        fields_ = {"label": {}, "display_name": {}, "event_id": {"fields": {"display_name": {}}}}
        rows = moves.web_search_read([("card_id", "=", self.card_of().id)], fields_)["records"]
        self.assertEqual(len(rows), 3)
        of_call = next(row for row in rows if row["event_id"]["id"] == call.id)
        self.assertEqual(of_call["label"], "Rule for call")
        self.assertEqual(of_call["event_id"]["display_name"], call.type_id.name)
        self.assertNotIn("Secret talk", str(rows))
        self.assertIn("Rule for referral_won: Seen by the sister firm", str(rows))
        partner = self.client_partner.with_user(self.user_loyalty)
        labels = partner.web_read({"loyalty_move_ids": {"fields": fields_}})[0]["loyalty_move_ids"]
        self.assertNotIn("Secret talk", str(labels))

    def test_nobody_writes_the_ledger(self):
        move = self.card_of().service_move_ids[:1]
        for role, user in self.roles.items():
            with self.subTest(role=role):
                with self.assertRaises(UserError):
                    move.with_user(user).points = 1000
                with self.assertRaises(UserError):
                    move.with_user(user).unlink()
                with self.assertRaises(UserError):
                    self.env["loyalty.service.move"].with_user(user).create({"points": 1})

    def test_a_sales_manager_without_loyalty_rights_opens_programme_card_and_client(self):
        user = new_test_user(self.env, "sales_manager_test", groups="sales_team.group_sale_manager")
        for record, view in (
            (self.program, "loyalty.loyalty_program_view_form"),
            (self.card_of(), "loyalty.loyalty_card_view_form"),
            (self.client_partner, "base.view_partner_form"),
        ):
            with self.subTest(record=record):
                form = Form(record.with_user(user), view)
                self.assertNotIn("earning_rule_ids", form._view["fields"])
                self.assertNotIn("service_move_ids", form._view["fields"])
                self.assertNotIn("loyalty_points", form._view["fields"])
                # The form reads what it shows; a server action or the API may read all. Of
                # contacts, Odoo itself does not let them.
                if record != self.client_partner:
                    self.assertTrue(record.with_user(user).read())

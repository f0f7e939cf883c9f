"""Who may do what: every model of ours, every role, every right.

The table says what the roles are for, model by model; a model that is not in it fails.
"""

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

ADDONS = ("loyalty_service", "loyalty_service_survey", "loyalty_service_sla")
RIGHTS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
ROLES = {
    "public": "base.group_public",
    "portal": "base.group_portal",
    "internal": "base.group_user",
    "desk": "helpdesk_mgmt.group_helpdesk_user_own",
    "user": "loyalty_service.group_loyalty_user",
    "manager": "loyalty_service.group_loyalty_manager",
}
NOBODY = ("public", "portal", "internal")

# What users and managers may do; who is not named may do nothing.
CONFIGURATION = {"user": "r", "manager": "rwcu"}
LEDGER = {"user": "r", "manager": "r"}
DIALOG = {"user": "rwcu", "manager": "rwcu"}
EXPECTED = {
    "loyalty.service.event.type": CONFIGURATION,
    "loyalty.service.event": {"user": "rc", "manager": "rc"},
    "loyalty.service.client": LEDGER,
    "loyalty.service.agreement": {"user": "rwc", "manager": "rwcu"},
    "loyalty.service.end.reason": CONFIGURATION,
    "loyalty.service.health.request": {},
    "loyalty.service.interaction.report": LEDGER,
    "loyalty.service.rhythm": LEDGER,
    "loyalty.service.rhythm.report": LEDGER,
    "loyalty.service.agreement.end": DIALOG,
    "loyalty.service.tier": {"desk": "r", **CONFIGURATION},
    "loyalty.service.tier.change": LEDGER,
    "loyalty.service.tier.override": {"user": "r", "manager": "rc"},
    "loyalty.service.tier.contest": {"user": "r", "manager": "rw"},
    "loyalty.service.tier.month": LEDGER,
    "loyalty.service.earning.rule": CONFIGURATION,
    "loyalty.service.move": LEDGER,
    "loyalty.service.ledger.check": {"manager": "r"},
    "loyalty.service.ledger.difference": {"manager": "r"},
    "loyalty.service.evaluation": {"manager": "rwcu"},
    "loyalty.service.liability.entry": {"manager": "rwcu"},
    "loyalty.service.points.adjust": {"manager": "rwcu"},
    "loyalty.service.redemption": {"user": "rw", "manager": "rw"},
    "loyalty.service.redeem": DIALOG,
    "loyalty.service.redeem.line": DIALOG,
    "loyalty.service.redemption.quote": DIALOG,
    "loyalty.service.health.model": CONFIGURATION,
    "loyalty.service.health.dimension": CONFIGURATION,
    "loyalty.service.health.snapshot": LEDGER,
    "loyalty.service.health.snapshot.line": LEDGER,
    "loyalty.service.referral": {"user": "rwc", "manager": "rwc"},
    "loyalty.service.referral.finding": LEDGER,
    "loyalty.service.referral.link": {},
    "loyalty.service.referral.decision": DIALOG,
    "loyalty.service.simulation": {"manager": "rwcu"},
    "loyalty.service.simulation.rule": {"manager": "rwcu"},
    "loyalty.service.simulation.tier": {"manager": "rwcu"},
    "loyalty.service.simulation.month": {"manager": "rwcu"},
    "loyalty.service.simulation.shift": {"manager": "rwcu"},
    "loyalty.service.simulation.client": {"manager": "rwcu"},
    "loyalty.service.survey.trigger": CONFIGURATION,
    "loyalty.service.survey.invitation": LEDGER,
    "loyalty.service.survey.send": DIALOG,
    "loyalty.service.sla.policy": {"desk": "r", "user": "r", "manager": "rwcu"},
    "loyalty.service.sla.clock": {"desk": "r", "manager": "r"},
    "loyalty.service.sla.entry": {"desk": "r", "manager": "r"},
    "loyalty.service.sla.outcome": {"manager": "r"},
    "loyalty.service.sla.pause": {"desk": "rwcu"},
    "loyalty.service.sla.workday": {"desk": "r", **CONFIGURATION},
    "loyalty.service.sla.calendar.change": {"desk": "r", **CONFIGURATION},
    "loyalty.service.sla.day": {"desk": "r", "user": "r", "manager": "ru"},
    "loyalty.service.sla.holiday.load": {"manager": "rwcu"},
    "loyalty.service.sla.policy.apply": {"manager": "rwcu"},
    "loyalty.service.sla.verify": {"desk": "rwcu"},
    "loyalty.service.sla.ladder": {"desk": "r", **CONFIGURATION},
    "loyalty.service.sla.escalation": {"desk": "r", **CONFIGURATION},
    "loyalty.service.sla.escalation.log": {"desk": "r", "manager": "r"},
    "loyalty.service.complaint": {"desk": "rw", "manager": "rw"},
    "loyalty.service.complaint.category": {"desk": "r", "manager": "rwcu"},
    "loyalty.service.complaint.cause": {"desk": "r", "manager": "rwcu"},
    "loyalty.service.sla.prediction": {"desk": "r", "manager": "r"},
    "loyalty.service.sla.scorecard": {"desk": "rwcu", "manager": "rwcu"},
    "loyalty.service.sla.emergency": {"desk": "rwcu"},
    "loyalty.service.sla.desk.settings": {"manager": "rwcu"},
    "loyalty.service.sla.withdraw": {"desk": "rwcu"},
    "loyalty.service.sla.postmortem": {"desk": "rw", "manager": "rw"},
    "loyalty.service.sla.postmortem.action": {"desk": "rwcu", "manager": "rwcu"},
    "loyalty.service.sla.answer": {"desk": "rwc", "manager": "rwcu"},
    "loyalty.service.sla.answer.vote": {"desk": "r", "manager": "r"},
    "loyalty.service.sla.filing": {},
    "loyalty.service.sla.ticket.type": {"desk": "r", "user": "r", "manager": "r"},
}
# Odoo's own records: what may be done with those of a programme with a ledger, and with those of
# the others, which are money and for who sells. Cards are spent from by every quotation.
BOTH = {
    "loyalty.program": {
        "user": ("r", "r"),
        "manager": ("rwc", "r"),
        "head": ("rwcu", "rwcu"),
        "seller": ("r", "r"),
    },
    "loyalty.card": {
        "user": ("r", "r"),
        "manager": ("rwc", "r"),
        "head": ("rwc", "rwc"),
        "seller": ("rw", "rw"),
    },
    "loyalty.reward": {
        "user": ("r", "r"),
        "manager": ("rwcu", "r"),
        "head": ("rwcu", "rwcu"),
        "seller": ("r", "r"),
    },
    "loyalty.rule": {
        "user": ("r", "r"),
        "manager": ("rwcu", "r"),
        "head": ("rwcu", "rwcu"),
        "seller": ("r", "r"),
    },
    "loyalty.mail": {
        "user": ("r", "r"),
        "manager": ("rwcu", "r"),
        "head": ("rwcu", "rwcu"),
        "seller": ("r", "r"),
    },
    "loyalty.history": {
        "user": ("r", "r"),
        "manager": ("rc", "r"),
        "head": ("rwc", "rwc"),
        "seller": ("rwc", "rwc"),
    },
}
SELLING = {
    "seller": "sales_team.group_sale_salesman_all_leads",
    "head": "sales_team.group_sale_manager",
}
# Ledgers: nobody changes or deletes what happened, whatever rights somebody gets one day.
APPEND_ONLY = ("loyalty.service.event", "loyalty.service.move", "loyalty.service.sla.entry")


@tagged("post_install", "-at_install")
class TestSecurity(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"matrix_{role}", groups=group)
            for role, group in ROLES.items()
        }
        cls.models = [
            cls.env[model.model]
            for model in cls.env["ir.model"].search([("model", "like", "loyalty.service.%")])
            if set(model.modules.split(", ")) & set(ADDONS) and not cls.env[model.model]._abstract
        ]

    def test_every_role_has_the_rights_it_is_for(self):
        self.assertEqual({model._name for model in self.models}, set(EXPECTED))
        for model in self.models:
            for role, user in self.users.items():
                expected = EXPECTED[model._name].get(role, "")
                granted = "".join(
                    letter
                    for letter, right in RIGHTS.items()
                    if model.with_user(user).has_access(right)
                )
                with self.subTest(model=model._name, role=role):
                    self.assertEqual(granted, expected)

    def both_kinds(self):
        """Return ``{model: (record with a ledger, record of a gift card's programme)}``."""
        template = self.env["mail.template"].create(
            {"name": "Card", "model_id": self.env["ir.model"]._get_id("loyalty.card")}
        )
        kinds = []
        for values in (
            {"program_type": "loyalty", "applies_on": "both", "service_points": True},
            {"program_type": "gift_card", "applies_on": "future"},
        ):
            program = self.env["loyalty.program"].create({"name": "Matrix", **values})
            program.rule_ids.unlink()
            of_it = {"program_id": program.id}
            mail = {"trigger": "create", "mail_template_id": template.id}
            card = self.env["loyalty.card"].create(of_it)
            kinds.append(
                {
                    "loyalty.program": program,
                    "loyalty.card": card,
                    "loyalty.reward": self.env["loyalty.reward"].create(of_it),
                    # One for orders has no place in a programme with a ledger, unless archived.
                    "loyalty.rule": self.env["loyalty.rule"].create({**of_it, "active": False}),
                    "loyalty.mail": self.env["loyalty.mail"].create({**of_it, **mail}),
                    "loyalty.history": self.env["loyalty.history"].create(
                        {"card_id": card.id, "description": "Matrix"}
                    ),
                }
            )
        return {name: [kind[name] for kind in kinds] for name in BOTH}

    def test_both_kinds_of_programmes(self):
        users = self.users | {
            role: new_test_user(self.env, f"matrix_{role}", groups=group)
            for role, group in SELLING.items()
        }
        for model, records in self.both_kinds().items():
            for role, user in users.items():
                granted = tuple(
                    "".join(
                        letter
                        for letter, right in RIGHTS.items()
                        if record.with_user(user).has_access(right)
                    )
                    for record in records
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(granted, BOTH[model].get(role, ("", "")))

    def test_nobody_outside_reads_a_thing(self):
        for model in self.models:
            for role in NOBODY:
                with self.subTest(model=model._name, role=role), self.assertRaises(AccessError):
                    model.with_user(self.users[role]).search([])

    def test_records_of_a_company_stay_in_it(self):
        """Every stored model that belongs to a company has a rule for everybody that says so."""
        for model in self.models:
            if model._transient or not model._auto:
                continue
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", model._name), ("groups", "=", False)]
            )
            bound = any("company_id" in rule.domain_force for rule in rules)
            of_company = "company_id" in model._fields
            with self.subTest(model=model._name):
                self.assertTrue(bound or not of_company, "no rule about the company")

    def test_ledgers_are_append_only(self):
        for name in APPEND_ONLY:
            for role, user in self.users.items():
                for right in ("write", "unlink"):
                    with self.subTest(model=name, role=role, right=right):
                        self.assertFalse(self.env[name].with_user(user).has_access(right))

    def test_menus_are_for_the_groups(self):
        menus = self.env.ref("loyalty_service.menu_root")
        everything = self.env["ir.ui.menu"].search([("id", "child_of", menus.ids)])
        for role, sees in (("internal", False), ("user", True), ("manager", True)):
            seen = self.env["ir.ui.menu"].with_user(self.users[role])._visible_menu_ids()
            self.assertEqual(bool(set(everything.ids) & set(seen)), sees, role)

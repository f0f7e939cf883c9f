from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import SlaCommon, at

RIGHTS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSecurity(SlaCommon):
    """Every role x every model x every right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "sla_portal", groups="base.group_portal")
        cls.portal.partner_id.parent_id = cls.client_partner
        groups = {
            "employee": "base.group_user",
            "own": "helpdesk_mgmt.group_helpdesk_user_own",
            "team": "helpdesk_mgmt.group_helpdesk_user_team",
            "agent": "helpdesk_mgmt.group_helpdesk_user",
            "helpdesk_manager": "helpdesk_mgmt.group_helpdesk_manager",
            "loyalty": "loyalty_service.group_loyalty_user",
            "loyalty_manager": "loyalty_service.group_loyalty_manager",
        }
        cls.roles = {
            "public": cls.env.ref("base.public_user"),
            "portal": cls.portal,
            **{
                role: new_test_user(cls.env, f"sla_role_{role}", groups=group)
                for role, group in groups.items()
            },
        }

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_matrix(self):
        # A ticket without team and assignee is everybody's who may see more than his own.
        ticket = self.file("2026-03-02 10:00", team_id=False, user_id=False)
        records = {
            "policy": self.policy,
            "clock": ticket.loyalty_sla_clock_ids[0],
            "entry": ticket.loyalty_sla_entry_ids[0],
            "outcome": self.outcome(ticket),
        }
        everything, read = set(RIGHTS), {"read"}
        expected = {
            "own": {"policy": read},
            "team": {"policy": read, "clock": read, "entry": read},
            "agent": {"policy": read, "clock": read, "entry": read},
            "helpdesk_manager": {
                "policy": everything,
                **dict.fromkeys(("clock", "entry", "outcome"), read),
            },
            "loyalty": {"policy": read},
            "loyalty_manager": {
                "policy": everything,
                **dict.fromkeys(("clock", "entry", "outcome"), read),
            },
        }
        for role, user in self.roles.items():
            for name, record in records.items():
                may = {right for right in RIGHTS if record.with_user(user).has_access(right)}
                self.assertEqual(may, expected.get(role, {}).get(name, set()), (role, name))

    def outcome(self, ticket):
        """Return what came of the ticket: it is solved in time."""
        self.move("2026-03-02 11:00", ticket, self.stage_done)
        return self.env["loyalty.service.sla.outcome"].search([("ticket_id", "=", ticket.id)])

    def test_outcomes_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ticket = self.file("2026-03-02 10:00", team_id=False, user_id=False)
        outcome = self.outcome(ticket)
        ticket.company_id = other
        for role in ("helpdesk_manager", "loyalty_manager"):
            self.assertFalse(outcome.with_user(self.roles[role]).has_access("read"), role)

    def test_personal_tickets(self):
        own = self.roles["own"]
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Own", "user_ids": [(6, 0, own.ids)]}
        )
        mine = self.file("2026-03-02 10:00", team_id=team.id, user_id=own.id)
        theirs = self.file("2026-03-02 10:00")
        self.assertTrue(mine.with_user(own).loyalty_sla_clock_ids.has_access("read"))
        seen = self.Clock.with_user(own).search([])
        self.assertIn(mine, seen.ticket_id)
        self.assertNotIn(theirs, seen.sudo().ticket_id)

    def test_portal_reads_no_figures_of_its_own_ticket(self):
        ticket = self.file("2026-03-02 10:00").with_user(self.portal)
        self.assertTrue(ticket.has_access("read"))
        for name in (
            "loyalty_sla_deadline",
            "loyalty_sla_state",
            "loyalty_sla_timers",
            "loyalty_sla_receipt",
        ):
            with self.assertRaises(AccessError):
                ticket.read([name])
        for name in ("loyalty_sla_clock_ids", "loyalty_sla_entry_ids"):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                ticket.read([name])

    def test_employee_sees_the_timer_of_a_followed_ticket(self):
        ticket = self.file("2026-03-02 10:00")
        employee = self.roles["employee"]
        ticket.message_subscribe(employee.partner_id.ids)
        timers = ticket.with_user(employee).loyalty_sla_timers
        self.assertEqual(len(timers["clocks"]), 2)

    def test_client_answers_in_the_portal(self):
        ticket = self.file("2026-03-02 10:00", stage_id=self.stage_awaiting.id)
        with at("2026-03-02 11:00"):
            ticket.with_user(self.portal).message_post(
                body="Here it is", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.assertEqual(self.clock(ticket).state, "running")
        self.assertEqual(
            ticket.loyalty_sla_entry_ids.mapped("kind"), ["opened", "pause", "customer_reply"]
        )

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ticket = self.file("2026-03-02 10:00", company_id=other.id, team_id=False, user_id=False)
        clocks = ticket.loyalty_sla_clock_ids
        self.assertEqual(clocks.company_id, other)
        agent = self.roles["agent"]
        for records in (clocks, ticket.loyalty_sla_entry_ids, clocks.policy_id):
            self.assertFalse(records.with_user(agent).has_access("read"), records)

    def specify(self, node, fields):
        """Return what the web client asks for to show the fields of a view, as ``web_read``."""
        specification = {}
        for found in node.xpath(".//field[not(ancestor::field[@name])]"):
            name = found.get("name")
            kind = fields.get(name, {}).get("type")
            if kind in ("one2many", "many2many"):
                options = found.get("options", "")
                shown = {"display_name": {}}
                if "color_field" in options:
                    shown["color"] = {}
                specification[name] = {"fields": shown}
            elif kind == "many2one":
                specification[name] = {"fields": {"display_name": {}}}
            elif kind:
                specification[name] = {}
        return specification

    def test_every_action_opens(self):
        """Whoever may read the model of an action can open it and see its views in full."""
        self.policy.tier_ids = self.env["loyalty.service.tier"].search([], limit=1)
        self.assertTrue(self.policy.tier_ids)
        self.policy.team_ids = self.team
        self.file("2026-03-02 10:00")
        actions = self.env["ir.actions.act_window"].browse(
            self.env["ir.model.data"]
            .search(
                [("module", "=", "loyalty_service_sla"), ("model", "=", "ir.actions.act_window")]
            )
            .mapped("res_id")
        )
        self.assertTrue(actions)
        opened = set()
        for action in actions:
            for role, user in self.roles.items():
                model = self.env[action.res_model].with_user(user)
                if role == "portal" or not model.has_access("read"):
                    continue
                views = model.get_views([*action.views, (False, "search")])
                fields = views["models"][action.res_model]["fields"]
                for kind, view in views["views"].items():
                    arch = etree.fromstring(view["arch"])
                    with self.subTest(action=action.name, role=role, view=kind):
                        specification = self.specify(arch, fields)
                        model.web_search_read(Domain.TRUE, specification)
                        opened.add((action.res_model, role))
        for role in ("own", "team", "agent", "helpdesk_manager", "loyalty_manager"):
            self.assertIn(("loyalty.service.sla.policy", role), opened)

    def test_agent_without_loyalty_group_works(self):
        """Filing, answering, pausing and closing need nothing but the helpdesk's own rights."""
        ticket = self.Ticket.with_user(self.roles["agent"]).create(
            {"name": "x", "description": "x", "partner_id": self.contact.id}
        )
        ticket.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment")
        ticket.stage_id = self.stage_awaiting
        ticket.stage_id = self.stage_done
        self.assertEqual(
            ticket.loyalty_sla_entry_ids.mapped("kind"),
            ["opened", "response", "pause", "closed"],
        )
        self.assertEqual(len(self.standing(self.client_partner)), 3)

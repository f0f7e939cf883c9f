"""Every screen that a role finds in its menus opens: the views, the records, the fields.

Also for roles that have nothing to do with loyalty, on models that our addons add fields to.
"""

import json
from datetime import date, timedelta

from lxml import etree

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval, time

ADDONS = {"loyalty_service", "loyalty_service_survey", "loyalty_service_sla"}
ROLES = {
    "user": "loyalty_service.group_loyalty_user",
    "manager": "loyalty_service.group_loyalty_manager",
    "sales": "sales_team.group_sale_salesman",
    "sales manager": "sales_team.group_sale_manager",
    "desk": "helpdesk_mgmt.group_helpdesk_user_own",
    "desk manager": "helpdesk_mgmt.group_helpdesk_manager",
    "surveys": "base.group_user,survey.group_survey_user",
}
# Of these views records are read by the fields that stand in them.
READ = ("list", "kanban", "form")


@tagged("post_install", "-at_install")
class TestScreens(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"screen_{role.replace(' ', '_')}", groups=group)
            for role, group in ROLES.items()
        }
        cls.partner = cls.env["res.partner"].create({"name": "Lantern Trading", "is_company": True})
        cls.env["res.partner"].create({"name": "Wang Fang", "parent_id": cls.partner.id})
        cls._make_history()
        cls.client_record = cls.partner.loyalty_client_id
        cls.client_record._update_health()
        cls.env["loyalty.service.referral"].create(
            {
                "referrer_client_id": cls.client_record.id,
                "company_name": "Newbridge Trading",
                "phone": "+86 139 0000 0002",
            }
        )
        cls.env["helpdesk.ticket"].create(
            {"name": "Which form?", "description": "Which?", "partner_id": cls.partner.id}
        )

    @classmethod
    def _make_history(cls):
        """An agreement, an order, and events with points here and in a sister firm."""
        sister = cls.env["res.company"].create({"name": "Sister Firm"})
        service = cls.env["product.product"].create(
            {"name": "Bookkeeping", "type": "service", "loyalty_agreement_months": 12}
        )
        cls.env["loyalty.service.agreement"].create(
            {
                "partner_id": cls.partner.id,
                "product_id": service.id,
                "date_start": date.today() - timedelta(days=300),
                "date_end": date.today() + timedelta(days=65),
                "monthly_amount": 300,
            }
        ).action_start()
        cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "order_line": [fields.Command.create({"product_id": service.id})],
            }
        ).action_confirm()
        event_type = cls.env["loyalty.service.event.type"]._by_code("manual_award")
        cls.env["loyalty.service.event"].create(
            [
                {
                    "type_id": event_type.id,
                    "partner_id": cls.partner.id,
                    "company_id": company.id,
                    "summary": f"Thanks of {company.name}",
                }
                for company in (cls.env.company, sister)
            ]
        )

    def test_every_screen_opens(self):
        for role, user in self.users.items():
            env = self.env(user=user, context={"allowed_company_ids": user.company_id.ids})
            actions = self._actions(env)
            with self.subTest(role=role):
                self.assertTrue(actions)
            for action in actions:
                with self.subTest(role=role, action=action.xml_id):
                    self.env.invalidate_all()
                    self._open(env, action)

    def _actions(self, env):
        """Return the window actions in the menus of a user, on models that we have a part in."""
        visible = env["ir.ui.menu"]._visible_menu_ids()
        # sudo: as the web client does it, to whom a menu that is seen gives its action.
        menus_sudo = env["ir.ui.menu"].browse(visible).sudo()
        # A menu below one that is not seen is not seen either.
        shown_sudo = menus_sudo.filtered(
            lambda menu: {int(part) for part in menu.parent_path.split("/") if part} <= set(visible)
        )
        actions = {menu.action for menu in shown_sudo if menu.action}
        return self.env["ir.actions.act_window"].browse(
            sorted(
                action.id
                for action in actions
                if action._name == "ir.actions.act_window"
                and any(
                    ADDONS.intersection(field._modules)
                    for field in env[action.res_model]._fields.values()
                )
            )
        )

    def _open(self, env, action):
        told = {"uid": env.uid, "time": time, "context_today": date.today, "active_id": False}
        told |= {"allowed_company_ids": env.companies.ids}
        context = safe_eval(action.context or "{}", dict(told))
        domain = safe_eval(action.domain or "[]", dict(told, context=context))
        model = env[action.res_model].with_context(**context)
        views = [*action.views, (action.search_view_id.id, "search")]
        if not any(kind == "form" for _view, kind in views):
            views.append((False, "form"))
        answer = model.get_views([(view, kind) for view, kind in views], {"toolbar": True})
        for kind in READ:
            view = answer["views"].get(kind)
            if view:
                model.web_search_read(domain, self._specification(env, model, view), limit=80)

    def _specification(self, env, model, view):
        return self._fields_of(env, model, etree.fromstring(view["arch"]))

    def _fields_of(self, env, model, node):
        """Return what the web client asks for, for the fields that stand below ``node``."""
        asked = {}
        for child in node:
            if child.tag != "field":
                asked |= self._fields_of(env, model, child)
                continue
            field = model._fields[child.get("name")]
            asked[field.name] = {}
            if field.type == "many2one":
                asked[field.name] = {"fields": {"display_name": {}}}
            elif field.type in ("one2many", "many2many"):
                comodel = env[field.comodel_name]
                below = [self._fields_of(env, comodel, part) for part in child if len(part)]
                asked[field.name] = {"fields": {"display_name": {}}}
                for part in below:
                    asked[field.name]["fields"] |= part
        return asked


# Run in the web client: does it have each widget, for fields of that type?
CHECK_WIDGETS = """
    const { registry } = odoo.loader.modules.get("@web/core/registry");
    const known = registry.category("fields");
    const wrong = %s.filter(([view, widget, type]) => {
        const key = [`${view}.${widget}`, widget].find((name) => known.contains(name));
        const types = key && known.get(key).supportedTypes;
        return !key || (types && !types.includes(type));
    });
    if (wrong.length) {
        console.error(`Widgets that do not fit: ${JSON.stringify(wrong)}`);
    } else {
        console.log("test successful");
    }
"""


@tagged("post_install", "-at_install")
class TestWidgets(HttpCase):
    """No screen of ours asks for a widget that its field cannot have: the browser would warn."""

    def test_every_widget_fits_its_field(self):
        used = set()
        for view in self._own_views():
            root = view
            while root.inherit_id and root.mode != "primary":
                root = root.inherit_id
            own = {
                (node.get("name"), node.get("widget"))
                for node in etree.fromstring(view.arch_db).iter("field")
            }
            self._collect(self.env[root.model], root._get_combined_arch(), root.type, own, used)
        self.assertGreater(len(used), 50)
        self.browser_js(
            "/odoo",
            CHECK_WIDGETS % json.dumps(sorted(used)),
            "odoo.isReady === true",
            login="admin",
        )

    def _own_views(self):
        names = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "in", sorted(ADDONS))]
        )
        views = self.env["ir.ui.view"].browse(names.mapped("res_id")).exists()
        return views.filtered(lambda view: view.type in (*READ, "activity", "calendar"))

    def _collect(self, model, node, kind, own, used):
        """Note (kind of view, widget, type of field) of the fields that stand below ``node``.

        :param set own: names and widgets of the fields that stand in a view of ours
        """
        for child in node.iterchildren("*"):
            if child.tag != "field":
                inside = child.tag if child.tag in READ else kind
                self._collect(model, child, inside, own, used)
                continue
            field = model._fields.get(child.get("name"))
            if field is None:
                continue
            widget = child.get("widget")
            if widget and (field.name, widget) in own:
                used.add((kind, widget, field.type))
            if field.relational:
                self._collect(self.env[field.comodel_name], child, kind, own, used)

"""What the checklist of ISO 10002 names is there: the list cannot rot."""

import re

from lxml import etree

from odoo.tests import tagged
from odoo.tools.misc import file_path

from odoo.addons.base.tests.common import BaseCommon

CHECKLIST = "loyalty_service_sla/readme/ISO_10002.md"

#: The clauses about handling complaints, and about maintaining and improving that.
CLAUSES = [f"7.{number}" for number in range(1, 10)] + [f"8.{number}" for number in range(1, 8)]


@tagged("post_install", "-at_install")
class TestIsoChecklist(BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # File by file on a server that keeps readmes; there is no other.
        with open(file_path(CHECKLIST)) as file:
            cls.text = file.read()
        cls.rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in cls.text.splitlines()
            if re.match(r"\| \d", line)
        ]

    def test_each_clause_once_and_in_order(self):
        self.assertEqual([row[0].split()[0] for row in self.rows], CLAUSES)
        for row in self.rows:
            self.assertEqual(len(row), 5, row[0])
            self.assertTrue(all(row), row[0])

    def test_what_it_names_in_the_code_is_there(self):
        names = re.findall(r"`([^`]+)`", self.text)
        self.assertGreater(len(names), 40)
        missing = [name for name in names if not self.is_known(name)]
        self.assertFalse(missing)

    def is_known(self, name):
        """Return whether there is a model, a field, a method (with brackets) or a record."""
        if name in self.env:
            return True
        head, _, last = name.rpartition(".")
        if head in self.env:
            model = self.env[head]
            if last.endswith("()"):
                return callable(getattr(model, last[:-2], None))
            return last in model._fields
        return bool(self.env.ref(name, raise_if_not_found=False))

    def test_what_it_names_on_the_screen_is_there(self):
        """Menus by their paths, buttons, fields, types, templates and ladders by their names."""
        named = set(re.findall(r"(?<!\*)\*([A-Z][^*]*)\*(?!\*)", " ".join(self.text.split())))
        # The standard itself.
        named = {name for name in named if "Guidelines" not in name}
        self.assertGreater(len(named), 12)
        self.assertFalse(named - self.labels())

    def labels(self):
        menus = self.env["ir.ui.menu"].search([]).mapped("complete_name")
        known = {name.removeprefix("Client Loyalty/").replace("/", " / ") for name in menus}
        known |= {name.split(" / ")[-1] for name in known}
        for model in (
            "loyalty.service.complaint",
            "loyalty.service.sla.answer",
            "loyalty.service.sla.desk.settings",
        ):
            known |= {field["string"] for field in self.env[model].fields_get().values()}
            for kind in ("form", "list"):
                arch = etree.fromstring(self.env[model].get_view(view_type=kind)["arch"])
                known |= {button.get("string") for button in arch.iter("button")}
        for model in (
            "loyalty.service.sla.ladder",
            "loyalty.service.sla.ticket.type",
            "mail.template",
        ):
            known |= set(self.env[model].search([]).mapped("name"))
        modules = self.env["ir.module.module"].search([("name", "=like", "loyalty_service%")])
        return known | set(modules.mapped("shortdesc")) | {"New"}

    def test_it_sees_what_is_missing(self):
        for name in (
            "loyalty.service.complaint.no_field",
            "loyalty.service.complaint.no_method()",
            "loyalty_service_sla.no_record",
            "loyalty.service.no_model",
        ):
            self.assertFalse(self.is_known(name), name)
        self.assertNotIn("Reporting / Nothing", self.labels())

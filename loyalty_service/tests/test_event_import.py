import io
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from odoo.tests import tagged

from ..models.event_lookup import EXAMPLES
from .test_event_record import RecordCommon

TEMPLATES = Path(__file__).parents[1] / "static" / "import"
COLUMNS = ["partner_id", "type_id", "date", "channel", "summary", "note", "origin"]
OPTIONS = {"has_headers": True, "quoting": '"', "separator": ",", "keep_matches": False}


@tagged("post_install", "-at_install")
class TestEventImport(RecordCommon):
    """Odoo's own import, from the file to the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.user_loyalty.tz = "Asia/Shanghai"

    def preview(self, file, file_type, lang="en_US"):
        importer = (
            self.env["base_import.import"]
            .with_user(self.user_loyalty)
            .with_context(lang=lang)
            .create({"res_model": "loyalty.service.event", "file": file, "file_type": file_type})
        )
        told = importer.parse_preview(dict(OPTIONS))
        self.assertNotIn("error", told)
        fields = [told["matches"].get(index, [False])[0] for index in range(len(told["headers"]))]
        return importer, fields, told

    def imported(self, importer, fields, told, **options):
        return importer.execute_import(fields, told["headers"], {**told["options"], **options})

    def test_the_templates_fit_in_each_language(self):
        offered = self.Event.get_import_templates()
        self.assertEqual(len(offered), 3)
        for template, lang in zip(offered, ("en_US", "zh_CN", "zh_TW"), strict=True):
            path = TEMPLATES / Path(template["template"]).name
            # The examples of all languages have the same numbers.
            file = path.read_bytes().replace(b"old-crm", lang.encode())
            with self.subTest(lang=lang):
                importer, fields, told = self.preview(file, "text/csv", lang)
                self.assertEqual(fields, COLUMNS)
                names = {row.split(",")[0] for row in path.read_text("utf-8-sig").split("\n")[1:-1]}
                self.assertLessEqual(names, EXAMPLES)
                for name in names:
                    if not self.env["res.partner"].search([("name", "=", name)]):
                        self.env["res.partner"].create({"name": name, "is_company": True})
                before = self.Event.search_count([])
                result = self.imported(importer, fields, told)
                self.assertFalse(result["messages"])
                events = self.Event.browse(result["ids"])
                self.assertEqual(self.Event.search_count([]), before + 3)
                self.assertEqual(events.mapped("type_id.code"), ["call", "wechat", "visit"])
                self.assertEqual(events.mapped("channel"), ["phone", "wechat", "visit"])
                # Half past nine in Shanghai.
                self.assertEqual(events[0].date, datetime(2024, 3, 1, 1, 30))
                self.assertEqual(result["known"], [])
                again = self.imported(importer, fields, told)
                self.assertEqual(again["ids"], result["ids"])
                self.assertEqual(again["known"], result["ids"])
                self.assertFalse(again["messages"])
                self.assertEqual(self.Event.search_count([]), before + 3)

    def test_another_firm_is_told_what_to_replace(self):
        """The examples of the templates are clients of the demo firm, which others have not."""
        file = (TEMPLATES / "interactions_en.csv").read_bytes()
        importer, fields, told = self.preview(file, "text/csv")
        refused = self.imported(importer, fields, told)
        self.assertFalse(refused["ids"])
        self.assertEqual(len(refused["messages"]), 3)
        for message in refused["messages"]:
            self.assertIn("is the example of the template", message["message"])
            self.assertIn("a client of yours", message["message"])

    def test_a_workbook(self):
        book = Workbook()
        book.active.append(["Client", "Type", "Date", "Summary", "External ID", "Duration (Hours)"])
        book.active.append(
            ["K-0815", "call", datetime(2024, 3, 1, 9, 30), "From a sheet", "s-1", 1.5]
        )
        file = io.BytesIO()
        book.save(file)
        importer, fields, told = self.preview(
            file.getvalue(),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        self.assertEqual(fields, ["partner_id", "type_id", "date", "summary", "id", "hours"])
        result = self.imported(importer, fields, told)
        self.assertFalse(result["messages"])
        event = self.Event.browse(result["ids"])
        self.assertEqual((event.partner_id, event.origin), (self.client_partner, "s-1"))
        self.assertEqual(event.hours, 1.5)
        self.assertEqual(event.date, datetime(2024, 3, 1, 1, 30))

    def test_a_bad_row_keeps_all_out_and_says_why(self):
        """Odoo's own import would take the first of two clients of one name."""
        self.env["res.partner"].create({"name": "Shanghai Lantern Trading", "is_company": True})
        file = (
            "Client,Type,Summary\n"
            "K-0815,call,Good\n"
            "Shanghai Lantern Trading,call,Which of them?\n"
            "K-0815,telegram,\n"
        )
        importer, fields, told = self.preview(file.encode(), "text/csv")
        result = self.imported(importer, fields, told)
        self.assertFalse(result["ids"])
        self.assertEqual(
            [(message["record"], message["message"]) for message in result["messages"]],
            [
                (
                    1,
                    "2 clients match “Shanghai Lantern Trading”. Name one by its external id, "
                    "VAT number or reference.",
                ),
                (2, "There is no event type “telegram”."),
            ],
        )
        self.assertFalse(self.events())

    def test_it_tells_which_rows_were_known(self):
        """Two of three: one of an earlier file, one that stands twice in this one."""
        fields = ["partner_id", "type_id", "date", "summary", "origin"]
        row = ["K-0815", "call", "2024-03-01", "First", "known-1"]
        first = self.Event.with_user(self.user_loyalty).load(fields, [row])
        self.assertEqual(first["known"], [])
        twice = ["K-0815", "call", "2024-03-02", "Twice", "known-2"]
        told = self.Event.with_user(self.user_loyalty).load(fields, [row, twice, twice])
        self.assertFalse(told["messages"])
        self.assertEqual(len(told["ids"]), 3)
        self.assertEqual(told["known"], [first["ids"][0], told["ids"][1]])
        self.assertEqual(self.Event.browse(told["created"]).mapped("summary"), ["Twice"])

    def test_what_follows_from_the_rest_is_no_column(self):
        told = self.Event.load(["partner_id", "type_id", "is_reversed"], [["K-0815", "call", "1"]])
        self.assertFalse(told["ids"])
        self.assertIn("“is_reversed”", told["messages"][0]["message"])

    def test_in_windows(self):
        """Odoo hands over all that is left and says how much to take."""
        rows = [["K-0815", "call", f"w-{number}"] for number in range(5)]
        columns = ["partner_id", "type_id", "origin"]
        told = self.Event.with_context(_import_limit=2).load(columns, [*rows, ["", "", ""]])
        self.assertEqual((len(told["ids"]), told["nextrow"]), (2, 2))
        told = self.Event.load(columns, [*rows, ["", "", ""]])
        self.assertEqual((len(told["ids"]), told["nextrow"]), (5, 0))
        self.assertEqual(len(self.events()), 5)

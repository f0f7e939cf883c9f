import base64
import io
import random
import zipfile
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_event_import import OPTIONS
from .test_event_record import RecordCommon

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE = Path(__file__).parents[1] / "static" / "import" / "interactions_en.csv"
HEADERS = ["Client", "Type", "Date", "Channel", "Summary", "Note", "External ID"]
GOOD = ["K-0815", "call", "2024-03-01 09:30:00", "Phone", "Said", "", ""]
# What may stand in a cell of each column, none of which can be recorded.
BAD = [
    ["", "Nobody", "Two of a Name", "Their Client", "x" * 999, "=1+1", "'; DROP TABLE x; --"],
    ["", "telegram", "🙂", "x" * 999, "%s %(x)s {0}"],
    ["32.13.2024", "2999-01-01", "yesterday", "0000-00-00 00:00:00", "45000000", "🙂"],
    ["pigeon", "%s"],
    ["x" * 501],
    ["x" * 20_001],
    ["x" * 201, "account.move,3"],
]


@tagged("post_install", "-at_install")
class TestBadFiles(RecordCommon):
    """Files as people have them: half a row, another encoding, a picture that is called .csv.

    Each is told what is wrong, by the preview or by the import; nothing of it is recorded, and
    no traceback comes to the log or to the user.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sister = cls.env["res.company"].create({"name": "Sister Firm"})
        cls.env["res.partner"].create({"name": "Their Client", "company_id": sister.id})
        cls.env["res.partner"].create([{"name": "Two of a Name"}] * 2)

    def take(self, file, file_type, options=OPTIONS):
        """Import a file as the web client does; return the messages and the ids of its events."""
        importer = (
            self.env["base_import.import"]
            .with_user(self.user_loyalty)
            .create({"res_model": "loyalty.service.event", "file": file, "file_type": file_type})
        )
        told = importer.parse_preview(dict(options))
        if "error" in told:
            return [told["error"]], False
        matches = told["matches"] or {}
        names = [matches.get(index, [False])[0] for index in range(len(told.get("headers", [])))]
        result = importer.execute_import(names, told["headers"], {**told["options"], **options})
        return [message["message"] for message in result["messages"]], result.get("ids")

    def assertRefused(self, file, file_type, options=OPTIONS):
        before = self.Event.search_count([])
        with (
            self.subTest(file=repr(file[:300])),
            # An error of the log is an error of the test.
            self.assertNoLogs("odoo", "ERROR"),
            mute_logger("odoo.addons.base_import.models.base_import"),
        ):
            try:
                messages, ids = self.take(file, file_type, options)
            except UserError as error:
                messages, ids = [str(error)], False
            self.assertFalse(ids)
            self.assertTrue(messages)
            for message in messages:
                self.assertTrue(message.strip())
                self.assertNotIn("Traceback", message)
                self.assertNotIn("psycopg2", message)
                self.assertLess(len(message), 500)
        self.assertEqual(self.Event.search_count([]), before)

    def bad_rows(self, rng):
        rows = [list(GOOD) for _row in range(rng.randrange(1, 12))]
        for row in rng.sample(rows, rng.randrange(1, len(rows) + 1)):
            column = rng.randrange(len(HEADERS))
            row[column] = rng.choice(BAD[column])
        return rows

    def csv(self, rows, separator=","):
        def cell(text):
            quoted = text.replace('"', '""')
            return f'"{quoted}"'

        return "\n".join(separator.join(map(cell, row)) for row in [HEADERS, *rows]) + "\n"

    def workbook(self, rows):
        book = Workbook()
        for row in [HEADERS, *rows]:
            book.active.append([value.replace("=", "'=") for value in row])
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def test_files_with_bad_rows(self):
        """A thousand rows in files as Odoo's template, as text and as workbooks."""
        rng = random.Random(2024)
        tried = 0
        while tried < 1000:
            rows = self.bad_rows(rng)
            tried += len(rows)
            if rng.random() < 0.2:
                self.assertRefused(self.workbook(rows), XLSX)
            else:
                self.assertRefused(self.csv(rows).encode(), "text/csv")

    def test_broken_files(self):
        """The template, cut, mangled, in another encoding, under a wrong name."""
        rng = random.Random(1)
        good = TEMPLATE.read_bytes()
        sheet = self.workbook([GOOD])
        picture = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mM=")
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w"):
            pass
        for file in (
            b"",
            b"\n\n\n",
            b"\x00" * 50,
            b"Client\n",
            b"Client,Type\n",
            b"Nothing,That,Odoo,Knows\n1,2,3,4\n",
            picture,
            sheet[: len(sheet) // 2],
            empty.getvalue(),
            "Client,Type\nK-0815,电报\n".encode("utf-16"),
            "Client,Type\nK-0815,电报\n".encode("gb18030"),
            b'Client,Type\n"K-0815,call\n',
            bytes(rng.randrange(256) for _byte in range(500)),
        ):
            self.assertRefused(file, "text/csv")
        for file in (b"", good, picture, sheet[: len(sheet) // 2], empty.getvalue(), b"PK\x03\x04"):
            self.assertRefused(file, XLSX)

    def test_the_good_file_is_taken(self):
        """So that what is refused above is refused for what is bad in it."""
        for file, file_type in (
            (self.csv([GOOD]).encode(), "text/csv"),
            (self.workbook([GOOD]), XLSX),
        ):
            messages, ids = self.take(file, file_type)
            self.assertFalse(messages)
            self.assertEqual(self.Event.browse(ids).date.date(), datetime(2024, 3, 1).date())

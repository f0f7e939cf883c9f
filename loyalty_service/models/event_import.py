from datetime import UTC, date, datetime
from math import isfinite

import pytz

from odoo import api, models

# Columns of a file -> what rows call them; see event_record.py.
COLUMNS = {
    "partner_id": "client",
    "partner_id/id": "client",
    "partner_id/.id": "client_id",
    "partner_id/vat": "client_vat",
    "type_id": "type",
    "type_id/id": "type",
    "date": "date",
    "channel": "channel",
    "summary": "summary",
    "note": "note",
    "origin": "external_id",
    "id": "external_id",
    "user_id": "user",
    "company_id": "company",
    "amount": "amount",
    "value": "value",
    "hours": "duration",
}
NUMBERS = ("amount", "value", "duration")
LANGUAGES = (("en", "English"), ("zh_CN", "简体中文"), ("zh_TW", "繁體中文"))


class Event(models.Model):
    """The import of past interactions: rows of a file through the door of :meth:`record_events`."""

    _inherit = "loyalty.service.event"

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Template with examples (%s)", language),
                "template": f"/loyalty_service/static/import/interactions_{code}.csv",
            }
            for code, language in LANGUAGES
        ]

    @api.model
    def load(self, fields, data):
        """Record the rows of a file, all or none.

        As Odoo's own, which would take the first of several clients of one name. The result
        says beside the ``ids`` of all rows which of them were ``created`` and ``known``.
        """
        limit = self.env.context.get("_import_limit")
        window = data[:limit] if limit else data
        unknown = [field for field in fields if field not in COLUMNS]
        if unknown:
            message = self.env._(
                "The column “%s” cannot be imported: it follows from the others.", unknown[0]
            )
            return self._import_result([self._import_message(0, message)])
        numbers, rows = [], []
        for number, cells in enumerate(window):
            row = self._read_cells(fields, cells)
            if row:
                numbers.append(number)
                rows.append(row)
        answers = self.record_events(rows, all_or_nothing=True)
        failed = any(answer["status"] == "error" for answer in answers)
        own = {self.env._("Not recorded, since other rows have errors.")}
        messages = [
            self._import_message(number, answer["message"])
            for number, answer in zip(numbers, answers, strict=True)
            if answer["status"] == "error" and answer["message"] not in own
        ]
        if failed:
            return self._import_result(messages)
        return {
            "ids": [answer["id"] for answer in answers],
            # Odoo's screen counts them all as imported; ours says which were there before.
            **{
                status: [answer["id"] for answer in answers if answer["status"] == status]
                for status in ("created", "known")
            },
            "messages": [],
            "nextrow": limit if limit and len(data) > limit else 0,
        }

    @api.model
    def _import_result(self, messages):
        return {"ids": False, "messages": messages, "nextrow": 0}

    @api.model
    def _import_message(self, number, message):
        return {
            "type": "error",
            "message": message,
            "rows": {"from": number, "to": number},
            "record": number,
        }

    @api.model
    def _read_cells(self, fields, cells):
        """Return a row of a file as :meth:`record_events` takes it; empty for an empty row."""
        row = {}
        for field, cell in zip(fields, cells, strict=False):
            key = COLUMNS[field]
            if cell in (None, False, "") or (key == "external_id" and key in row and field == "id"):
                continue
            row[key] = self._read_cell(key, cell)
        return row

    @api.model
    def _read_cell(self, key, cell):
        """Return a cell as what it stands for; what it cannot be is left to be refused."""
        if key in NUMBERS and isinstance(cell, str):
            try:
                cell = float(cell)
            except ValueError:
                return cell
        if key == "duration" and isinstance(cell, int | float) and isfinite(cell):
            # A file has hours, other programs count minutes.
            return round(cell * 60)
        if key == "date" and isinstance(cell, date):
            # A workbook knows what is a date, and maybe its time.
            cell = cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
        if key == "date" and isinstance(cell, str):
            return self._read_local(cell)
        return cell

    @api.model
    def _read_local(self, text):
        """Return the moment that a file means, on the clock of the user, as ISO text in UTC.

        A day without a time is its noon: the same day for nearly all who look at it.
        """
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return text
        if moment.tzinfo:
            return text
        if len(text.strip()) == len("2024-03-01"):
            moment = moment.replace(hour=12)
        tz = pytz.timezone(self.env.user.tz or self.env.company._loyalty_tz_name())
        try:
            moment = tz.localize(moment).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return text
        # Today's noon may be still to come.
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        if len(text.strip()) == len("2024-03-01") and moment.date() == now.date():
            moment = min(moment, now)
        return moment.isoformat()

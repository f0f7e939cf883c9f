import logging
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ..batch import IN_THE_WAY
from ..bulk import is_storable
from .event_lookup import CLIENT_KEYS, RowError
from .event_rights import CLOCK_SKEW, EARLIEST

_logger = logging.getLogger(__name__)

# What a row may say, and how long a text may be.
LENGTHS = {"external_id": 200, "summary": 500, "note": 20_000, "type": 200, "channel": 64}
KEYS = {*CLIENT_KEYS, *LENGTHS, "date", "user", "company", "amount", "value", "duration"}
# A column of PostgreSQL's double, of money, and of a working week in minutes.
LARGEST = {"amount": 1e12, "value": 1e12, "duration": 7 * 24 * 60}


class Event(models.Model):
    """The door for other programs: telephone systems, WeChat connectors, imports.

    They know neither the ids of this database nor its records, but codes, names and numbers of
    their own. Each row is judged by itself and answered by itself.
    """

    _inherit = "loyalty.service.event"

    @api.model
    def record_events(self, events, all_or_nothing=False):
        """Record what happened with clients, once per external id.

        Over JSON-2: ``POST /json/2/loyalty.service.event/record_events`` with ``{"events":
        [...]}``; over XML-RPC: ``execute_kw(db, uid, key, "loyalty.service.event",
        "record_events", [[...]])``. A call that was answered, or not, may be sent again.

        :param list events: dicts of

            - ``type``: code of the event type, such as ``call``, or its name in any language
            - the client, by one of ``client`` (external id, VAT number, reference, exact name),
              ``client_id`` (number in this database), ``client_vat``, ``client_phone``,
              ``client_email``; a contact will do, the event is filed under its company
            - ``external_id``: names the event in your system, at most 200 characters; of the
              same company, type and external id one event is recorded
            - ``date``: ISO 8601, UTC unless it names another offset; now without one
            - ``summary`` (one line), ``note``, ``channel``, ``user`` (login of the member of
              staff), ``company`` (name), ``amount``, ``value``, ``duration`` (minutes)
        :param bool all_or_nothing: record nothing unless every row can be recorded
        :return: a dict per row, in its order: ``id`` (of the event, or False), ``status``
            (``created``, ``known`` or ``error``) and ``message`` (in the language of the
            context, or of the user)
        """
        self.check_access("create")
        self = self.with_context(lang=self.env.lang or self.env.user.lang)  # noqa: PLW0642
        if not isinstance(events, list):
            raise ValidationError(self.env._("“events” must be a list of objects."))
        answers = [None] * len(events)
        rows = {}
        names = self._lookup(events)
        for number, event in enumerate(events):
            try:
                rows[number] = self._read_row(event, names)
            except RowError as error:
                answers[number] = self._refuse(str(error))
        if all_or_nothing and len(rows) < len(events):
            refused = self._refuse(self.env._("Not recorded, since other rows have errors."))
            return [answer or refused for answer in answers]
        known = self._find_known(self._keys(rows.values()))
        for number, answer in self._record_rows(rows, known, all_or_nothing).items():
            answers[number] = answer
        if all_or_nothing and any(answer["status"] == "error" for answer in answers):
            refused = self._refuse(self.env._("Not recorded, since other rows have errors."))
            return [answer if answer["status"] == "error" else refused for answer in answers]
        return answers

    @api.model
    def _keys(self, rows):
        return [key for key in map(self._key, rows) if key]

    @api.model
    def _refuse(self, message):
        return {"id": False, "status": "error", "message": message}

    def _record_rows(self, rows, known, all_or_nothing):
        """Record rows that were found right; return ``{number: answer}``.

        All at once and, should the database or an addon refuse that, one by one.
        """
        if not rows:
            return {}
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                created = self.create(list(rows.values()))
                created.flush_recordset()
            return self._answer_created(rows, known, created)
        except IN_THE_WAY:
            raise
        except Exception as error:
            if len(rows) == 1 or all_or_nothing:
                refusal = self._refuse(self._word_error(error))
                return dict.fromkeys(rows, refusal)
        answers = {}
        for number, row in rows.items():
            answers |= self._record_rows({number: row}, known, all_or_nothing)
            known |= self._find_known(self._keys([row]))
        return answers

    def _answer_created(self, rows, known, created):
        answers, seen = {}, set(known.values())
        for number, event in zip(rows, created, strict=True):
            fresh = event.id not in seen
            seen.add(event.id)
            answers[number] = {
                "id": event.id,
                "status": "created" if fresh else "known",
                "message": (self.env._("Recorded.") if fresh else self.env._("Recorded before.")),
            }
        return answers

    @api.model
    def _word_error(self, error):
        """Return a message for who sent the row; what only we understand goes to the log."""
        if isinstance(error, UserError | AccessError):
            return str(error)
        _logger.exception("a row of events was refused")
        return self.env._("The row cannot be stored.")

    # ------------------------------------------------------------------
    # One row
    # ------------------------------------------------------------------

    def _read_row(self, row, names):
        """Return the values of an event, as ``create`` takes them, normalised.

        :raises RowError: with what is wrong
        """
        if not isinstance(row, dict):
            raise RowError(self.env._("Each event must be an object with named values."))
        self._check_keys(row)
        # As an empty cell is, so is nothing. A zero is something.
        row = {
            key: value
            for key, value in row.items()
            if not (value is None or value is False or value == "")
        }
        texts = {key: self._read_text(row, key) for key in LENGTHS}
        company = self._read_company(row, names)
        event_type = self._read_type(texts["type"], names)
        partner = self._read_client(row, names, company)
        vals = {
            "type_id": event_type.id,
            "partner_id": partner.id,
            "company_id": company.id,
            "date": self._read_date(row.get("date")),
            "channel": self._read_channel(texts["channel"], names) or event_type.channel,
            "summary": texts["summary"],
            "note": texts["note"],
            "origin": self._read_origin(texts["external_id"]),
            **{key: self._read_number(row, key) for key in ("amount", "value") if key in row},
        }
        if "duration" in row:
            vals["hours"] = self._read_number(row, "duration") / 60
        if "user" in row:
            vals["user_id"] = self._read_user(row, names).id
        return vals

    def _check_keys(self, row):
        unknown = [key for key in row if key not in KEYS]
        if unknown:
            raise RowError(
                self.env._("“%s” is none of the names that an event has.", self._show(unknown[0]))
            )

    @api.model
    def _show(self, value):
        """Return what somebody sent, fit for a message: short, and without what cannot be sent."""
        text = value if isinstance(value, str) else repr(value)
        text = text.encode("utf-8", "replace").decode().replace("\x00", "�")
        return text if len(text) <= 60 else text[:59] + "…"

    def _read_text(self, row, key):
        value = row.get(key)
        if value is None:
            return False
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise RowError(self.env._("“%s” must be a text.", key))
        value = value.strip()
        if len(value) > LENGTHS[key]:
            raise RowError(
                self.env._(
                    "“%(key)s” is longer than %(length)s characters.",
                    key=key,
                    length=LENGTHS[key],
                )
            )
        self._check_storable(value, key)
        return value or False

    def _check_storable(self, text, key):
        if not is_storable(text):
            raise RowError(self.env._("“%s” has a character that cannot be stored.", key))

    def _read_origin(self, external_id):
        """Refuse ids that are the bridges' own: an import must not take an invoice's place."""
        if self._is_own_origin(external_id):
            raise RowError(
                self.env._("“%s” is an external id of this system's own records.", external_id)
            )
        return external_id

    def _read_type(self, name, names):
        if not name:
            raise RowError(self.env._("Say what happened: “type” is missing."))
        found = names["types"].get(name.casefold(), self.env["loyalty.service.event.type"])
        if not found:
            raise RowError(self.env._("There is no event type “%s”.", self._show(name)))
        if len(found) > 1:
            raise RowError(
                self.env._("Several event types are called “%s”. Use a code.", self._show(name))
            )
        if not found.manual and not names["is_manager"]:
            raise RowError(self.env._("Only managers log events of the type %s.", found.name))
        return found

    def _read_channel(self, name, names):
        if not name:
            return None
        if name.casefold() not in names["channels"]:
            raise RowError(self.env._("There is no channel “%s”.", self._show(name)))
        return names["channels"][name.casefold()]

    def _read_date(self, value):
        """Return a moment in UTC, from ISO 8601 text."""
        now = fields.Datetime.now()
        if value is None:
            return now
        if not isinstance(value, str):
            raise RowError(self.env._("“date” must be a text such as 2024-03-01T09:30:00+08:00."))
        try:
            moment = datetime.fromisoformat(value.strip())
            if moment.tzinfo:
                moment = moment.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise RowError(
                self.env._(
                    "“%s” is no date. Write it such as 2024-03-01T09:30:00+08:00.",
                    self._show(value),
                )
            ) from None
        if moment < EARLIEST:
            raise RowError(self.env._("“%s” is too long ago.", self._show(value)))
        if moment > now + CLOCK_SKEW:
            raise RowError(self.env._("What lies in the future has not happened yet."))
        return moment.replace(microsecond=0)

    def _read_number(self, row, key):
        value = row[key]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # NaN is within no limits. An integer may be too long for a float, to compare it is not.
        if not is_number or not abs(value) <= LARGEST[key]:
            raise RowError(self.env._("“%s” must be a number that makes sense.", key))
        if key == "duration" and (value < 0 or value != int(value)):
            raise RowError(self.env._("“duration” must be a whole number of minutes."))
        return int(value) if key == "duration" else float(value)

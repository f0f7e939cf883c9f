from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date, format_list

from ..bulk import update
from ..columns import rows
from ..engine import rhythm
from .client_rhythm import SHOWN_KINDS

# Complaints, praise and gifts have no rhythm that they could fall out of: that nobody complains
# for a while is no bad sign. A complaint by phone is a call all the same.
PART_KINDS = ("contact", "meeting", "request", "survey", "participation")
CHANNEL_KINDS = tuple(kind for kind in SHOWN_KINDS if kind != "gift")
# A mixed bag has no rhythm, and what the system records nobody said.
NO_CHANNEL = ("system", "other")
# What fewer clients of a tier do is nobody's habit but theirs.
MIN_CLIENTS = 5
SILENT = ("longer", "quiet")
# So many of them are named in a line, those that stand out most.
NAMED = 3
# What is counted from the last contact on.
COUNTED = ("last_date", "silent_days", "overdue_days", "silence_ratio", "silence_state")


class ClientRhythmParts(models.Model):
    """The rhythm of a client channel by channel and kind by kind: which of them went quiet."""

    _inherit = "loyalty.service.client"

    rhythm_ids = fields.One2many(
        "loyalty.service.rhythm", "client_id", string="Rhythms", readonly=True
    )
    parts_text = fields.Char(
        string="By Channel",
        compute="_compute_parts_text",
        help="Which channels went quiet, each against its own rhythm, while others go on.",
    )

    # ------------------------------------------------------------------
    # Keep
    # ------------------------------------------------------------------

    def _update_rhythm(self):
        result = super()._update_rhythm()
        self._update_parts()
        return result

    def _update_parts(self):
        """Read the rhythm of each channel and kind of the clients, all of one company.

        Three statements, whatever the number of clients.
        """
        company = self.company_id.ensure_one()
        today = company._loyalty_day()
        told = []
        for (client_id, part), days in self._read_part_days(company, today).items():
            beat = rhythm.beat(days, today)
            if beat:
                told.append((client_id, part, *self._beat_columns(beat)))
        self.env["loyalty.service.rhythm"]._store(company, self, sorted(told))

    def _after_merge(self):
        result = super()._after_merge()
        for clients in self.grouped("company_id").values():
            clients._update_parts()
        return result

    @api.model
    def _beat_columns(self, beat):
        """Return what is stored of a rhythm; a gap of 0 says that nothing is usual."""
        return (
            beat.days,
            beat.gap or 0.0,
            beat.last,
            beat.silent,
            beat.overdue,
            round(beat.ratio or 0.0, 2),
            beat.state,
        )

    def _read_part_days(self, company, today):
        """Return ``{(client id, part): days of contact}`` of the last two years.

        Whatever happened within a year, in the year up to then.
        """
        found = {}
        days, source = self._contact_days_sql(company, CHANNEL_KINDS)
        for client_id, channel, kind, contact_days in self.env.execute_query(
            SQL(
                """
                SELECT client.id, event.channel, event.kind, %(days)s
                  FROM %(source)s
                   AND event.date >= %(start)s
                   AND event.date < %(end)s
              GROUP BY GROUPING SETS ((client.id, event.channel), (client.id, event.kind))
                """,
                days=days,
                source=source,
                start=company._loyalty_moment(today - timedelta(days=2 * rhythm.YEAR)),
                end=company._loyalty_moment(today + timedelta(days=1)),
            )
        ):
            part = self._part(channel=channel, kind=kind)
            if part:
                found[client_id, part] = contact_days
        return found

    @api.model
    def _part(self, channel=None, kind=None):
        """Return the technical name of a channel or a kind, None if it has no rhythm."""
        if channel:
            return None if channel in NO_CHANNEL else f"channel:{channel}"
        return f"kind:{kind}" if kind in PART_KINDS else None

    def _note_events(self, events):
        """A contact ends the silence of its channel and kind at once, too."""
        result = super()._note_events(events)
        # In the future is what was dated wrongly; the next night leaves it out.
        latest = {}
        for kind, channel, partner_id, date, undoes in rows(
            events, "kind", "channel", "partner_id", "date", "reversal_of_id"
        ):
            if undoes or kind not in CHANNEL_KINDS:
                continue
            for part in filter(None, (self._part(channel=channel), self._part(kind=kind))):
                key = partner_id, part
                latest[key] = max(latest.get(key, date), date)
        if latest:
            self._hear_parts(latest)
        return result

    def _hear_parts(self, latest):
        """Count the silence of parts from their last contact on.

        What is usual by now is read within minutes, with the health score.

        :param latest: ``{(partner id, part): moment}``
        """
        # sudo: derived from an event that the user was allowed to record, as the date of the
        # last contact is; only the rhythms of these very clients, channels and kinds.
        known_sudo = (
            self.env["loyalty.service.rhythm"]
            .sudo()
            .search_fetch(
                [
                    ("client_id", "in", self.ids),
                    ("part", "in", list({part for _partner, part in latest})),
                ],
                ["client_id", "company_id", "part", "last_date", "contact_gap"],
                order="id",
            )
        )
        if not known_sudo:
            return
        partner_of = dict(zip(self.ids, (row[0] for row in rows(self, "partner_id")), strict=True))
        for company, mine_sudo in known_sudo.grouped("company_id").items():
            today = company._loyalty_day()
            days = company._loyalty_days(latest.values())
            heard = {}
            for row in mine_sudo:
                moment = latest.get((partner_of[row.client_id.id], row.part))
                last = moment and min(days[moment], today)
                if last and (not row.last_date or last > row.last_date):
                    silent = (today - last).days
                    gap = row.contact_gap
                    heard[row.id] = (last, silent, rhythm.overdue(silent, gap)) + self._silence(
                        gap, silent
                    )
            if heard:
                names = [
                    "last_date",
                    "silent_days",
                    "overdue_days",
                    "silence_ratio",
                    "silence_state",
                ]
                columns = map(list, zip(*heard.values(), strict=True))
                update(mine_sudo.browse(heard), dict(zip(names, columns, strict=True)))

    # ------------------------------------------------------------------
    # Show
    # ------------------------------------------------------------------

    @api.depends("rhythm_ids.last_date", "rhythm_ids.silence_state")
    @api.depends_context("lang")
    def _compute_parts_text(self):
        labels = self.env["loyalty.service.rhythm"]._part_labels()
        today = {company: company._loyalty_day() for company in self.company_id}
        for client in self:
            channels = client.rhythm_ids.filtered("channel")
            silent = channels.filtered(lambda row: row.silence_state in SILENT)
            going = channels.filtered(lambda row: row.silence_state == "usual")
            client.parts_text = self._say_parts(
                [
                    # The stored days are of the last night.
                    (labels[row.part], (today[client.company_id] - row.last_date).days)
                    for row in silent.sorted("silence_ratio", reverse=True)[:NAMED]
                ],
                [labels[row.part] for row in going],
            )

    @api.model
    def _say_parts(self, silent, going):
        """Say which channels went quiet and which go on.

        :param silent: ``[(what it is called, days silent)]``
        :param going: what they are called
        """
        if not silent:
            return False
        told = [
            self.env._("%(channel)s %(days)s days", channel=label, days=days)
            for label, days in silent
        ]
        quiet = self.env._("Silent: %s", format_list(self.env, told, "unit"))
        if not going:
            return quiet
        return self.env._(
            "%(quiet)s. Goes on: %(channels)s",
            quiet=quiet,
            channels=format_list(self.env, going, "unit"),
        )

    def _rhythm_details(self, company):
        usual = {
            (segment, part): gap
            for part, segment, gap in self.env["loyalty.service.rhythm.report"]._typical_gaps(
                "tier_id", company
            )
        }
        labels = self.env["loyalty.service.rhythm"]._part_labels()
        today = company._loyalty_day()
        return {
            client: {
                **told,
                "parts_text": client.parts_text or "",
                "parts": client._prepare_parts(today, labels, usual),
            }
            for client, told in super()._rhythm_details(company).items()
        }

    def _prepare_parts(self, today, labels, usual):
        """Return what the table on the client's form says of each channel and kind.

        :param labels: ``{part: what it is called}``, in the order of the table
        :param usual: ``{(tier id, part): usual gap of the clients of the tier}``
        """
        self.ensure_one()
        order = list(labels)
        told = self._prepare_whole(today)
        for row in self.rhythm_ids.sorted(lambda row: order.index(row.part)):
            tier_gap = usual.get((self.tier_id.id, row.part))
            told.append(
                {
                    "part": row.part,
                    "group": "channel" if row.channel else "kind",
                    "label": labels[row.part],
                    "tier": self._say_gap(tier_gap) if tier_gap else "",
                    **self._prepare_beat(row.contact_gap, row.last_date, today),
                }
            )
        return told

    def _prepare_whole(self, today):
        """Return the row by which a client is judged: all conversations and meetings."""
        days = self.company_id._loyalty_days(filter(None, [self.last_contact_date]))
        last = days.get(self.last_contact_date)
        if not last:
            return []
        return [
            {
                "part": "all",
                "group": "all",
                "label": self.env._("Conversations and meetings"),
                "tier": "",
                **self._prepare_beat(self.contact_gap, last, today),
            }
        ]

    def _prepare_beat(self, gap, last, today):
        """Return what a row says of a usual gap and the day of the last contact."""
        silent = max((today - last).days, 0)
        ratio, state = self._silence(gap, silent)
        late = rhythm.overdue(silent, gap)
        return {
            "usual": self._say_gap(gap),
            "last": format_date(self.env, last),
            "silent": silent,
            "overdue": self.env._("%s days", late) if late else "",
            "state": state,
            # A full bar is a silence that says the client went quiet.
            "share": round(min(ratio / rhythm.QUIET_FROM, 1.0) * 100),
        }

    @api.model
    def _say_gap(self, gap):
        if not gap:
            return self.env._("Too few to tell")
        if round(gap) == 1:
            return self.env._("Every day")
        return self.env._("Every %s days", round(gap))

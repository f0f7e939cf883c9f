from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ..bulk import update
from ..columns import pick
from ..engine import rhythm
from .client import CONTACT_KINDS

SILENCE_STATES = [
    ("usual", "In touch as usual"),
    ("longer", "Longer than usual"),
    ("quiet", "Gone quiet"),
    ("unknown", "Too few contacts to tell"),
]
# What the picture on the client's form shows: whatever somebody said or came to, not the money.
SHOWN_KINDS = (*CONTACT_KINDS, "request", "complaint", "praise", "survey", "participation", "gift")
SHOWN_WEEKS = 53


class ClientRhythm(models.Model):
    """How often the firm is in touch with a client, and how long its silence is against that.

    The usual gap follows from the ledger within minutes of a contact, with the health score;
    the silence is renewed each night, and at once by a new contact. Public holidays are days
    like all others: the median gap is not moved by one long holiday, and what follows a
    Chinese New Year looks a week longer than it is.
    """

    _inherit = "loyalty.service.client"

    industry_id = fields.Many2one(related="partner_id.industry_id", store=True)
    country_id = fields.Many2one(related="partner_id.country_id", store=True)
    contact_gap = fields.Float(
        string="Usual Gap",
        aggregator="avg",
        readonly=True,
        help="Median number of days between two days of contact, in the year up to the last "
        "contact. With fewer than four days of contact there is none.",
    )
    silence_ratio = fields.Float(
        string="Times as Long as Usual",
        aggregator="avg",
        index=True,
        readonly=True,
        help="Days since the last contact, in usual gaps of at least a week. As of the last "
        "night or the last contact. Public holidays count like other days.",
    )
    silence_state = fields.Selection(
        SILENCE_STATES,
        string="Silence",
        required=True,
        default="unknown",
        index=True,
        readonly=True,
        help="Longer than usual from 1.5 usual gaps on, gone quiet from 3 on.",
    )
    silent_days = fields.Integer(compute="_compute_rhythm_text", string="Days Silent")
    rhythm_text = fields.Char(compute="_compute_rhythm_text", string="Rhythm")
    rhythm_picture = fields.Json(compute="_compute_rhythm_picture")

    # ------------------------------------------------------------------
    # Keep
    # ------------------------------------------------------------------

    def _update_health(self, date=None):
        """A client is looked at again every night, and whenever something has happened."""
        result = super()._update_health(date)
        for company, clients in self.grouped("company_id").items():
            if not date or date >= company._loyalty_day():
                clients._update_rhythm()
        return result

    def _update_rhythm(self):
        """Read the usual gap and the silence of the clients, all of one company, from the ledger.

        Two statements, whatever the number of clients.
        """
        company = self.company_id.ensure_one()
        today = company._loyalty_day()
        rows = []
        days_of = self._read_contact_days(company)
        for client in self:
            days = days_of.get(client.id)
            gap = rhythm.usual_gap(days) if days else None
            rows.append(
                (client.id, gap, *self._silence(gap, (today - max(days)).days if days else None))
            )
        self._store_rhythm(rows)

    @api.model
    def _silence(self, gap, days):
        """Return the ratio and the state of a silence of ``days``, as they are stored."""
        # A stored 0 says that nothing is usual.
        gap = gap or None
        ratio = rhythm.silence_ratio(days, gap and max(gap, rhythm.SHORTEST_GAP))
        return round(ratio or 0.0, 2), rhythm.silence_state(days, gap)

    def _read_contact_days(self, company):
        """Return ``{client id: days of contact in the year up to the last one}``."""
        self.flush_model(["last_contact_date"])
        days, source = self._contact_days_sql(company, CONTACT_KINDS)
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT client.id, %(days)s
                      FROM %(source)s
                       AND event.date > client.last_contact_date - %(year)s
                       AND event.date <= client.last_contact_date
                  GROUP BY client.id
                    """,
                    days=days,
                    source=source,
                    # The year up to the last contact is what is usual. A long silence is no part of
                    # it: a client that went quiet two years ago still has the rhythm it left.
                    year=timedelta(days=rhythm.YEAR),
                )
            )
        )

    def _contact_days_sql(self, company, kinds):
        """Return SQL for the days with standing events of these kinds, and for its source.

        The source ends in conditions, to which more may be added; it flushes what it reads.
        """
        self.flush_model(["partner_id", "company_id"])
        self.env["loyalty.service.event"].flush_model()
        return (
            SQL(
                "array_agg(DISTINCT (event.date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date)",
                company._loyalty_tz_name(),
            ),
            SQL(
                """
                loyalty_service_client client
                  JOIN loyalty_service_event event
                    ON event.partner_id = client.partner_id
                   AND event.company_id = client.company_id
                 WHERE client.id IN %(ids)s
                   AND event.partner_id IN %(partners)s
                   AND event.company_id = %(company)s
                   AND event.kind IN %(kinds)s
                   AND event.is_reversed IS NOT TRUE
                   AND event.reversal_of_id IS NULL
                """,
                ids=tuple(self.ids) or (0,),
                partners=tuple(self.partner_id.ids) or (0,),
                company=company.id,
                kinds=kinds,
            ),
        )

    def _store_rhythm(self, rows):
        """Write ``(client id, gap, ratio, state)`` where something of it is new: one statement."""
        names = ["contact_gap", "silence_ratio", "silence_state"]
        self.flush_recordset(names)
        ids, gaps, ratios, states = zip(*rows, strict=True)
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_client client
                   SET contact_gap = told.gap,
                       silence_ratio = told.ratio,
                       silence_state = told.state
                  FROM unnest(%s::int[], %s::float8[], %s::float8[], %s::varchar[])
                       AS told(id, gap, ratio, state)
                 WHERE client.id = told.id
                   AND (client.contact_gap, client.silence_ratio, client.silence_state)
                       IS DISTINCT FROM (told.gap, told.ratio, told.state)
             RETURNING client.id
                """,
                list(ids),
                [gap or 0.0 for gap in gaps],
                list(ratios),
                list(states),
            )
        )
        self.invalidate_recordset(names, flush=False)
        self.modified(names)

    def _note_events(self, events):
        """A contact ends the silence at once; what is usual by now is read within minutes."""
        result = super()._note_events(events)
        heard = pick(events, lambda kind: kind in CONTACT_KINDS, "kind").partner_id
        if heard:
            self.filtered(lambda client: client.contact_gap and client.partner_id in heard)._hear()
        return result

    def _read_last_contact(self):
        result = super()._read_last_contact()
        self.filtered("contact_gap")._hear()
        return result

    def _hear(self):
        """Count the silence of the clients from their last contact."""
        for company, clients in self.grouped("company_id").items():
            today = company._loyalty_day()
            days = company._loyalty_days(filter(None, clients.mapped("last_contact_date")))
            # sudo: derived from an event that the user was allowed to record, as the date of
            # the last contact is; two fields of the clients of these very events.
            clients_sudo = clients.sudo()
            heard = {}
            for client_sudo in clients_sudo:
                last = days.get(client_sudo.last_contact_date)
                silence = self._silence(
                    client_sudo.contact_gap, (today - last).days if last else None
                )
                if (client_sudo.silence_ratio, client_sudo.silence_state) != silence:
                    heard[client_sudo.id] = silence
            ratios, states = zip(*heard.values(), strict=True) if heard else ((), ())
            update(
                clients_sudo.browse(heard),
                {"silence_ratio": list(ratios), "silence_state": list(states)},
            )

    # ------------------------------------------------------------------
    # Show
    # ------------------------------------------------------------------

    @api.depends("last_contact_date", "contact_gap")
    @api.depends_context("lang")
    def _compute_rhythm_text(self):
        for company, clients in self.grouped("company_id").items():
            today = company._loyalty_day()
            days = company._loyalty_days(filter(None, clients.mapped("last_contact_date")))
            for client in clients:
                last = days.get(client.last_contact_date)
                silent = (today - last).days if last else None
                client.silent_days = silent or 0
                client.rhythm_text = self._say_rhythm(client.contact_gap, silent)

    @api.model
    def _say_rhythm(self, gap, silent):
        """Say in one sentence how long a silence is, and whether that is usual.

        :param gap: usual days between contacts; None or 0 when nothing is usual
        :param silent: days since the last contact, None when there never was one
        """
        if silent is None:
            return self.env._("No contact recorded yet.")
        if not gap:
            if not silent:
                return self.env._("In touch today; too few contacts to tell what is usual.")
            return self.env._(
                "Last contact %s days ago; too few contacts to tell what is usual.", silent
            )
        ratio, state = self._silence(gap, silent)
        if gap <= rhythm.SHORTEST_GAP:
            usual = self.env._("Usually every week or more often")
        else:
            usual = self.env._("Usually every %s days", round(gap))
        if not silent:
            return self.env._("%(usual)s; in touch today.", usual=usual)
        if state == "usual":
            return self.env._(
                "%(usual)s; last contact %(days)s days ago, as usual.", usual=usual, days=silent
            )
        return self.env._(
            "%(usual)s; silent for %(days)s days: %(times)s times as long as usual.",
            usual=usual,
            days=silent,
            times=formatLang(self.env, ratio, digits=0 if ratio >= 3 else 1),
        )

    @api.depends("last_contact_date", "contact_gap", "rhythm_ids.last_date")
    @api.depends_context("lang")
    def _compute_rhythm_picture(self):
        """Gather the weeks of a year by channel: one statement per company."""
        channels = self.env["loyalty.service.event"]._fields["channel"]
        labels = dict(channels._description_selection(self.env))
        for company, clients in self.grouped("company_id").items():
            today = company._loyalty_day()
            monday = today - timedelta(days=today.weekday())
            weeks = [monday - timedelta(weeks=n) for n in range(SHOWN_WEEKS - 1, -1, -1)]
            told = clients._read_weeks(company, weeks[0])
            details = clients._rhythm_details(company)
            for client in clients:
                counts = told.get(client.partner_id.id, {})
                client.rhythm_picture = {
                    **details[client],
                    "weeks": [fields.Date.to_string(week) for week in weeks],
                    "channels": [
                        {
                            "channel": channel,
                            "label": label,
                            "counts": [counts[channel].get(week, 0) for week in weeks],
                            "total": sum(counts[channel].values()),
                        }
                        for channel, label in labels.items()
                        if channel in counts
                    ],
                }

    def _rhythm_details(self, company):
        """Return ``{client: what the picture says beside the weeks}`` of one company's clients."""
        return {
            client: {"text": client.rhythm_text, "state": client.silence_state} for client in self
        }

    def _read_weeks(self, company, start):
        """Return ``{partner id: {channel: {monday: number of events}}}`` since ``start``."""
        self.env["loyalty.service.event"].flush_model()
        told = {}
        for partner_id, channel, week, count in self.env.execute_query(
            SQL(
                """
                SELECT partner_id, channel,
                       date_trunc('week',
                           date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS week,
                       COUNT(*)
                  FROM loyalty_service_event
                 WHERE partner_id IN %(partners)s
                   AND company_id = %(company)s
                   AND kind IN %(kinds)s
                   AND is_reversed IS NOT TRUE
                   AND reversal_of_id IS NULL
                   AND date >= %(start)s
              GROUP BY partner_id, channel, week
                """,
                tz=company._loyalty_tz_name(),
                partners=tuple(self.partner_id.ids) or (0,),
                company=company.id,
                kinds=SHOWN_KINDS,
                start=company._loyalty_moment(start),
            )
        ):
            told.setdefault(partner_id, {}).setdefault(channel, {})[week] = count
        return told

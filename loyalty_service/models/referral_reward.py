from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..batch import do_claimed, work_off
from ..engine import referral
from .account_move import PAID_CODES

_lt = LazyTranslate(__name__)

BATCH_SIZE = 200


class Referral(models.Model):
    """The reward of both sides: events, on which the earning rules give points."""

    _inherit = "loyalty.service.referral"

    def _sync_rewards(self):
        """Have the standing rewards be those that are due, exactly once per referral.

        What is due follows from the ledger: the payments of the new client that stand. A
        payment that is taken back, or an invoice that is credited, takes both rewards back; it
        leads to them again when it is paid again.
        """
        concerned = self.filtered(
            lambda record: record.state in ("won", "rewarded") or record.rewarded_date
        )
        if not concerned:
            return
        # All that speak of the same clients, so that two payments at once meet here: each
        # counts what the other one paid.
        concerned |= self.search(
            [
                ("partner_id", "in", concerned.partner_id.ids),
                ("state", "in", ("won", "rewarded")),
            ]
        )
        concerned._lock()
        counts = concerned._count_paid()
        for record in concerned:
            if record.paid_count != counts[record]:
                record.paid_count = counts[record]
        due = concerned._due_ones()
        fresh = due.filtered(lambda record: record.state == "won")
        if fresh:
            fresh._check_partner()
            fresh._find_signals()
            fresh._write_states()
            due = due._due_ones()
        concerned._record_rewards(due)

    def _due_ones(self):
        """Return those whose reward is to stand now."""
        asked = self._asked()
        return self.filtered(
            lambda record: (
                record.state in ("won", "rewarded")
                and record.partner_id
                and record in asked
                and referral.is_due(
                    record.paid_count, asked[record][0], held=record.hold_state == "held"
                )
            )
        )

    def _asked(self):
        """Return ``{referral: (paid invoices, of which amount)}`` that its reward asks for.

        What has been rewarded keeps the conditions under which it was. Without a programme
        there is nothing to be had, so the others are left out.
        """
        programs = {company: company._loyalty_referral_program() for company in self.company_id}
        result = {}
        for record in self:
            program = programs[record.company_id]
            if record.asked_count:
                result[record] = (record.asked_count, record.asked_amount)
            elif program:
                result[record] = (program.referral_invoice_count, program.referral_min_amount)
        return result

    def _count_paid(self):
        """Return ``{referral: invoices of its new client that are paid and large enough}``.

        Invoices paid before the invitation are none of it. One query for all.
        """
        self.env["loyalty.service.event"].flush_model()
        self.flush_recordset()
        result = dict.fromkeys(self, 0)
        asked = self._asked()
        for company, records in self.filtered("partner_id").grouped("company_id").items():
            since = {
                record.id: company._loyalty_moment(company._loyalty_day(record.date))
                for record in records
            }
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT record.id, COUNT(DISTINCT event.res_id)
                      FROM (VALUES %(records)s) AS record (id, partner_id, since, least)
                      JOIN loyalty_service_event event
                        ON event.partner_id = record.partner_id
                       AND event.company_id = %(company)s
                       AND event.date >= record.since
                      JOIN loyalty_service_event_type type ON type.id = event.type_id
                     WHERE type.code IN %(codes)s AND event.res_model = 'account.move'
                       AND event.reversal_of_id IS NULL AND event.is_reversed IS NOT TRUE
                       AND event.amount >= record.least
                  GROUP BY record.id
                    """,
                    records=SQL(", ").join(
                        SQL(
                            "(%s, %s, %s, %s)",
                            record.id,
                            record.partner_id.id,
                            since[record.id],
                            asked.get(record, (0, 0.0))[1],
                        )
                        for record in records
                    ),
                    company=company.id,
                    codes=tuple(PAID_CODES),
                )
            )
            result.update({self.browse(record_id): count for record_id, count in rows})
        return result

    def _record_rewards(self, due):
        """Record the rewards of ``due``, and undo those of the others in ``self``."""
        now = fields.Datetime.now()
        Event = self.env["loyalty.service.event"]
        ended = self - due
        # First those that lose it: a client has one rewarded referral at a time.
        for record in ended.filtered(lambda record: record.state == "rewarded"):
            # The date stays: what happens after a reward tells something about it.
            record.state = "won"
        ended.flush_recordset()
        wanted = {"referral_won": {}, "referral_welcome": {}}
        for record in due:
            common = {
                "company_id": record.company_id.id,
                "date": now,
                "user_id": record.user_id.id,
            }
            wanted["referral_won"][record.id] = (
                "referral_won",
                {
                    **common,
                    "partner": record.referrer_partner_id,
                    "contact_id": record.invited_by_id.id,
                    "summary": record.company_name,
                },
            )
            wanted["referral_welcome"][record.id] = (
                "referral_welcome",
                {**common, "partner": record.partner_id},
            )
        for code, values in wanted.items():
            Event._sync_source(self, [code], values)
        asked = due._asked()
        for record in due.filtered(lambda record: record.state != "rewarded"):
            count, amount = asked[record]
            record.write(
                {
                    "state": "rewarded",
                    "rewarded_date": now,
                    "asked_count": count,
                    "asked_amount": amount,
                }
            )
        due.flush_recordset()

    # ------------------------------------------------------------------
    # Looking at it before it is paid
    # ------------------------------------------------------------------

    def _hold(self, why):
        """Pay nothing until somebody releases it; what was paid is taken back."""
        self.hold_state = "held"
        self._say(_lt("Held by %(who)s: %(why)s", who=self.env.user.name, why=why))
        self._follow()

    def _release(self, why):
        """Let the reward be paid when it is due, whatever the signals say."""
        self.hold_state = "released"
        self._say(_lt("Released by %(who)s: %(why)s", who=self.env.user.name, why=why))
        self._follow()

    # ------------------------------------------------------------------
    # By the scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_follow(self):
        """Expire what is too old, look again at what was rewarded lately, and put right what
        the triggers missed, such as an import by SQL."""
        work_off(self.search(self._domain_to_follow()), lambda part: part._follow_due(), BATCH_SIZE)

    @api.model
    def _domain_to_follow(self):
        recent = self._watched_since()
        return [
            "|",
            ("state", "in", ("invited", "contacted", "won")),
            "&",
            ("state", "=", "rewarded"),
            ("rewarded_date", ">=", recent),
        ]

    def _follow_due(self):
        do_claimed(self, lambda records: records._follow_again())

    def _follow_again(self):
        self._check_unpaid_partner()
        self._find_signals()
        self._follow()

    def _check_unpaid_partner(self):
        """A detail that was entered later counts as long as nothing has been paid."""
        self.filtered(lambda record: record.state in ("contacted", "won"))._check_partner()

from odoo import api, models
from odoo.tools import SQL

from .account_payment import RECEIVED

MONEY_JOURNALS = ("bank", "cash", "credit")


class AccountMove(models.Model):
    """Money that comes in from clients by an entry alone, without a payment.

    A line of a bank statement, or an entry that somebody made in the journal of a bank or of the
    cash: what it books as received on what clients owe. Where it names several clients, each of
    its lines is a source of its own.
    """

    _inherit = "account.move"

    def write(self, vals):
        result = super().write(vals)
        if "line_ids" in vals:
            # A line of a bank statement gets its client while it is posted.
            self.filtered(lambda move: move.state == "posted")._loyalty_sync_received()
        return result

    def unlink(self):
        # sudo: accountants need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(
            self._loyalty_money_entries()._loyalty_owed_lines()
        )
        return super().unlink()

    def _loyalty_sync(self):
        result = super()._loyalty_sync()
        self._loyalty_sync_received()
        return result

    def _loyalty_sync_received(self):
        """Record the money in ``self`` that came in from clients, as it stands now."""
        # An entry that is reset or cancelled takes the payment that it is of with it.
        self.origin_payment_id._loyalty_sync_received()
        entries = self._loyalty_money_entries()
        if not entries:
            return
        lines = entries._loyalty_owed_lines()
        by_entry, by_line = {}, {}
        posted = lines.filtered(lambda line: line.parent_state == "posted" and line.partner_id)
        for entry, owed in posted.grouped("move_id").items():
            if len(owed.partner_id.commercial_partner_id) > 1:
                by_line |= {line.id: line._prepare_loyalty_received() for line in owed}
            else:
                by_entry[entry.id] = owed._prepare_loyalty_received()
        # sudo: who books need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        for records, values in ((entries, by_entry), (lines, by_line)):
            Event_sudo._sync_source(
                records,
                [RECEIVED],
                {
                    record_id: (RECEIVED, told)
                    for record_id, told in values.items()
                    if told["amount"] > 0
                },
            )

    def _loyalty_money_entries(self):
        return self.filtered(
            lambda move: (
                move.move_type == "entry"
                and not move.origin_payment_id
                and move.journal_id.type in MONEY_JOURNALS
            )
        )

    def _loyalty_owed_lines(self):
        """Return the lines of the entries in ``self`` on what clients owe."""
        return self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    @api.model
    def _cron_loyalty_sync(self):
        result = super()._cron_loyalty_sync()
        self.env["account.payment"]._cron_loyalty_sync_received()
        return result

    @api.model
    def _loyalty_unsynced_ids(self):
        """Return also the ids of entries whose events do not say what came in by them."""
        unsynced = super()._loyalty_unsynced_ids()
        self.env["account.journal"].flush_model(["type"])
        self.env["account.account"].flush_model(["account_type"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH received AS (
                     SELECT line.move_id,
                            CASE WHEN COUNT(DISTINCT partner.commercial_partner_id) > 1
                                 THEN SUM(GREATEST(-line.balance, 0))
                                 ELSE GREATEST(-SUM(line.balance), 0)
                            END AS amount
                       FROM account_move_line line
                       JOIN res_partner partner ON partner.id = line.partner_id
                       JOIN account_account account ON account.id = line.account_id
                       JOIN account_move move ON move.id = line.move_id
                       JOIN account_journal journal ON journal.id = move.journal_id
                      WHERE account.account_type = 'asset_receivable'
                        AND move.move_type = 'entry' AND move.state = 'posted'
                        AND move.origin_payment_id IS NULL
                        AND journal.type IN %(journals)s
                   GROUP BY line.move_id
                     ),
                     told AS (
                     SELECT COALESCE(line.move_id, event.res_id) AS move_id,
                            SUM(event.amount) AS amount
                       FROM loyalty_service_event event
                  LEFT JOIN account_move_line line
                         ON event.res_model = 'account.move.line' AND line.id = event.res_id
                      WHERE event.type_id = %(received)s
                        AND event.res_model IN ('account.move', 'account.move.line')
                        AND event.reversal_of_id IS NULL AND event.is_reversed IS NOT TRUE
                   GROUP BY COALESCE(line.move_id, event.res_id)
                     )
              SELECT move.id
                FROM received
           FULL JOIN told ON told.move_id = received.move_id
                JOIN account_move move ON move.id = COALESCE(received.move_id, told.move_id)
                JOIN res_company company ON company.id = move.company_id
                JOIN res_currency currency ON currency.id = company.currency_id
               WHERE ABS(COALESCE(received.amount, 0) - COALESCE(told.amount, 0))
                     > 0.50001 * currency.rounding
            ORDER BY move.id
                """,
                received=self.env["loyalty.service.event.type"]._by_code(RECEIVED).id,
                journals=MONEY_JOURNALS,
            )
        )
        return [*unsynced, *(row[0] for row in rows if row[0] not in set(unsynced))]

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_date, formatLang

from ..amounts import points_text, worth_text
from ..engine import breakage, evaluation

BASES = [
    ("expected", "As expected"),
    ("cautious", "Cautiously: the least that will expire"),
    ("none", "No: all points count in full"),
]


class LiabilityEntry(models.TransientModel):
    """Draft a journal entry that brings what is owed to clients up to date, at a month's end.

    The entry is the difference between what is owed and what the entries before it have booked,
    so that the balance of the liability account follows the points. Each company books the lots
    that it has opened. Nothing is posted; for a day that has a draft already, the draft is
    written anew.
    """

    _name = "loyalty.service.liability.entry"
    _description = "Book the Liability of a Points Programme"

    program_id = fields.Many2one(
        "loyalty.program", string="Programme", required=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Month End",
        required=True,
        default=lambda self: self._default_date(),
        help="Any day of a month that is over stands for its last day.",
    )
    breakage_basis = fields.Selection(
        BASES,
        string="Take Off Breakage",
        required=True,
        default="expected",
        help="Points that will expire unused are not owed. Accounting standards ask for caution: "
        "take off what is very likely.",
    )
    # Not required: what is missing is said in words, when the draft is to be made.
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('type', '=', 'general'), ('company_id', '=', company_id)]",
    )
    expense_account_id = fields.Many2one(
        "account.account",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost', 'income'))]",
        help="What clients are promised costs the firm. Sales expenses, or a discount on revenue.",
    )
    liability_account_id = fields.Many2one(
        "account.account",
        compute="_compute_accounts",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
        help="What is owed to clients in points. Contract liabilities, or other payables.",
    )
    target = fields.Monetary(
        string="Owed to Clients",
        currency_field="company_currency_id",
        compute="_compute_amounts",
    )
    booked = fields.Monetary(
        string="Booked before", currency_field="company_currency_id", compute="_compute_amounts"
    )
    amount = fields.Monetary(
        string="To Book", currency_field="company_currency_id", compute="_compute_amounts"
    )
    explanation = fields.Html(compute="_compute_amounts")

    @api.model
    def _default_date(self):
        yesterday = self.env.company._loyalty_day() - timedelta(days=1)
        return evaluation.last_day(evaluation.last_whole_month(yesterday))

    # ------------------------------------------------------------------
    # How much
    # ------------------------------------------------------------------

    def _month_end(self):
        """Return the last day of the month of the entry."""
        self.ensure_one()
        return evaluation.last_day(evaluation.month_number(self.date))

    @api.depends("program_id", "company_id", "date", "breakage_basis", "liability_account_id")
    def _compute_amounts(self):
        for wizard in self:
            wizard.target = wizard.booked = wizard.amount = 0.0
            wizard.explanation = False
            if not wizard.program_id or not wizard.date:
                continue
            facts = wizard._facts()
            wizard.target = facts["target"]
            wizard.booked = facts["booked"]
            wizard.amount = facts["target"] - facts["booked"]
            wizard.explanation = wizard._explanation(facts)

    def _facts(self):
        """Return what the amount is made of."""
        self.ensure_one()
        day, company, program = self._month_end(), self.company_id, self.program_id
        rows = [
            row
            for row in self.env["loyalty.service.move"]._read_liability(program, day, company)
            if not row.is_debt and (row.expiry is None or row.expiry > day)
        ]
        points = sum(row.points for row in rows)
        asked = self.env["loyalty.service.evaluation"]._at_month_end(program, company, day)
        learned = breakage.measure(asked._read_cells())
        expected = learned.expect(
            (evaluation.months_before(day, row.expiry), row.points) for row in rows
        )
        breaking = 0.0
        if expected and self.breakage_basis != "none":
            breaking = expected.low if self.breakage_basis == "cautious" else expected.value
        worth = (points - breaking) * program.service_point_value
        target = program.currency_id._convert(worth, company.currency_id, company, day)
        return {
            "points": points,
            "lots": sum(row.lots for row in rows),
            "expected": expected,
            "clients": learned.clients,
            "breaking": breaking,
            "target": target,
            "booked": self._booked_before(day),
        }

    def _domain_of_entries(self):
        """Return the domain of the entries of this programme and company."""
        return Domain(
            [
                ("loyalty_liability_program_id", "=", self.program_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "!=", "cancel"),
            ]
        )

    def _standing_entries(self):
        """Return the entries of this programme and company that were not undone."""
        return self._entry_model().search(
            self._domain_of_entries() & Domain("loyalty_liability_undone", "=", False)
        )

    def _earlier_entries(self, day):
        """Return the entries of this programme before ``day`` and what reverses them.

        What was undone of the day itself stands until its reversal, which may have a later date.
        """
        undone = Domain("date", "=", day) & Domain("loyalty_liability_undone", "=", True)
        entries = reversed_ = self._entry_model().search(
            self._domain_of_entries() & (Domain("date", "<", day) | undone)
        )
        while reversed_ := reversed_.reversal_move_ids - entries:
            entries |= reversed_
        return entries.filtered(lambda move: move.state != "cancel" and move.date <= day)

    def _booked_before(self, day):
        """Return what the entries before ``day`` say is owed, in the company's currency."""
        entries = self._earlier_entries(day)
        accounts = (
            entries.filtered("loyalty_liability_program_id")
            .mapped("line_ids")
            .filtered(lambda line: line.account_id.internal_group == "liability")
            .account_id
        )
        lines = entries.line_ids.filtered(lambda line: line.account_id in accounts)
        return -sum(lines.mapped("balance"))

    def _explanation(self, facts):
        """Return the calculation in words, as a list."""
        self.ensure_one()

        def number(points):
            return points_text(self.env, points)

        def money(amount):
            return formatLang(self.env, amount, currency_obj=self.company_currency_id)

        _program = self.program_id
        lines = [
            self.env._(
                "%(points)s points in %(lots)s lots were open at the end of %(date)s.",
                points=number(facts["points"]),
                lots=facts["lots"],
                date=format_date(self.env, self._month_end()),
            )
        ]
        if self.breakage_basis == "none":
            lines.append(self.env._("All of them count in full."))
        elif facts["expected"] is None:
            lines.append(
                self.env._(
                    "All of them count in full: too few clients are known to measure breakage "
                    "(%(clients)s of %(least)s).",
                    clients=facts["clients"],
                    least=breakage.LEAST_CLIENTS,
                )
            )
        else:
            lines.append(
                self.env._(
                    "%(breaking)s of them are taken off, since they will expire unused (expected "
                    "%(value)s, between %(low)s and %(high)s with 95%% confidence).",
                    breaking=number(round(facts["breaking"])),
                    value=number(round(facts["expected"].value)),
                    low=number(round(facts["expected"].low)),
                    high=number(round(facts["expected"].high)),
                )
            )
        lines.append(
            self.env._(
                "At %(value)s %(currency)s for a point that is %(target)s, of which %(booked)s "
                "is booked already.",
                value=worth_text(self.env, _program.service_point_value),
                currency=_program.currency_id.name,
                target=money(facts["target"]),
                booked=money(facts["booked"]),
            )
        )
        return Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % line for line in lines)

    # ------------------------------------------------------------------
    # The entry
    # ------------------------------------------------------------------

    def action_book(self):
        """Make the draft, or write the one of this month anew, and show it."""
        self.ensure_one()
        Entry = self.env["account.move"]
        if not self.may_book:
            raise AccessError(
                self.env._("You need the rights of accounting to book the liability.")
            )
        self._check_complete()
        day = self._month_end()
        if day >= self.company_id._loyalty_day():
            raise UserError(self.env._("This month is not over yet."))
        self._hold_for_booking()
        self._remember()
        standing = self._domain_of_entries() & Domain("loyalty_liability_undone", "=", False)
        known = Entry.search(standing & Domain("date", "=", day))
        if known.state == "posted":
            raise UserError(
                self.env._(
                    "%(entry)s has booked the liability of %(date)s already. What changed since "
                    "is booked with the next month.",
                    entry=known.display_name,
                    date=format_date(self.env, day),
                )
            )
        later = Entry.search(standing & Domain("date", ">", day), order="date desc", limit=1)
        if later:
            raise UserError(
                self.env._(
                    "%(entry)s has booked the liability of a later month, %(date)s, without this "
                    "one. Cancel it if it is a draft, or reverse it; then book the months in their "
                    "order.",
                    entry=later.display_name,
                    date=format_date(self.env, later.date),
                )
            )
        facts = self._facts()
        if self.company_currency_id.is_zero(facts["target"] - facts["booked"]):
            return self._book_nothing(known)
        values = self._prepare_entry(day, facts)
        if known:
            known.write({**values, "line_ids": [Command.clear(), *values["line_ids"]]})
        else:
            known = Entry.create(values)
        return self._show(known)

    def _hold_for_booking(self):
        """Have bookings of one programme come one after the other.

        The row is really written: a transaction that waited for it then fails and is run again
        by Odoo, and sees the entries that the other one has made.
        """
        self.env.execute_query(
            SQL(
                "UPDATE loyalty_program SET write_date = write_date WHERE id = %s RETURNING id",
                self.program_id.id,
            )
        )

    def _book_nothing(self, draft):
        """Say that nothing is to be booked, once a draft that says otherwise is cancelled."""
        if not draft:
            raise UserError(self.env._("Nothing is to be booked: what is owed has not changed."))
        draft.button_cancel()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "Nothing is to be booked: what is owed has not changed. The draft of "
                    "%(date)s has been cancelled.",
                    date=format_date(self.env, draft.date),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _prepare_entry(self, day, facts):
        """Return the values of the draft; what is owed more is an expense."""
        amount = facts["target"] - facts["booked"]
        name = self.env._(
            "%(programme)s: points owed to clients, %(date)s",
            programme=self.program_id.name,
            date=format_date(self.env, day),
        )
        return {
            "move_type": "entry",
            "date": day,
            "journal_id": self.journal_id.id,
            "company_id": self.company_id.id,
            "ref": name,
            "narration": self._explanation(facts),
            "loyalty_liability_program_id": self.program_id.id,
            "line_ids": [
                Command.create(
                    {"account_id": self.expense_account_id.id, "name": name, "balance": amount}
                ),
                Command.create(
                    {"account_id": self.liability_account_id.id, "name": name, "balance": -amount}
                ),
            ],
        }

    def _remember(self):
        """Keep journal and accounts for the next month, by company.

        Managers of the programme may write them; others that book keep what is there.
        """
        if self.program_id.has_access("write"):
            self.program_id.with_company(self.company_id).write(
                {
                    "service_liability_journal_id": self.journal_id.id,
                    "service_expense_account_id": self.expense_account_id.id,
                    "service_liability_account_id": self.liability_account_id.id,
                }
            )

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..actions import open_form

# What an account is called that fits, the best first; in English and in Chinese, since charts of
# accounts come in either.
LIABILITIES = (
    ("contract liabilit", "合同负债", "合約負債"),
    ("deferred", "unearned", "递延", "遞延"),
    ("advance from", "预收", "預收"),
    ("other current liabilit", "其他流动负债", "其他流動負債"),
    ("other payable", "其他应付", "其他應付"),
)
EXPENSES = (
    ("loyalty", "积分", "點數"),
    ("promotion", "advertis", "marketing", "宣传", "宣傳", "广告", "廣告"),
    ("sales expense", "selling", "销售费用", "銷售費用", "推銷費用"),
)
BOOKKEEPERS_NAMED = 5


class LiabilityEntry(models.TransientModel):
    """By which accounts the liability is booked, and by whom."""

    _inherit = "loyalty.service.liability.entry"

    may_book = fields.Boolean(compute="_compute_may_book")
    bookkeepers_text = fields.Char(compute="_compute_may_book")
    preview = fields.Html(compute="_compute_preview")
    waiting_id = fields.Many2one(
        "account.move", string="Waiting Draft", compute="_compute_waiting", compute_sudo=False
    )
    waiting_text = fields.Char(compute="_compute_waiting", compute_sudo=False)
    is_again = fields.Boolean(compute="_compute_waiting", compute_sudo=False)
    is_posted = fields.Boolean(compute="_compute_waiting", compute_sudo=False)
    entry_id = fields.Many2one("account.move", string="Draft", readonly=True)

    @api.depends("company_id")
    @api.depends_context("uid", "lang")
    def _compute_may_book(self):
        may = self.env["account.move"].has_access("create")
        for wizard in self:
            wizard.may_book = may
            wizard.bookkeepers_text = not may and wizard._bookkeepers_text()

    def _bookkeepers_text(self):
        """Say who can make the draft."""
        # sudo: the names of colleagues who keep the books of this company.
        group_sudo = self.env.ref("account.group_account_invoice").sudo()
        users_sudo = group_sudo.all_user_ids.filtered(
            lambda user: not user.share and user.active and self.company_id in user.company_ids
        )
        if not users_sudo:
            return self.env._("Nobody in the firm has the rights of accounting yet.")
        names = users_sudo.mapped("name")[:BOOKKEEPERS_NAMED]
        return self.env._("These colleagues can make it: %s.", ", ".join(names))

    @api.depends("program_id", "company_id")
    def _compute_accounts(self):
        """Suggest what the programme remembers or, the first time, what fits by its name."""
        for wizard in self:
            company = wizard.company_id
            # sudo: which accounts the programme was booked by, for managers who do not keep the
            # books; they see their names.
            program_sudo = wizard.program_id.sudo().with_company(company)
            # sudo: as before; journals of this very company.
            journals_sudo = self.env["account.journal"].sudo()
            wizard.journal_id = program_sudo.service_liability_journal_id or journals_sudo.search(
                [("type", "=", "general"), ("company_id", "=", company.id)],
                limit=1,
            )
            wizard.expense_account_id = (
                program_sudo.service_expense_account_id
                or wizard._fitting_account(["expense", "expense_direct_cost"], EXPENSES)
            )
            wizard.liability_account_id = (
                program_sudo.service_liability_account_id
                or wizard._fitting_account(["liability_current"], LIABILITIES)
            )

    @api.depends("program_id", "company_id", "date", "entry_id")
    @api.depends_context("uid", "lang")
    def _compute_waiting(self):
        """Say what has been made before: a draft that waits, or the entry of this month."""
        for wizard in self:
            day = wizard.date and wizard._month_end()
            entries = wizard._standing_entries() if wizard.program_id and day else None
            posted = entries and entries.filtered(
                lambda entry, day=day: (entry.state, entry.date) == ("posted", day)
            )
            waiting = entries and entries.filtered(lambda entry: entry.state == "draft")
            # The draft of this month rather than that of another one.
            waiting = waiting and waiting.sorted(lambda entry, day=day: entry.date == day)[-1:]
            told = (posted or waiting)[:1] if entries else self.env["account.move"]
            wizard.is_posted = bool(posted)
            wizard.is_again = not posted and bool(told) and told.date == day
            wizard.waiting_id = wizard.may_book and told
            wizard.waiting_text = wizard._waiting_text(told) if told else False

    def _waiting_text(self, entry):
        """Say what became of an entry that was made before."""
        day = format_date(self.env, entry.date)
        if entry.state == "posted":
            return self.env._(
                "The liability of %s is booked already. What changed since is booked with the "
                "next month.",
                day,
            )
        if self.is_again:
            return self.env._(
                "A draft of %s waits for an accountant, who checks and posts it. If you make it "
                "again, it is written anew: there is never a second one.",
                day,
            )
        if entry.date < self._month_end():
            return self.env._(
                "A draft of %s waits for an accountant, who checks and posts it. Here it counts as "
                "booked already.",
                day,
            )
        return self.env._("A draft of %s waits for an accountant, who checks and posts it.", day)

    def _fitting_account(self, kinds, words):
        """Return the account of a kind whose name fits best or, if none fits, the first one."""
        Account = self.env["account.account"].with_company(self.company_id)
        accounts = Account.search(
            [
                *Account._check_company_domain(self.company_id),
                ("account_type", "in", kinds),
                ("active", "=", True),
            ]
        )
        named = [
            (account, f"{account.with_context(lang='en_US').name} {account.name}".lower())
            for account in accounts
        ]
        for group in words:
            for account, name in named:
                if any(word in name for word in group):
                    return account
        return accounts[:1]

    def _check_complete(self):
        """Say in words what is missing, before anything happens."""
        self.ensure_one()
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("date", "journal_id", "expense_account_id", "liability_account_id")
            if not self[name]
        ]
        if missing:
            raise UserError(
                self.env._("Before the draft can be made, choose: %s.", ", ".join(missing))
            )

    def _show(self, entry):
        """Open the draft or, to who does not see the lines of entries there, say that it is made.

        In Odoo Community that is everybody who was not given the full features of accounting.
        """
        self.ensure_one()
        if self.env.user.has_group("account.group_account_readonly"):
            return open_form(entry)
        self.entry_id = entry
        return {**open_form(self), "name": self.env._("Book the Liability"), "target": "new"}

    def _entry_model(self):
        """Return entries as they can be read for the amount that is booked already."""
        Entry = self.env["account.move"]
        if Entry.has_access("read"):
            return Entry
        # sudo: managers of the programme who do not keep the books are told the sum of what its
        # own entries have booked, in companies that they work for.
        self.company_id.check_access("read")
        return Entry.sudo()

    @api.depends("amount", "journal_id", "expense_account_id", "liability_account_id")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._preview() if wizard.amount else False

    def _preview(self):
        """Return the two lines of the entry as a table: what is owed more is an expense."""
        self.ensure_one()

        def money(amount):
            amount = formatLang(self.env, amount, currency_obj=self.company_currency_id)
            return Markup("<td class='text-end text-nowrap'>%s</td>") % amount

        nothing = Markup("<td/>")
        rows = Markup()
        # sudo: names of accounts only, see _compute_accounts.
        told_sudo = self.sudo().with_company(self.company_id)
        sides = [(told_sudo.expense_account_id, 1), (told_sudo.liability_account_id, -1)]
        for account_sudo, sign in sorted(sides, key=lambda side: -side[1] * self.amount):
            amount = sign * self.amount
            cells = (money(amount), nothing) if amount > 0 else (nothing, money(-amount))
            name = " ".join(filter(None, [account_sudo.code, account_sudo.name]))
            name = name or self.env._("(not chosen)")
            rows += Markup("<tr><td>%s</td>%s%s</tr>") % (name, *cells)
        return Markup(
            "<table class='table table-sm mb-0'><thead><tr><th>%s</th>"
            "<th class='text-end'>%s</th><th class='text-end'>%s</th></tr></thead>"
            "<tbody>%s</tbody></table>"
        ) % (self.env._("Account"), self.env._("Debit"), self.env._("Credit"), rows)

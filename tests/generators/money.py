"""Agreements, invoices, payments and credit notes."""

from collections import defaultdict
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.fields import Command

from .clients import Client
from .english import said
from .vocabulary import LEFT_NOTES
from .walk import at, workday
from .world import World

# Points that are worth spending, and few enough not to make the work free.
SPENT = range(400, 5000)
TERM_DAYS = 15  # as the payment term of the clients says
END_REASONS = {
    cause: f"loyalty_service.end_reason_{cause}"
    for cause in (
        "price",
        "quality",
        "staff",
        "closed",
        "response",
        "competitor",
        "inhouse",
        "attitude",
    )
}
EXTRAS = ("settlement", "yearly", "change", "advice", "payroll")


class Money:
    """What the clients owe and pay.

    :ivar fees: number of a client -> its monthly fee now
    :ivar due: day -> ids of the invoices that are paid on that day; ids, since a record keeps
        its environment alive and Odoo goes through all that are alive to make another
    """

    def __init__(self, world: World):
        self.world = world
        self.fees = {client.number: client.fee for client in world.clients}
        self.due = defaultdict(list)

    def plan(self) -> None:
        for client in self.world.clients:
            self._plan_agreement(client)
            self._plan_orders(client)
        month = self.world.start.replace(day=1)
        while month <= self.world.today:
            if month >= self.world.start:
                self._at(workday(month), 10, self._bill, month)
            month += relativedelta(months=1)
        day = self.world.start
        while day <= self.world.today:
            self._at(day, 15, self._pay, day)
            day += timedelta(days=1)

    def _at(self, day: date, hour: int, function, *arguments) -> None:
        self.world.walk.plan(at(day, hour), function, *arguments)

    # ------------------------------------------------------------------
    # Agreements
    # ------------------------------------------------------------------

    def _plan_agreement(self, client: Client) -> None:
        begins = max(client.joined, self.world.start)
        self._at(begins, 9, self._begin, client)

    def _begin(self, client: Client) -> None:
        """Start the agreement; an old client's first one runs to its next anniversary."""
        ends = client.joined + relativedelta(years=1)
        while ends <= self.world.start:
            ends += relativedelta(years=1)
        agreement = self.world.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.world.partners[client.number].id,
                "product_id": self.world.services[client.kind.service].id,
                "date_start": client.joined,
                "date_end": ends - timedelta(days=1),
                "monthly_amount": client.fee,
            }
        )
        agreement.action_start()
        self._plan_next(client, agreement)

    def _plan_next(self, client: Client, agreement) -> None:
        """The agreement ends with the client, or is renewed a few days before its end."""
        left = client.fate.left
        if left and left <= agreement.date_end:
            self._at(left, 17, self._end, client, agreement)
            return
        random = self.world.random("renewal", agreement.date_end.year, client.number)
        # Content clients renew weeks ahead, who is in two minds signs on the last day.
        days = round(random.randrange(25, 85) * (1 - client.fate.strength(agreement.date_end)))
        signed = max(agreement.date_end - timedelta(days=days), self.world.walk.today())
        self._at(signed, 11, self._renew, client, agreement)

    def _renew(self, client: Client, agreement) -> None:
        random = self.world.random("upgrade", agreement.date_end.year, client.number)
        fee = self.fees[client.number]
        if random.random() < 0.35 and client.mood_on(agreement.date_end) > 70:
            fee = round(fee * random.uniform(1.08, 1.3), -1)
        self.fees[client.number] = fee
        renewal = agreement._renew(
            monthly_amount=fee, date_end=agreement.date_end + relativedelta(years=1)
        )
        self._plan_next(client, renewal)

    def _end(self, client: Client, agreement) -> None:
        self.world.env["loyalty.service.agreement.end"].create(
            {
                "agreement_ids": [Command.set(agreement.ids)],
                "date": client.fate.left,
                "reason_id": self.world.env.ref(END_REASONS[client.fate.cause]).id,
                "note": said(client, LEFT_NOTES[client.fate.cause]),
            }
        ).action_end()

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------

    def _bill(self, month: date) -> None:
        """Invoice everyone whose turn it is for the months to come, in one go."""
        billed = [client for client in self.world.clients if self._is_billed(client, month)]
        if not billed:
            return
        today = workday(month)
        invoices = self.world.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.world.partners[client.number].id,
                    "invoice_user_id": self.world.manager(client).id,
                    "invoice_date": today,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.world.services[client.kind.service].id,
                                "quantity": client.kind.billing,
                                "price_unit": self.fees[client.number],
                            }
                        )
                    ],
                }
                for client in billed
            ]
        )
        invoices.action_post()
        for client, invoice in zip(billed, invoices, strict=True):
            self._plan_payment(client, invoice, today)

    def _is_billed(self, client: Client, month: date) -> bool:
        """Invoices run from the first full month of service on, every so many months."""
        first = max(client.joined, self.world.start - relativedelta(months=12))
        months = (month.year - first.year) * 12 + month.month - first.month
        served = client.served_on(month)
        return served and months > 0 and (months - 1) % client.kind.billing == 0

    def _plan_payment(self, client: Client, invoice, billed_on: date) -> None:
        """Decide when an invoice is paid, or that it is credited or never paid."""
        random = self.world.random("payment", client.number, billed_on, invoice.amount_total)
        fate = client.fate
        if fate.left and fate.trace("unpaid", fate.left):
            months = fate.trace("unpaid", fate.left) * client.kind.billing
            if billed_on > fate.left - relativedelta(months=int(months)):
                return
        if random.random() < 0.012 + 0.06 * fate.trace("complaints", billed_on):
            self._at(workday(billed_on + timedelta(days=4)), 16, self._credit, invoice.id)
            return
        late = random.random() < client.sloppy + fate.trace("late", billed_on)
        days = random.randrange(1, TERM_DAYS - 2)
        if late:
            days = TERM_DAYS + random.randrange(2, 15) + round(35 * fate.strength(billed_on))
        self.due[_booking_day(billed_on + timedelta(days=days))].append(invoice.id)

    def _pay(self, day: date) -> None:
        """Register the payments of one bank statement."""
        env = self.world.env
        invoices = env["account.move"].browse(self.due.pop(day, []))
        lines = invoices.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        if lines:
            # The lines are given as values, not as `active_ids`: every other context makes
            # Odoo keep environments of its own, which slows down all that follows.
            env["account.payment.register"].create(
                {
                    "line_ids": [Command.set(lines.ids)],
                    "payment_date": day,
                    "group_payment": False,
                }
            )._create_payments()

    def _credit(self, invoice_id: int) -> None:
        """Credit an invoice in full, through the wizard, and set both off."""
        invoice = self.world.env["account.move"].browse(invoice_id)
        wizard = self.world.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(invoice.ids)],
                "company_id": invoice.company_id.id,
                "journal_id": invoice.journal_id.id,
                "reason": "服务未达标，协商冲减",
            }
        )
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        lines = (invoice + wizard.new_move_ids).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        lines.reconcile()

    # ------------------------------------------------------------------
    # One-off work, by sale orders
    # ------------------------------------------------------------------

    def _plan_orders(self, client: Client) -> None:
        random = self.world.random("orders", client.number)
        day = max(client.joined, self.world.start) + timedelta(days=random.randrange(20, 400))
        while day <= self.world.today and client.served_on(day):
            if random.random() > client.fate.strength(day):
                self._at(workday(day), 14, self._order, client, random.choice(EXTRAS))
            day += timedelta(days=random.randrange(250, 600))

    def _order(self, client: Client, code: str) -> None:
        random = self.world.random("order", client.number, self.world.walk.today())
        order = self.world.env["sale.order"].create(
            {
                "partner_id": self.world.partners[client.number].id,
                "user_id": self.world.manager(client).id,
                "order_line": [Command.create({"product_id": self.world.services[code].id})],
            }
        )
        if random.random() < 0.5:
            self._spend_points(order)
        order.action_confirm()
        invoices = order._create_invoices()
        invoices.action_post()
        self._plan_payment(client, invoices, invoices.invoice_date)

    def _spend_points(self, order) -> None:
        """Let a client that has some points use them, as the button Rewards does."""
        order._update_programs_and_rewards()
        for card, rewards in order._get_claimable_rewards().items():
            if int(card.points) in SPENT:
                order._apply_program_reward(rewards[:1], card)


def _booking_day(day: date) -> date:
    """Return ``day``, or the Tuesday or Friday after it: the days of bank statements."""
    while day.weekday() not in (1, 4):
        day += timedelta(days=1)
    return day

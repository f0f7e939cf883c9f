"""The service desk: tickets with answers, replies, waiting, closing and coming back."""

from datetime import date, datetime, timedelta

from odoo.fields import Command

from . import people
from .clients import Client
from .contacts import poisson
from .names import Named
from .vocabulary import TICKETS, TICKETS_ENGLISH, UNSATISFIED_ENGLISH, UNSATISFIED_REPLIES
from .walk import after_work, at, workday
from .world import World

STAGE = "helpdesk_mgmt.helpdesk_ticket_stage_"
# Stages come without Chinese names.
STAGES = {
    "new": Named("New", "新建", "新建"),
    "in_progress": Named("In Progress", "处理中", "處理中"),
    "awaiting": Named("Awaiting", "等待客户", "等待客戶"),
    "done": Named("Done", "已完成", "已完成"),
    "cancelled": Named("Cancelled", "已取消", "已取消"),
    "rejected": Named("Rejected", "已拒绝", "已拒絕"),
}
TEAM = Named("Service Desk", "客户服务台", "客戶服務台")
CHANNELS = (("web", 0.3), ("email", 0.3), ("phone", 0.2), ("other", 0.2))
CATEGORIES = {
    "invoice": Named("Invoices", "开票", "開立發票"),
    "payroll": Named("Payroll and social insurance", "社保与个税", "社保與個人所得稅"),
    "tax": Named("Tax filing", "税务申报", "稅務申報"),
    "registry": Named("Company registration", "工商", "工商登記"),
    "report": Named("Accounts and reports", "账务与报表", "帳務與報表"),
    "refund": Named("Export tax refund", "出口退税", "出口退稅"),
}
# Days before the last day of service on which a client has a ticket that shows why it leaves.
SIGN_DAYS = {"quality": 67, "response": 64}
SLOW_HOURS = 24  # of work: longer than any client is promised
#: How long the people of the desk take, compared with each other: two who differ.
PACE = {"wu": 0.6, "huang": 1.7}
#: What an hour of the desk costs the firm, in yuan.
HOURLY_COST = 95


class Service:
    """:ivar categories: code -> ``helpdesk.ticket.category``"""

    def __init__(self, world: World):
        self.world = world
        self.desk = [staff.login for staff in people.STAFF if staff.answers_tickets]
        self.categories = {}

    def plan(self) -> None:
        self._equip()
        for client in self.world.clients:
            month = max(client.joined, self.world.start)
            while month <= self.world.today and client.served_on(month):
                self._plan_month(client, month)
                month += timedelta(days=30)
            self._plan_sign(client)

    def _plan_sign(self, client: Client) -> None:
        """Have a client that leaves over our work meet with it at the desk: slow, or wrong."""
        cause, left = client.fate.cause, client.fate.left
        if not left or cause not in SIGN_DAYS:
            return
        day = workday(left - timedelta(days=SIGN_DAYS[cause]))
        if day >= max(client.joined, self.world.start):
            random = self.world.random("sign", client.number)
            ticket = Ticket(self, client, random, at(day, 10))
            ticket.patience += SLOW_HOURS if cause == "response" else 0
            ticket.reopens = ticket.reopens or cause == "quality"
            ticket.plan()

    def _equip(self) -> None:
        """Make the team with its people and the categories."""
        env = self.world.env
        self.team = env["helpdesk.ticket.team"].create(
            {
                "name": TEAM.english,
                "user_id": self.world.users["tang"].id,
                "user_ids": [
                    Command.set([self.world.users[staff.login].id for staff in people.STAFF])
                ],
            }
        )
        TEAM.translate(self.team)
        env.company.loyalty_desk_hourly_cost = HOURLY_COST
        ladders = env["loyalty.service.sla.ladder"].search([("company_id", "=", env.company.id)])
        ladders.manager_id = self.world.users["chen"]
        # There from the first day shown on.
        ladders.step_ids.effective_date = self.world.start
        for code, name in CATEGORIES.items():
            self.categories[code] = env["helpdesk.ticket.category"].create({"name": name.english})
            name.translate(self.categories[code])
        for stage, name in STAGES.items():
            name.translate(env.ref(STAGE + stage))

    def _plan_month(self, client: Client, month: date) -> None:
        random = self.world.random("tickets", client.number, month.toordinal())
        mean = client.kind.tickets * (1 + client.fate.trace("complaints", month))
        mean *= 1 - client.fate.trace("silence", month)
        for _ in range(poisson(random, mean)):
            day = workday(month + timedelta(days=random.randrange(30)))
            if client.served_on(day):
                hour = random.choice([8, 9, 10, 11, 13, 14, 15, 16, 19])
                opened = at(day, hour, random.randrange(60))
                Ticket(self, client, random, opened).plan()


class Ticket:
    """One ticket, step by step; each step plans the next one."""

    def __init__(self, service: Service, client: Client, random, opened: datetime):
        self.service, self.world, self.client = service, service.world, client
        self.random, self.opened = random, opened
        self.english = client.people[0].lang == "en_US"
        self.category, self.subject, self.question, self.answer_text, self.reply_text = (
            random.choice(_scripts(client, self.english))
        )
        self.agent = random.choice(service.desk)
        slow = client.fate.trace("slow", opened.date())
        self.priority = random.choices("0123", [10, 76, 11, 3])[0]
        # Hours of work until the first answer: what is urgent, and who pays much, comes first;
        # now and then one is overlooked.
        haste = (0.4 if self.priority >= "2" else 1) * (0.6 if client.fee > 2000 else 1)
        haste *= PACE.get(self.agent, 1)
        self.patience = haste * random.lognormvariate(-0.3, 0.6) + (random.random() < 0.03) * 6
        self.patience += slow * random.uniform(3, 14)
        self.haste = haste
        self.reopens = random.random() < 0.02 + 0.5 * client.fate.trace("reopens", opened.date())
        self.waits = random.random() < 0.35
        self.id = None

    def plan(self) -> None:
        self.world.walk.plan(self.opened, self.open)

    @property
    def record(self):
        return self.world.env["helpdesk.ticket"].browse(self.id)

    @property
    def contact(self):
        return self.world.contacts[self.client.number][0]

    def _later(self, hours: float, step) -> None:
        """Plan a step so many office hours from now."""
        self.world.walk.plan(after_work(datetime.now(), hours), step)

    def _set_stage(self, name: str) -> None:
        self.record.stage_id = self.world.env.ref(STAGE + name)

    def open(self) -> None:
        channels, weights = zip(*CHANNELS, strict=True)
        channel = self.random.choices(channels, weights)[0]
        self.id = (
            self.world.env["helpdesk.ticket"]
            .create(
                {
                    "name": self.subject,
                    "description": f"<p>{self.question}</p>",
                    "partner_id": self.contact.id,
                    "partner_name": self.contact.name,
                    "partner_email": self.contact.email,
                    "team_id": self.service.team.id,
                    "user_id": self.world.users[self.agent].id,
                    "category_id": self.service.categories[self.category].id,
                    "channel_id": self.world.env.ref(
                        f"helpdesk_mgmt.helpdesk_ticket_channel_{channel}"
                    ).id,
                    "priority": self.priority,
                }
            )
            .id
        )
        self._later(self.patience, self.answer)
        self.watch()

    def answer(self) -> None:
        """Staff answer in public and then work on it, or wait for the client."""
        self._write_as_staff(self.answer_text)
        if self.waits:
            self._set_stage("awaiting")
            self._later(self.random.uniform(1, 14), self.reply)
        else:
            self._set_stage("in_progress")
            self._later(self.haste * self.random.uniform(0.5, 9), self.close)

    def _write_as_staff(self, text: str) -> None:
        agent = self.world.users[self.agent]
        self.record.with_user(agent).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def _write_as_client(self, text: str) -> None:
        self.record.message_post(
            body=text,
            author_id=self.contact.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def reply(self) -> None:
        self._write_as_client(self.reply_text)
        self._set_stage("in_progress")
        self._later(self.random.uniform(0.3, 4), self.close)
        self.watch()

    def watch(self) -> None:
        """Look at the clocks when one runs out, as the scheduled action does within a minute."""
        now = datetime.now()
        clocks = self.record.loyalty_sla_clock_ids
        clocks.filtered(lambda clock: clock.next_due and clock.next_due < now)._sweep(now)
        due = min((clock.next_due for clock in clocks if clock.next_due), default=None)
        if due:
            self.world.walk.plan(due + timedelta(seconds=1), self.watch)

    def close(self) -> None:
        self._set_stage("done")
        self.record.activity_ids.action_done()
        if self.reopens:
            self.reopens = False
            self._later(self.random.uniform(4, 20), self.reopen)

    def reopen(self) -> None:
        words = UNSATISFIED_ENGLISH if self.english else UNSATISFIED_REPLIES
        self._write_as_client(self.random.choice(words))
        self._set_stage("in_progress")
        self._later(self.random.uniform(1, 6), self.answer_again)

    def answer_again(self) -> None:
        self._write_as_staff(
            "We are sorry. We have checked and corrected it; please have a look."
            if self.english
            else "非常抱歉，我们已重新核对并更正，请您再看一下。"
        )
        self._later(self.random.uniform(0.5, 3), self.close)


def _scripts(client: Client, english: bool) -> list[tuple]:
    """Return what a client of this kind may ask, in its language."""
    if english:
        return TICKETS_ENGLISH
    exports = client.kind.code == "trade"
    return [script for script in TICKETS if exports or script[0] != "refund"]

"""Complaints of all kinds: just in, being looked into, to be approved, asked about, closed."""

from dataclasses import dataclass
from datetime import timedelta

from .enrolment import PORTAL_LOGINS
from .service import Service, Ticket
from .walk import at, workday

FOR_LATER = 10_000  # office hours: not before the end of the walk


@dataclass(frozen=True)
class Plot:
    """What a complaint is about, in English and in Chinese, and how far it has come.

    ``days`` before today it was filed; ``steps`` of its course are taken, one or two a day.
    """

    days: int
    steps: int
    category: str
    cause: str
    severity: str
    subject: tuple[str, str]
    text: tuple[str, str]
    investigation: tuple[str, str]
    solution: tuple[str, str]
    prevention: tuple[str, str] = ("", "")
    amount: float = 0
    gift: tuple[str, str] = ("", "")
    answers: tuple[str, ...] = ()
    comment: tuple[str, str] = ("", "")
    rating: str = ""
    login: str = ""


ACKNOWLEDGED, INVESTIGATED, SOLVED, ASKED = range(1, 5)

PLOTS = (
    Plot(
        days=0,
        steps=0,
        category="answers",
        cause="capacity",
        severity="1",
        subject=("Nobody calls back", "一直没有人回电话"),
        text=(
            "I have asked three times this week for the payslips, and nobody has called back.",
            "这周我已经催了三次工资条，到现在没有人给我回电话。",
        ),
        investigation=("", ""),
        solution=("", ""),
    ),
    Plot(
        days=6,
        steps=SOLVED,
        category="error",
        cause="process",
        severity="2",
        subject=("VAT filed with the wrong amount", "增值税申报金额填错"),
        text=(
            "The tax bureau says that our VAT return has the wrong sales. Who pays the late fee?",
            "税务局说我们增值税申报的销售额不对，滞纳金谁来承担？",
        ),
        investigation=(
            "Two invoices of the last day of the month were booked in the next one. The second "
            "pair of eyes looks at the tax only, not at the sales.",
            "月末最后一天的两张发票记到了下个月。复核只看税额，没有核对销售额。",
        ),
        solution=(
            "We correct the return this week and bear the late fee.",
            "本周内更正申报，滞纳金由我们承担。",
        ),
        amount=860,
        gift=("the late fee of the tax bureau", "税务局滞纳金"),
    ),
    Plot(
        days=8,
        steps=ASKED,
        category="billing",
        cause="communication",
        severity="0",
        subject=("Invoice for work nobody ordered", "账单里有没有订过的服务"),
        text=(
            "Your last invoice has an item for a registry change that we did not order.",
            "上一张账单里有一项工商变更服务，我们并没有委托。",
        ),
        investigation=(
            "The client asked what a change would cost; we took it for an order.",
            "客户只是询价，我们误当成了委托。",
        ),
        solution=(
            "The item is taken back by a credit note. From now on we send an offer first.",
            "这一项已开红字发票冲回；以后先报价，确认后再做。",
        ),
        prevention=("No work without a confirmed offer.", "未确认报价不开工。"),
        login="client",
    ),
    Plot(
        days=40,
        steps=ASKED,
        category="deadline",
        cause="person",
        severity="2",
        subject=("Annual report filed late", "年报晚报了"),
        text=(
            "Our annual report was filed two days after the deadline.",
            "我们的工商年报比截止日晚了两天才报。",
        ),
        investigation=(
            "The task was assigned to a colleague on leave, and nobody took it over.",
            "任务分给了休假的同事，没有人接手。",
        ),
        solution=(
            "The entry in the register of irregular operations was lifted. We are sorry.",
            "经营异常名录已移出，我们深表歉意。",
        ),
        prevention=(
            "Tasks of people on leave are handed over in the Monday meeting.",
            "每周一例会交接休假同事的任务。",
        ),
        amount=1200,
        gift=("one month free of charge", "减免一个月服务费"),
        answers=("confirmed",),
        comment=("Thank you for the quick help.", "处理得很快，谢谢。"),
        rating="5",
    ),
    Plot(
        days=75,
        steps=ASKED,
        category="attitude",
        cause="training",
        severity="1",
        subject=("Unfriendly on the phone", "电话里态度不好"),
        text=(
            "Your colleague hung up when I asked about the tax on our bonus.",
            "问年终奖个税的时候，贵司同事直接挂了电话。",
        ),
        investigation=(
            "We have listened to both. It was the last day of filing, and the tone was wrong.",
            "已分别了解情况。当天是申报截止日，语气确实不妥。",
        ),
        solution=(
            "Our chief accountant calls you and explains the tax on the bonus.",
            "会计主管会致电说明年终奖个税的计算。",
        ),
        answers=("disagreed", "confirmed"),
        comment=("Nobody has called yet.", "到现在还没有人打电话来。"),
        rating="3",
    ),
)


class Complaints:
    """The complaints of the demo, each by another client."""

    def __init__(self, service: Service):
        self.service, self.world = service, service.world

    def plan(self) -> None:
        world = self.world
        served = [client for client in world.clients if client.served_on(world.today)]
        for place, plot in enumerate(PLOTS):
            day = workday(world.today - timedelta(days=plot.days))
            own = [client for client in served if client.number == PORTAL_LOGINS.get(plot.login)]
            client = (own or served[(place * 7 + 4) % len(served) :] or served)[0]
            if day < max(client.joined, world.start) or not client.served_on(day):
                continue
            opened = at(day, 10, 20) if plot.days else world.walk.now - timedelta(hours=3)
            ComplaintTicket(
                self.service, client, world.random("complaint", place), opened, plot
            ).plan()


class ComplaintTicket(Ticket):
    """A ticket whose record is brought forward by the people of the desk."""

    def __init__(self, service, client, random, opened, plot):
        super().__init__(service, client, random, opened)
        self.plot, self.language = plot, 0 if self.english else 1
        self.subject, self.question = self.say("subject"), self.say("text")
        self.patience, self.priority, self.reopens = FOR_LATER, "1", False
        self.answers = list(plot.answers)

    def say(self, name: str) -> str:
        return getattr(self.plot, name)[self.language]

    @property
    def complaint(self):
        return self.record.loyalty_complaint_ids.with_user(self.world.users[self.agent])

    def watch(self) -> None:
        """Nobody reminds anybody here: the course is the plot's."""

    def open(self) -> None:
        super().open()
        self.record.loyalty_ticket_type = "complaint"
        self.complaint.write(
            {"category_id": self._ref("category").id, "severity": self.plot.severity}
        )
        if self.plot.steps >= ACKNOWLEDGED:
            self._later(2, self.acknowledge)

    def _ref(self, name: str):
        code = getattr(self.plot, name)
        return self.world.env.ref(f"loyalty_service_sla.complaint_{name}_{code}")

    def acknowledge(self) -> None:
        self.complaint.action_acknowledge()
        self.complaint.action_investigate()
        if self.plot.steps >= INVESTIGATED:
            self._later(5, self.investigate)

    def investigate(self) -> None:
        self.complaint.write(
            {
                "investigation": self.say("investigation"),
                "root_cause_id": self._ref("cause").id,
                "prevention": self.say("prevention") or False,
            }
        )
        self.complaint.action_solve()
        if self.plot.steps >= SOLVED:
            self._later(4, self.solve)

    def solve(self) -> None:
        complaint = self.complaint
        complaint.write(
            {
                "solution": self.say("solution"),
                "compensation_amount": self.plot.amount,
                "compensation_text": self.say("gift") or False,
            }
        )
        if self.plot.steps >= ASKED:
            if complaint.compensation_state == "requested":
                seen = [complaint.compensation_amount, complaint.compensation_text]
                complaint.with_user(self.world.users["chen"]).with_context(
                    loyalty_seen_compensation=seen
                ).action_approve_compensation()
            self._later(3, self.ask)

    def ask(self) -> None:
        self.complaint.action_propose()
        if self.answers:
            self._later(9, self.hear)

    def hear(self) -> None:
        """The client answers in the portal; what it does not agree to is looked into again."""
        answer = self.answers.pop(0)
        agreed = answer == "confirmed"
        said = self.say("comment") if not agreed or len(self.plot.answers) == 1 else ""
        complaint = self.record.loyalty_complaint_ids
        complaint._answer_as_client(
            answer, "portal", rating=self.plot.rating if agreed else "2", comment=said
        )
        if not agreed:
            self._later(2, self.investigate)

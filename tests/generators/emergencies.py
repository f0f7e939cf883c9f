"""Two emergencies: one that is over, with its post-mortem, and one that is going on."""

from datetime import datetime, timedelta

from .service import Service, Ticket
from .walk import at, workday

DAYS_AGO = 16
FOR_LATER = 10_000  # office hours: not before the end of the walk

PAST = {
    "subject": ("Tax portal rejects all returns", "电子税务局拒收全部申报"),
    "text": (
        "It is the last day of filing, and the tax portal rejects our return. What now?",
        "今天是申报截止日，电子税务局一直拒收我们的申报表，怎么办？",
    ),
    "reason": (
        "Last day of VAT filing, and 23 clients cannot file",
        "增值税申报截止日，23 家客户报不出去",
    ),
    "answer": (
        "We are on the phone with the tax bureau and file as soon as it works again.",
        "正在与税务局电话沟通，恢复后第一时间为您申报。",
    ),
    "summary": (
        "On the last day of VAT filing the portal rejected all returns that we sent through our "
        "certificate. It had expired at midnight. With a new certificate all 23 returns were filed "
        "two hours before the deadline.",
        "增值税申报截止日，用我们的数字证书提交的申报表全部被拒收。证书当天零点过期。换发新证书后，"
        "23 家客户的申报表在截止前两小时全部报出。",
    ),
    "impact": (
        "23 clients, of whom nine asked. Nobody filed late, nobody pays a late fee. It cost us "
        "14 hours of work.",
        "涉及 23 家客户，其中 9 家来询问。没有一家逾期，没有滞纳金。我们多花了 14 个工时。",
    ),
    "root_cause": (
        "The certificate stands in nobody's calendar. The reminder of its issuer goes to the "
        "address of a colleague who has left.",
        "证书到期日没有记在任何人的日历里，发证机构的提醒发到了已离职同事的邮箱。",
    ),
    "went_well": (
        "All were told within two minutes, and the clients heard of it from us first.",
        "两分钟内所有相关人员都得到通知，客户先从我们这里得知情况。",
    ),
    "went_badly": (
        "For forty minutes we looked for the fault in our own software. That the issuer answers "
        "at noon was luck.",
        "前四十分钟一直在查自己的软件。发证机构中午有人值班，纯属运气。",
    ),
    "actions": (
        ("Certificates and their last days into the team's calendar", "把证书及到期日录入团队日历"),
        ("Have the issuer write to the team's address", "请发证机构改发到团队邮箱"),
    ),
}
NOW = {
    "subject": ("Bank account frozen on payday", "发薪日银行账户被冻结"),
    "text": (
        "Our account is frozen because of our tax status, and wages are due today. Please help!",
        "因为税务状态异常，公司账户被冻结，今天要发工资，请马上帮忙！",
    ),
    "reason": ("40 people are not paid today", "40 名员工今天领不到工资"),
    "answer": (
        "We are on our way to the tax bureau and call you within the hour.",
        "我们已前往税务局，一小时内给您电话。",
    ),
}


class Emergencies:
    def __init__(self, service: Service):
        self.service, self.world = service, service.world

    def plan(self) -> None:
        world = self.world
        served = [client for client in world.clients if client.served_on(world.today)]
        past = workday(world.today - timedelta(days=DAYS_AGO))
        for place, (kind, plot, opened) in enumerate(
            (
                (PastEmergency, PAST, at(past, 9, 20)),
                (EmergencyTicket, NOW, world.walk.now - timedelta(minutes=50)),
            )
        ):
            client = served[(place * 11 + 2) % len(served)]
            if opened > at(max(client.joined, world.start)):
                random = world.random("emergency", place)
                kind(self.service, client, random, opened, plot).plan()


class EmergencyTicket(Ticket):
    """Declared ten minutes after it came in, answered at once, and still going on."""

    def __init__(self, service, client, random, opened, plot):
        super().__init__(service, client, random, opened)
        self.plot, self.language = plot, 0 if self.english else 1
        self.subject, self.question = self.say("subject"), self.say("text")
        self.agent, self.priority, self.patience, self.reopens = "wu", "2", FOR_LATER, False

    def say(self, name: str) -> str:
        return self.plot[name][self.language]

    def watch(self) -> None:
        """Nobody reminds anybody here: the course is the plot's."""

    def open(self) -> None:
        super().open()
        self.world.walk.plan(self.opened + timedelta(minutes=10), self.declare)

    def declare(self) -> None:
        agent = self.world.users[self.agent]
        self.record.with_user(agent)._loyalty_declare_emergency(self.say("reason"))
        self._after(3, self.tell)

    def _after(self, minutes: int, step) -> None:
        self.world.walk.plan(datetime.now() + timedelta(minutes=minutes), step)

    def tell(self) -> None:
        self._write_as_staff(self.say("answer"))
        self._set_stage("in_progress")


class PastEmergency(EmergencyTicket):
    """Solved before noon, and written up; of two actions one is done."""

    def tell(self) -> None:
        super().tell()
        self._after(130, self.solve)

    def solve(self) -> None:
        self._set_stage("done")
        self.record.activity_ids.action_done()
        self._later(10, self.write_up)

    @property
    def postmortem(self):
        return self.record.loyalty_postmortem_ids.with_user(self.world.users[self.agent])

    def write_up(self) -> None:
        names = ("summary", "impact", "root_cause", "went_well", "went_badly")
        env = self.world.env
        cause = env.ref("loyalty_service_sla.complaint_cause_process")
        self.postmortem.write({**{name: self.say(name) for name in names}, "cause_id": cause.id})
        for words, login, days in zip(
            self.plot["actions"], ("tang", "huang"), (10, 20), strict=True
        ):
            env["loyalty.service.sla.postmortem.action"].with_user(
                self.world.users[self.agent]
            ).create(
                {
                    "postmortem_id": self.postmortem.id,
                    "name": words[self.language],
                    "user_id": self.world.users[login].id,
                    "date_deadline": self.world.walk.today() + timedelta(days=days),
                }
            )
        self._later(6, self.review)

    def review(self) -> None:
        self.postmortem.with_user(self.world.users["tang"]).action_review()
        self._later(20, self.do)

    def do(self) -> None:
        first = self.postmortem.action_ids[0]
        first.with_user(self.world.users["tang"]).action_done()

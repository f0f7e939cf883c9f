"""What points are good for, and what clients redeemed: in every state that there is.

The pictures are drawn here, by a few shapes each.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from .clients import Client
from .english import said
from .enrolment import PORTAL_LOGINS
from .names import Named
from .walk import at, workday
from .world import World

SIZE, DRAWN = 320, 1280  # pixels; drawn larger, so that edges come out smooth
EVERY = 75  # days between two thoughts of a client about its points
INK, WHITE = (62, 52, 78), (255, 255, 255)
NOTES = ("送到前台即可", "请在周五之前送来", "王会计参加", "")
SOLD_OUT = "本批次已送完，积分已退回，欢迎改选其他奖励"


@dataclass(frozen=True)
class Reward:
    """:ivar stock: None for any number"""

    kind: str
    name: Named
    text: Named
    points: int
    cost: float
    draw: Callable
    tier: str | None = None
    stock: int | None = None
    limit: int = 0


def _paper(color: tuple) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (DRAWN, DRAWN), color)
    return picture, ImageDraw.Draw(picture)


def _gift_box() -> Image.Image:
    picture, draw = _paper((253, 236, 220))
    red, gold = (196, 62, 58), (240, 196, 92)
    draw.rounded_rectangle((280, 620, 1000, 1060), 30, fill=red)
    draw.rounded_rectangle((230, 470, 1050, 640), 30, fill=(216, 84, 76))
    draw.rectangle((580, 470, 700, 1060), fill=gold)
    for left in (True, False):
        box = (390, 250, 640, 480) if left else (640, 250, 890, 480)
        draw.ellipse(box, outline=gold, width=60)
    return picture


def _training() -> Image.Image:
    picture, draw = _paper((222, 238, 250))
    draw.rounded_rectangle((200, 240, 1080, 800), 30, fill=INK)
    draw.rounded_rectangle((240, 280, 1040, 760), 20, fill=(250, 252, 254))
    points = [(320, 640), (480, 540), (640, 590), (800, 430), (960, 360)]
    draw.line(points, fill=(58, 124, 190), width=34, joint="curve")
    for x, y in points:
        draw.ellipse((x - 32, y - 32, x + 32, y + 32), fill=(58, 124, 190))
    for x in (340, 640, 940):
        draw.ellipse((x - 80, 860, x + 80, 1020), fill=(240, 196, 92))
        draw.pieslice((x - 150, 1020, x + 150, 1320), 180, 360, fill=(94, 134, 168))
    return picture


def _express() -> Image.Image:
    picture, draw = _paper((226, 246, 232))
    green = (46, 138, 92)
    draw.ellipse((440, 280, 1120, 960), fill=green)
    draw.ellipse((510, 350, 1050, 890), fill=WHITE)
    draw.line([(780, 460), (780, 640), (900, 720)], fill=INK, width=50, joint="curve")
    for y, left in ((470, 220), (620, 120), (770, 220)):
        draw.rounded_rectangle((left, y - 24, 420, y + 24), 24, fill=green)
    draw.rounded_rectangle((720, 200, 840, 300), 20, fill=green)
    return picture


def _check_up() -> Image.Image:
    picture, draw = _paper((240, 232, 248))
    violet = (122, 82, 160)
    draw.rounded_rectangle((320, 220, 880, 1040), 40, fill=WHITE, outline=violet, width=36)
    for y in (400, 540, 680, 820):
        draw.line([(400, y), (440, y + 40), (510, y - 40)], fill=(46, 138, 92), width=30)
        draw.rounded_rectangle((570, y - 20, 790, y + 20), 20, fill=(206, 190, 222))
    draw.ellipse((700, 700, 1020, 1020), fill=(226, 214, 240), outline=violet, width=44)
    draw.line([(980, 980), (1110, 1110)], fill=violet, width=70)
    return picture


def _calendar() -> Image.Image:
    picture, draw = _paper((250, 230, 232))
    draw.rounded_rectangle((240, 300, 1040, 1020), 40, fill=WHITE, outline=INK, width=30)
    draw.rounded_rectangle((240, 300, 1040, 500), 40, fill=(196, 62, 58))
    for x in (420, 640, 860):
        draw.rounded_rectangle((x - 26, 220, x + 26, 400), 26, fill=INK)
    for row in range(3):
        for column in range(5):
            x, y = 330 + column * 135, 580 + row * 140
            color = (240, 196, 92) if (row, column) == (1, 3) else (228, 222, 232)
            draw.rounded_rectangle((x, y, x + 90, y + 90), 16, fill=color)
    return picture


OFFERED = (
    Reward(
        "gift",
        Named("Desk calendar", "财税台历", "財稅桌曆"),
        Named("With all filing days of the year.", "标明全年报税日期。", "標明全年報稅日期。"),
        *(200, 18, _calendar),
        stock=3,
    ),
    Reward(
        "gift",
        Named("Tea gift box", "龙井茶礼盒", "龍井茶禮盒"),
        Named("Longjing from this spring, two tins.", "当年春茶，两罐装。", "當年春茶，兩罐裝。"),
        *(600, 128, _gift_box),
        stock=60,
    ),
    Reward(
        "other",
        Named("Seat in a tax training", "财税培训名额", "財稅培訓名額"),
        Named(
            "One seat in our next half-day training, lunch included.",
            "我们下一期半天培训的一个名额，含午餐。",
            "我們下一期半天培訓的一個名額，含午餐。",
        ),
        *(800, 220, _training),
        limit=2,
    ),
    Reward(
        "upgrade",
        Named("Express service", "加急办理一次", "急件辦理一次"),
        Named(
            "We handle one request before all others, within a working day.",
            "任一事项优先办理，一个工作日内完成。",
            "任一事項優先辦理，一個工作天內完成。",
        ),
        *(1000, 150, _express),
        tier="silver",
    ),
    Reward(
        "upgrade",
        Named("Tax health check", "税务健康检查", "稅務健檢"),
        Named(
            "Two hours with a tax adviser, and a written report.",
            "税务顾问两小时面谈，并出具书面报告。",
            "稅務顧問兩小時面談，並出具書面報告。",
        ),
        *(2500, 800, _check_up),
        tier="gold",
        limit=1,
    ),
)


class Rewards:
    """What is offered, and who redeems what when."""

    def __init__(self, world: World):
        self.world = world

    def plan(self) -> None:
        world = self.world
        self._offer()
        portal = set(PORTAL_LOGINS.values())
        for client in world.clients:
            random = world.random("redeem", client.number)
            day = world.start + timedelta(days=120 + random.randrange(EVERY))
            while day < world.today - timedelta(days=20):
                self._at(workday(day), 14, self._redeem, client, random.random() < 0.5)
                day += timedelta(days=EVERY + random.randrange(EVERY))
            # What lies on the table today.
            if client.number in portal or random.random() < 0.3:
                age = random.randrange(1, 13)
                self._at(world.today - timedelta(days=age), 10, self._redeem, client, True)
        for client in world.clients:
            if client.number in portal:
                self._plan_visible(client, client.number == PORTAL_LOGINS["client2"])

    def _at(self, day: date, hour: int, function, *arguments) -> None:
        self.world.walk.plan(at(day, hour), function, *arguments)

    def _plan_visible(self, client: Client, wishes: bool) -> None:
        """See to it that who looks into the portal finds each state."""
        today = self.world.today
        self._at(today - timedelta(days=9), 9, self._thank, client)
        for age, steps in ((9, "delivered"), (6, "cancelled"), (4, "prepared"), (1, "requested")):
            self._at(today - timedelta(days=age), 11, self._redeem, client, True, steps)
        if wishes:
            self._at(today - timedelta(days=2), 16, self._wish, client)

    def _offer(self) -> None:
        env = self.world.env
        program = env["loyalty.program"]._get_service_program(env.company)
        for offered in OFFERED:
            file = BytesIO()
            picture = offered.draw().resize((SIZE, SIZE), Image.Resampling.LANCZOS)
            picture.save(file, "PNG", optimize=True)
            reward = env["loyalty.reward"].create(
                {
                    "program_id": program.id,
                    "service_kind": offered.kind,
                    "description": offered.name.english,
                    "service_text": offered.text.english,
                    "required_points": offered.points,
                    "service_cost": offered.cost,
                    "service_image": b64encode(file.getvalue()),
                    "min_tier_id": offered.tier
                    and env.ref(f"loyalty_service.tier_{offered.tier}").id,
                    "service_has_stock": offered.stock is not None,
                    "service_stock": offered.stock or 0,
                    "service_limit": offered.limit,
                }
            )
            offered.name.translate(reward, "description")
            offered.text.translate(reward, "service_text")

    def _client_record(self, client: Client):
        return self.world.env["loyalty.service.client"].search(
            [
                ("partner_id", "=", self.world.partners[client.number].id),
                ("company_id", "=", self.world.env.company.id),
            ]
        )

    def _thank(self, client: Client) -> None:
        """Give points enough for what the portal is to show."""
        self._client_record(client)._adjust_points(500, said(client, "感谢多年合作"))

    def _redeem(
        self, client: Client, in_portal: bool, steps: str | None = None, wish: bool = False
    ) -> None:
        """Redeem the dearest reward within reach and, later on, hand it over."""
        world = self.world
        if client.number not in world.partners:
            return
        record = self._client_record(client)
        left = client.fate.left and client.fate.left <= world.walk.today()
        if not record or left:
            return
        within = [
            offer.reward
            for offer in record._offers()
            if not offer.obstacles and (offer.reward.service_kind == "discount") == wish
        ]
        if not within:
            return
        random = world.random("redeemed", client.number, str(world.walk.today()))
        contact = world.contacts[client.number][0]
        login = next((user for user in world.users.values() if user.partner_id == contact), None)
        by_client = in_portal and login is not None
        Redemption = world.env["loyalty.service.redemption"].with_user(
            login if by_client else world.manager(client)
        )
        # sudo: as the portal does it for the visitor's own company.
        redemption = Redemption.sudo()._redeem(
            record,
            max(within, key=lambda reward: (reward.required_points, reward.id)),
            contact_id=contact.id,
            delivery_address=contact._loyalty_address(),
            note=said(client, random.choice(NOTES)) or False,
            is_from_portal=by_client,
        )
        if not wish:
            self._plan_steps(client, redemption.id, steps, random)

    def _wish(self, client: Client) -> None:
        self._redeem(client, True, wish=True)

    def _plan_steps(self, client: Client, redemption_id: int, steps: str | None, random) -> None:
        """Enter when it is prepared and delivered, or cancelled."""
        day = self.world.walk.today()
        if steps is None:
            steps = "cancelled" if random.random() < 0.08 else "delivered"
        if steps == "cancelled":
            later = workday(day + timedelta(days=1))
            self._at(later, 10, self._step, client, redemption_id, "action_cancel")
            return
        if steps == "requested":
            return
        prepared = workday(day + timedelta(days=random.randrange(1, 5)))
        if steps == "prepared":
            prepared = day + timedelta(days=1)
        self._at(prepared, 15, self._step, client, redemption_id, "action_prepare")
        if steps == "delivered":
            delivered = workday(prepared + timedelta(days=random.randrange(1, 6)))
            self._at(delivered, 11, self._step, client, redemption_id, "action_deliver")

    def _step(self, client: Client, redemption_id: int, action: str) -> None:
        redemption = self.world.env["loyalty.service.redemption"].browse(redemption_id)
        redemption = redemption.with_user(self.world.manager(client)).sudo()
        if action == "action_cancel":
            redemption.cancel_reason = said(client, SOLD_OUT)
        getattr(redemption, action)()

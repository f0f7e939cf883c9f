"""The firm itself: company, books, people, services and what it knows of its clients."""

from base64 import b64encode
from io import BytesIO

from PIL import Image, ImageDraw

from odoo.exceptions import UserError
from odoo.fields import Command

from . import people
from .names import Named
from .walk import ZONE, at
from .world import World

COMPANY = "上海明账财税咨询有限公司"
MAIL = "mingzhang.example"
LANGUAGES = ("zh_CN", "zh_TW")
# Else Odoo's robot opens a chat at the first login, over the whole screen of a phone.
NO_CHAT = "disabled"

# code: (name, price a month or, of what is done once, in all, months of an agreement)
SERVICES = {
    "small": (
        Named(
            "Bookkeeping, small-scale taxpayer",
            "代理记账（小规模纳税人）",
            "代理記帳（小規模納稅人）",
        ),
        *(300, 12),
    ),
    "general": (
        Named("Bookkeeping, general taxpayer", "代理记账（一般纳税人）", "代理記帳（一般納稅人）"),
        *(1000, 12),
    ),
    "foreign": (
        Named(
            "Accounting and tax, foreign-invested company", "外资企业财税服务", "外資企業財稅服務"
        ),
        *(5000, 12),
    ),
    "trade": (
        Named(
            "Bookkeeping and export tax refund",
            "进出口企业代账与出口退税",
            "進出口企業代帳與出口退稅",
        ),
        *(2800, 12),
    ),
    "sole": (Named("Bookkeeping, sole trader", "个体工商户代账", "個體工商戶代帳"), 200, 12),
    "settlement": (
        Named("Annual income tax settlement", "企业所得税汇算清缴", "企業所得稅匯算清繳"),
        *(1500, 0),
    ),
    "yearly": (Named("Annual company report", "工商年报", "工商年報"), 500, 0),
    "change": (Named("Change of registration", "工商注册变更", "工商登記變更"), 1200, 0),
    "advice": (Named("Tax advice", "税务顾问", "稅務顧問"), 3000, 0),
    "payroll": (Named("Payroll and social insurance", "薪酬与社保代理", "薪酬與社保代理"), 600, 0),
}


def found(world: World) -> None:
    """Turn the company of the database into the demo firm."""
    env = world.env
    company = env.company
    if env["ir.module.module"]._get("l10n_cn").state != "installed":
        raise UserError("The demo firm keeps Chinese books: install the module l10n_cn first.")
    company.write(
        {
            "name": COMPANY,
            "country_id": env.ref("base.cn").id,
            "state_id": env.ref("base.state_cn_SH").id,
            "city": "上海",
            "street": "浦东新区世纪大道 1000 号 12 楼",
            "phone": "+86 21 5000 0000",
            "email": f"office@{MAIL}",
            "website": f"https://{MAIL}",
        }
    )
    if company.chart_template != "cn":
        env["account.chart.template"].try_loading("cn", company)
    company.logo = b64encode(_logo())
    # Before the firm was in Shanghai, its working hours were somewhere else.
    company.resource_calendar_id.tz = ZONE.key
    # Known from the day on which the firm moved to China; the years shown in any case.
    hours = env.ref("loyalty_service_sla.policy_standard").calendar_id
    hours._loyalty_sla_load_holidays(range(world.start.year, world.today.year + 2))
    # The scheduled actions run as the system's user: their day is the firm's, too.
    users = env.ref("base.user_admin") + env.ref("base.user_root")
    (company.partner_id + users.partner_id).tz = ZONE.key
    users.odoobot_state = NO_CHAT
    # At its first login the administrator would take the time zone of the browser, and working
    # hours with it: the firm's clients would be offered appointments at night.
    env["res.users.log"].with_user(env.ref("base.user_admin")).sudo().create({})
    # Who has no address can send no mail: what the administrator does would fail to tell anybody.
    env.ref("base.user_admin").email = f"admin@{MAIL}"
    # Quotations are there; their app shows itself only where the module sale_management is.
    env.ref("sale.sale_menu_root").active = True
    _reward_from(world)
    _speak(env, LANGUAGES)
    company.partner_id.lang = "zh_CN"


def _logo() -> bytes:
    """Return the firm's mark: a tick in a disc, as on a checked page."""
    size, ink = 256, (113, 75, 103)
    picture = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((8, 8, size - 8, size - 8), fill=ink)
    draw.line([(70, 132), (112, 176), (190, 86)], fill="white", width=26, joint="curve")
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _reward_from(world: World) -> None:
    """Let the points programme count in CNY, and from the first day shown on.

    Points are good for a year here, so that the time shown has some that expired.
    """
    program = world.env["loyalty.program"]._get_service_program(world.env.company)
    program.currency_id = world.env.company.currency_id
    world.env["loyalty.service.earning.rule"].search([("program_id", "=", program.id)]).write(
        {"date_from": world.start, "validity_months": 12}
    )


def _speak(env, codes) -> None:
    """Activate languages with their translations; one that is active has them already."""
    languages = env["res.lang"].with_context(active_test=False).search([("code", "in", codes)])
    missing = languages.filtered(lambda language: not language.active)
    if missing:
        env["base.language.install"].create({"lang_ids": [Command.set(missing.ids)]}).lang_install()


def employ(world: World) -> None:
    """Make the staff; admin belongs to the firm, too."""
    env = world.env
    groups = {name: env.ref(name).id for staff in people.STAFF for name in staff.groups}
    for staff in people.STAFF:
        world.users[staff.login] = env["res.users"].create(
            {
                "name": staff.name,
                "login": staff.login,
                "password": staff.login,
                "email": f"{staff.login}@{MAIL}",
                "lang": staff.lang,
                "tz": ZONE.key,
                "function": staff.job,
                "odoobot_state": NO_CHAT,
                "image_1920": b64encode(_portrait(staff).encode()),
                "group_ids": [
                    Command.link(env.ref("base.group_user").id),
                    *(Command.link(groups[name]) for name in staff.groups),
                ],
            }
        )
    world.walk.plan(at(world.handover, 18), _hand_over, world)


def _portrait(staff: people.Staff) -> str:
    """Return a picture (SVG): the first letter of the name on a colour of its own."""
    hue = sum(map(ord, staff.login)) * 47 % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="180" height="180">'
        f'<rect width="180" height="180" fill="hsl({hue},45%,45%)"/>'
        '<text x="90" y="120" font-size="90" text-anchor="middle" fill="#fff" '
        f'font-family="sans-serif">{staff.name[0]}</text></svg>'
    )


def _hand_over(world: World) -> None:
    """Staff leave; colleagues take over their clients."""
    leavers = [staff.login for staff in people.STAFF if staff.left]
    heirs = [s.login for s in people.STAFF if s.manages_clients and not s.left]
    for client in world.clients:
        partner = world.partners.get(client.number)
        if partner and partner.user_id.login in leavers:
            partner.user_id = world.users[heirs[client.number % len(heirs)]]
    for login in leavers:
        world.users[login].active = False


def offer(world: World) -> None:
    """Make the services and the tags."""
    env = world.env
    tax = env["account.tax"].search(
        [
            *env["account.tax"]._check_company_domain(env.company),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 6.0),
        ],
        limit=1,
    )
    for code, (name, price, months) in SERVICES.items():
        product = env["product.product"].create(
            {
                "name": name.english,
                "type": "service",
                # Of the whole term, as an order for it is.
                "list_price": price * (months or 1),
                "invoice_policy": "order",
                "taxes_id": [Command.set(tax.ids)],
                "purchase_ok": False,
                "loyalty_agreement_months": months,
            }
        )
        name.translate(product)
        world.services[code] = product

"""Who works at the demo firm, and what names its clients' people have."""

from dataclasses import dataclass

from .vocabulary import GIVEN_NAMES, SURNAMES


@dataclass(frozen=True)
class Staff:
    """One person of the firm. The login is the password, too: this is a demo."""

    login: str
    name: str
    job: str
    lang: str
    groups: tuple[str, ...]
    manages_clients: bool = False
    answers_tickets: bool = False
    left: bool = False  # after two thirds of the period shown


_USER = (
    "loyalty_service.group_loyalty_user",
    "helpdesk_mgmt.group_helpdesk_user_team",
    "sales_team.group_sale_salesman_all_leads",
    "account.group_account_invoice",
)
_MANAGER = (
    "loyalty_service.group_loyalty_manager",
    "helpdesk_mgmt.group_helpdesk_manager",
    "sales_team.group_sale_manager",
    "account.group_account_manager",
    "survey.group_survey_manager",
)

STAFF = (
    Staff("chen", "陈明远", "合伙人 Partner", "zh_CN", _MANAGER),
    Staff("lin", "林晓燕", "客户经理 Account Manager", "zh_CN", _USER, manages_clients=True),
    Staff("zhou", "周志强", "客户经理 Account Manager", "zh_CN", _USER, manages_clients=True),
    Staff("emma", "Emma Xu", "Account Manager", "en_US", _USER, manages_clients=True),
    Staff(
        "sun",
        "孙立新",
        "客户经理（已离职） Account Manager (left)",
        "zh_CN",
        _USER,
        manages_clients=True,
        left=True,
    ),
    Staff("wu", "吴佳怡", "服务台 Service Desk", "zh_CN", _USER, answers_tickets=True),
    Staff("huang", "黄浩然", "服务台 Service Desk", "zh_CN", _USER, answers_tickets=True),
    Staff("tang", "唐美玲", "会计主管 Chief Accountant", "zh_TW", _USER, answers_tickets=True),
)


def person_name(random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN_NAMES)


def mobile(random) -> str:
    """Return a number in the form of a mobile phone's, of a range that is not given out."""
    return f"+86 100 {random.randrange(10**4):04d} {random.randrange(10**4):04d}"

"""The demo firm: a Shanghai bookkeeping firm with two years behind it.

    load(env, clients=60, months=24, seed=2024, progress=print)

Everything goes through the public doors of Odoo and of the addons, at the moment at which it
is said to have happened, and ends at the moment of the call. One seed and one day give the
same firm, name by name and figure by figure; on another day the same people and the same
plans shift along. All people, companies and numbers are invented.

The work is committed month by month. An error leaves a part of a firm behind: the caller
marks the database as complete after `load` returned, and drops it otherwise.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from dateutil.relativedelta import relativedelta

from odoo.api import SUPERUSER_ID, Environment

from . import answers, enrolment, firm, prediction, what_if
from . import clients as planning
from .bookings import Bookings
from .complaints import Complaints
from .contacts import Contacts
from .desk import Desk
from .desk_waits import Waits
from .emergencies import Emergencies
from .money import Money
from .people import STAFF
from .referrals import Referrals
from .rewards import Rewards
from .routine import Routine
from .service import Service
from .surveys import Surveys
from .tiers import Tiers
from .walk import ZONE, Walk, at, local_day
from .world import World

# No mail to anyone about what is made here, and no log of each field's change.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_post_autofollow_author_skip": True,
    "mail_notify_force_send": False,
    "no_mail_to_attendees": True,
    "dont_notify": True,
    "tz": ZONE.key,
}


def load(
    env: Environment,
    clients: int = 60,
    months: int = 24,
    seed: int = 2024,
    progress: Callable[[int, int, str], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> dict:
    """Make the demo firm in the database of ``env``, in the company of its user.

    :param progress: called as ``progress(done, total, what)``; the clock stands in the past
        meanwhile
    :param checkpoint: called after each month, a commit without one
    :return: ``logins``: list of (who, login, password)
    """
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    today = local_day(now)
    start = today - relativedelta(months=months)
    env = env(user=SUPERUSER_ID, context={**env.context, **QUIET})
    world = World(
        env=env,
        seed=seed,
        start=start,
        today=today,
        handover=start + (today - start) * 2 / 3,
        walk=Walk(now),
        clients=planning.plan(clients, months, seed, today),
    )
    save = checkpoint or env.cr.commit
    report = progress or (lambda done, total, what: None)
    with world.walk.frozen(env, at(start, 0)):
        report(0, months, "company, staff and services")
        firm.found(world)
        firm.employ(world)
        firm.offer(world)
        enrolment.enrol(world)
        surveys, service = Surveys(world), Service(world)
        parts = [
            Money(world),
            Contacts(world),
            service,
            surveys,
            Routine(world, surveys),
            Referrals(world),
            Tiers(world),
            Rewards(world),
            Bookings(world),
        ]
        desk = [Desk(service), Waits(service), Complaints(service), Emergencies(service)]
        for part in [*parts, *desk]:
            part.plan()
        for month in range(1, months + 1):
            until = start + relativedelta(months=month)
            report(month - 1, months, f"{until:%Y-%m}")
            world.walk.carry_out(at(until, 0) if month < months else None)
            env.flush_all()
            save()
            env.invalidate_all()
        what_if.ask(world)
        prediction.learn(world)
        answers.write(world, service.categories)
        env.flush_all()
        save()
    report(months, months, "")
    return {"logins": _logins(world)}


def _logins(world: World) -> list[tuple[str, str, str]]:
    """Return (who, login, password) of everyone who can enter."""
    staff = [(f"{s.name}, {s.job}", s.login, s.login) for s in STAFF if not s.left]
    portal = [
        (f"Portal: {user.name}, {user.commercial_partner_id.name}{_shows(login)}", login, login)
        for login, user in world.users.items()
        if user.share
    ]
    return [("Administrator", "admin", "admin"), *staff, *portal]


def _shows(login: str) -> str:
    shown = enrolment.PORTAL_SHOWS.get(login)
    return f" ({shown})" if shown else ""

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

from . import clients as planning
from . import enrolment, firm
from .contacts import Contacts
from .money import Money
from .people import STAFF
from .walk import ZONE, Walk, at, local_day
from .world import World

# No mail to anyone about what is made here, and no log of each field's change.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "no_mail_to_attendees": True,
    "dont_notify": True,
    "tz": ZONE.key,
}


def load(
    env: Environment,
    clients: int = 60,
    months: int = 24,
    seed: int = 2024,
    progress: Callable[[str, int, int], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> dict:
    """Make the demo firm in the database of ``env``, in the company of its user.

    :param progress: called as ``progress(step, done, total)``; the clock stands in the past
        meanwhile
    :param checkpoint: called after each month, a commit without one
    :return: ``logins``: list of (login, password, name, job); ``clients``: their number
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
    report = progress or (lambda step, done, total: None)
    with world.walk.frozen(env, at(start, 0)):
        report("company, staff and services", 0, months)
        firm.found(world)
        firm.employ(world)
        firm.offer(world)
        enrolment.enrol(world)
        Money(world).plan()
        Contacts(world).plan()
        for month in range(1, months + 1):
            until = start + relativedelta(months=month)
            report(f"{until:%Y-%m}", month - 1, months)
            world.walk.carry_out(at(until, 0) if month < months else now)
            env.flush_all()
            save()
            env.invalidate_all()
    report("done", months, months)
    return {"logins": _logins(world), "clients": len(world.clients)}


def _logins(world: World) -> list[tuple[str, str, str, str]]:
    """Return (login, password, name, job) of everyone who can enter."""
    staff = [(s.login, s.login, s.name, s.job) for s in STAFF if not s.left]
    portal = [
        (login, login, world.users[login].name, world.users[login].commercial_partner_id.name)
        for login in enrolment.PORTAL_LOGINS
        if login in world.users
    ]
    return staff + portal

"""What Odoo does by itself night after night: the scheduled actions, called at their time.

Called by their batch methods, not as scheduled actions: those commit, and ask the real clock
how much time they have left.
"""

from datetime import date, timedelta

from .surveys import Surveys
from .walk import at
from .world import World

WEEKS_OF_HEALTH = 12
MAIL_DAYS = 3  # mails older than this have reached their readers


class Routine:
    def __init__(self, world: World, surveys: Surveys):
        self.world, self.surveys = world, surveys

    def plan(self) -> None:
        world = self.world
        day = world.start
        while day <= world.today:
            world.walk.plan(at(day, 4), self._turn_agreements)
            world.walk.plan(at(day, 4), self._record_anniversaries)
            world.walk.plan(at(day, 8, 30), self.surveys.send)
            world.walk.plan(at(day, 4), self._review_points)
            if (world.today - day).days % 7 == 0:
                world.walk.plan(at(day, 4), self._deliver_mails)
            day += timedelta(days=1)
        for week in range(WEEKS_OF_HEALTH, -1, -1):
            day = world.today - timedelta(days=7 * week)
            if day > world.start:
                world.walk.plan(at(day, 4) if week else world.walk.now, self._score_health, day)

    def _deliver_mails(self) -> None:
        """Mark mails as sent that lie in the queue for some days: nothing leaves the demo."""
        world = self.world
        before = at(world.walk.today() - timedelta(days=MAIL_DAYS))
        world.env["mail.mail"].search(
            [("state", "=", "outgoing"), ("create_date", "<", before)]
        ).state = "sent"

    def _turn_agreements(self) -> None:
        """Begin and end the agreements whose day has come."""
        Agreement = self.world.env["loyalty.service.agreement"]
        Agreement.search(Agreement._turning_domain())._turn()

    def _record_anniversaries(self) -> None:
        """Congratulate who has been a client for another full year."""
        Client = self.world.env["loyalty.service.client"]
        Client.browse(sorted(Client._anniversaries_due()))._record_anniversaries()

    def _review_points(self) -> None:
        """Take expired points back and lower the tiers whose days of grace are over."""
        Card = self.world.env["loyalty.card"]
        today = self.world.walk.today()
        Card._expire(Card.browse(Card._ids_to_expire(today)), today)
        self.world.env["loyalty.service.client"].search([])._update_tiers(review=True)

    def _score_health(self, day: date) -> None:
        self.world.env["loyalty.service.client"].search([])._update_health(day)

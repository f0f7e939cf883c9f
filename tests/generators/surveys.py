"""Surveys: three waves asked of everyone, and answers to every invitation that goes out.

The addon's triggers invite after tickets and renewals by themselves.
"""

from datetime import date, timedelta

from . import vocabulary
from .clients import Client
from .walk import at, workday
from .world import World

WAVES = (0.2, 0.55, 0.9)  # parts of the period shown
SATISFACTION, NPS = "loyalty_service_survey.survey_satisfaction", "nps"
# Which part of satisfaction a cause for leaving hurts most.
SORE_POINT = {"price": "price", "quality": "quality", "attitude": "attitude", "response": "quality"}


class Surveys:
    def __init__(self, world: World):
        self.world = world

    def plan(self) -> None:
        days = (self.world.today - self.world.start).days
        for share in WAVES:
            day = workday(self.world.start + timedelta(days=int(days * share)))
            self.world.walk.plan(at(day, 10), self._ask_everyone, day)

    def _ask_everyone(self, day: date) -> None:
        """Invite every client under agreement to the satisfaction survey."""
        clients = self.world.env["loyalty.service.client"].search(
            [("has_active_agreement", "=", True)]
        )
        self.world.env.ref(SATISFACTION)._loyalty_invite(
            clients, wave=f"{day:%Y-%m}", quiet_days=0, answer_days=30
        )

    def send(self) -> None:
        """Send the invitations that are due, as the scheduled action does, and plan answers."""
        world = self.world
        Invitation = world.env["loyalty.service.survey.invitation"]
        due = Invitation.search(Invitation._due_domain())
        due._send_due()
        numbers = {partner: number for number, partner in world.partners.items()}
        today = world.walk.today()
        for invitation in due.filtered(lambda invitation: invitation.state == "sent"):
            client = world.clients[numbers[invitation.client_id.partner_id]]
            random = world.random("answer", client.number, today, invitation.survey_id.title)
            # Who is unhappy keeps silent more often.
            if random.random() < 0.2 + 0.5 * client.mood_on(today) / 100:
                day = today + timedelta(days=random.randrange(6))
                moment = at(day, random.randrange(19, 23), random.randrange(60))
                world.walk.plan(moment, self._answer, client, invitation.id, random)

    def _answer(self, client: Client, invitation_id: int, random) -> None:
        """Answer question by question, as the pages of the survey do."""
        invitation = self.world.env["loyalty.service.survey.invitation"].browse(invitation_id)
        answer = invitation.user_input_id
        today = self.world.walk.today()
        mood = client.mood_on(today)
        sore = SORE_POINT.get(client.fate.cause) if client.fate.strength(today) else None
        for question in answer.predefined_question_ids:
            if question.question_type == "scale":
                felt = mood - 15 * (question.loyalty_metric == sore) + random.gauss(0, 9)
                answer._save_lines(question, _grade(question, felt))
            elif question.question_type == "text_box" and random.random() < 0.5:
                answer._save_lines(question, random.choice(_words(client, mood)))
        answer._mark_done()


def _grade(question, felt: float) -> str:
    """Return how somebody who feels ``felt`` of 100 fills in a scale.

    On five steps people mean 4 by "good"; on the ten of a recommendation they spread out.
    """
    low, high = question.scale_min, question.scale_max
    steps = (felt - 8) / 8 if question.loyalty_metric == NPS else (high - low) * felt / 92
    return str(min(max(round(low + steps), low), high))


def _words(client: Client, mood: float) -> list[str]:
    feeling = "PRAISING" if mood > 70 else "MIXED" if mood > 45 else "BLAMING"
    language = "ENGLISH" if client.people[0].lang == "en_US" else "WORDS"
    return getattr(vocabulary, f"{feeling}_{language}")

from typing import NamedTuple

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import plaintext2html

from odoo.addons.loyalty_service import letters

from ..engine import clock as clock_engine
from ..engine import ladder as engine
from .escalation import INSTEAD

MANAGERS = "helpdesk_mgmt.group_helpdesk_manager"


class Notice(NamedTuple):
    """A step of a clock and somebody whom it is for, nobody where it is about the ticket."""

    clock: models.BaseModel
    step: models.BaseModel
    user: models.BaseModel


class Telling:
    """Who is told, when, and how: of the many steps of one run, so that each is looked up once."""

    def __init__(self, env, now):
        self.env, self.now = env, now
        self._managers, self._hours = {}, {}

    # ------------------------------------------------------------------
    # Whom
    # ------------------------------------------------------------------

    def get_users(self, step, clock):
        """Return whom a step is for: of whom it names or, where nobody is there, the next one."""
        if step.how == "priority":
            return self.env["res.users"]
        for who in (step.who, *INSTEAD[step.who]):
            users = self._get_named(who, step, clock.ticket_id)
            users = users.filtered(lambda user: self._may_be_told(user, clock.company_id))
            if users:
                return users[:1] if step.how == "reassign" else users
        return users

    def get_responsible(self, ticket):
        """Return who looks after a ticket: its assignee, else its leader, else the managers."""
        company = ticket.company_id
        candidates = (ticket.user_id, ticket.team_id.user_id, self._get_managers(company))
        present = [
            users.filtered(lambda user: self._may_be_told(user, company)) for users in candidates
        ]
        return next(filter(None, present), self.env["res.users"])

    def _may_be_told(self, user, company):
        return user.active and not user.share and company in user.company_ids

    def _get_named(self, who, step, ticket):
        match who:
            case "assignee":
                return ticket.user_id
            case "leader":
                return ticket.team_id.user_id
            case "account_manager":
                return ticket.commercial_partner_id.user_id
            case "user":
                return step.user_id
        return step.ladder_id.manager_id or self._get_managers(ticket.company_id)

    def _get_managers(self, company):
        if company not in self._managers:
            self._managers[company] = self.env["res.users"].search(
                [
                    ("all_group_ids", "in", self.env.ref(MANAGERS).ids),
                    ("company_ids", "in", company.ids),
                    ("share", "=", False),
                ]
            )
        return self._managers[company]

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------

    def get_quiet_until(self, step, user, was_due):
        """Return when the quiet hours of ``user`` end, None if it is to be told now."""
        if step.anytime or not user:
            return None
        return engine.quiet_until(self._get_hours(step.ladder_id, user), was_due, self.now)

    def _get_hours(self, ladder, user):
        """Return the working hours of the firm of ``user``."""
        firm = user.company_id
        key = (ladder, firm) if firm == ladder.company_id else firm
        if key not in self._hours:
            calendar = firm == ladder.company_id and ladder.calendar_id
            calendar = calendar or ladder._get_calendar(firm)
            # Who has no hours is told at once.
            self._hours[key] = calendar._loyalty_sla_times().get(calendar.id, clock_engine.NEVER)
        return self._hours[key]

    # ------------------------------------------------------------------
    # How
    # ------------------------------------------------------------------

    def get_same(self, notices):
        """Return those of ``notices`` that would tell somebody again what another one tells."""
        first = {}
        return {
            notice
            for notice in notices
            if notice.user
            and first.setdefault((notice.step.how, notice.clock, notice.user), notice) is not notice
        }

    def tell(self, notices):
        """Do what the steps say. Nobody is told the same of a clock twice at once."""
        by_how = {}
        for notice in notices:
            by_how.setdefault(notice.step.how, {}).setdefault((notice.clock, notice.user), notice)
        # What changes the ticket comes last: it may move the very clocks that are told of.
        for how in self.env["loyalty.service.sla.escalation"]._fields["how"].get_values(self.env):
            if how in by_how:
                getattr(self, f"_do_{how}")(list(by_how[how].values()))

    def _do_activity(self, notices):
        # The activity is the notice: a mail for each would flood who is late already.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [self._prepare_activity(notice) for notice in notices if notice.user]
        )

    def _prepare_activity(self, notice):
        clock, step, user = notice
        kind = "breach" if clock.breached else "reminder"
        note = self._in_words_of(step, notice).note
        return {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": clock.ticket_id.id,
            "activity_type_id": self.env.ref(f"loyalty_service_sla.mail_activity_type_{kind}").id,
            "summary": self._get_summary(notice),
            "note": note and plaintext2html(note),
            "user_id": user.id,
            "date_deadline": fields.Date.context_today(clock.with_context(tz=user.tz)),
            "automated": True,
            "loyalty_sla_clock_id": clock.id,
        }

    def _do_mail(self, notices):
        for notice in notices:
            if not notice.user:
                continue
            ticket = self._in_words_of(notice.clock.ticket_id, notice)
            # A note and no answer: it stops no clock. Not by the ticket itself, of which Odoo
            # would prepare an access for the client with each message, and write on the client.
            ticket.env["mail.thread"].with_context(**letters.QUEUED).message_notify(
                model=ticket._name,
                res_id=ticket.id,
                partner_ids=notice.user.partner_id.ids,
                subject=f"{self._get_summary(notice)} ({ticket.number} {ticket.name})",
                body=self._get_body(notice, ticket),
                email_add_signature=False,
            )
        letters.wake(self.env)

    def _get_body(self, notice, ticket):
        clock = self._in_words_of(notice.clock, notice)
        due = clock.breach_date or clock.deadline
        reader = ticket.with_context(tz=notice.user.tz or ticket.env.context.get("tz"))
        return Markup(
            ticket.env["ir.qweb"]._render(
                "loyalty_service_sla.escalation_message",
                {
                    "ticket": ticket,
                    "summary": self._get_summary(notice),
                    "due": due and reader._format_loyalty_sla_moment(due, clock),
                    "note": self._in_words_of(notice.step, notice).note,
                },
            )
        )

    def _do_reassign(self, notices):
        for notice in notices:
            ticket = notice.clock.ticket_id
            if notice.user and ticket.user_id != notice.user:
                ticket.user_id = notice.user

    def _do_priority(self, notices):
        for notice in notices:
            ticket = notice.clock.ticket_id
            if (ticket.priority or "0") < notice.step.priority:
                ticket.priority = notice.step.priority

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _in_words_of(self, record, notice):
        """Return a record in the language of who reads it."""
        lang = notice.clock.company_id._loyalty_lang(notice.user)
        return record.with_context(lang=lang)

    def _get_summary(self, notice):
        """Return what it is about, such as 'First answer: 30 min left'."""
        clock = self._in_words_of(notice.clock, notice)
        ticket, step = clock.ticket_id, notice.step
        times = clock.calendar_id._loyalty_sla_times()
        state = clock_engine.settle(clock._as_engine(), self.now, times)
        words = {
            "target": clock.display_name,
            "type": dict(
                ticket._fields["loyalty_ticket_type"]._description_selection(clock.env)
            ).get(ticket.loyalty_ticket_type),
            "left": ticket._format_loyalty_sla_duration(state.remaining or 0),
            "over": ticket._format_loyalty_sla_duration(state.overrun),
        }
        if state.breach and step.moment != engine.AT and state.overrun:
            return clock.env._("SLA breached: %(target)s, %(over)s over", **words)
        if state.breach:
            return clock.env._("SLA breached: %s", clock.display_name)
        if step.moment == engine.START:
            return clock.env._("%(type)s: %(target)s, %(left)s left", **words)
        return clock.env._("%(target)s: %(left)s left", **words)

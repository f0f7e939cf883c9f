from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import clock as engine

#: Tickets that are listed below the figures, the most urgent ones.
LISTED = 20

#: So many tickets that would be promised something else are counted with each edited field: about
#: a second. Of more somebody has to ask for it.
AT_ONCE = 2000

#: What a promise is about; dates that were promised are not touched by any policy.
TARGETS = tuple(target for target in engine.TARGETS if target not in engine.DATED)


class Effect(NamedTuple):
    """What it would do to give tickets the promise of a policy, as sets of ticket ids."""

    matching: set
    breached: set = frozenset()
    cleared: set = frozenset()


class Policy(models.Model):
    """What a policy would change about open tickets, before and when it does."""

    _inherit = "loyalty.service.sla.policy"

    preview_count = fields.Integer(string="Open Tickets", compute="_compute_preview")
    preview_text = fields.Text(string="What Would Change", compute="_compute_preview")
    preview_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Tickets It Is Meant For",
        compute="_compute_preview",
        help="The most urgent ones.",
    )

    preview_uncounted = fields.Integer(string="Not Counted Yet", compute="_compute_preview")
    preview_all = fields.Boolean(
        string="Count All",
        store=False,
        help="There are many open tickets: it takes a while with each change.",
    )

    preview_lost_count = fields.Integer(string="Open Tickets It Loses", compute="_compute_preview")
    preview_lost_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Tickets It Is No Longer Meant For",
        compute="_compute_preview",
        help="The most urgent ones.",
    )

    @api.depends(
        "active",
        "sequence",
        "company_id",
        "date_from",
        "date_to",
        "team_ids",
        "category_ids",
        "tag_ids",
        "channel_ids",
        "tier_ids",
        "partner_ids",
        "ticket_types",
        "min_priority",
        "max_priority",
        "min_severity",
        "calendar_id",
        "first_response_hours",
        "next_response_hours",
        "resolution_hours",
        "apply_tier_factor",
        "preview_all",
    )
    @api.depends_context("uid", "lang")
    def _compute_preview(self):
        """Tell of each policy, as it stands in the form, what it is meant for."""
        # Nobody else can change a thing by it, and the figures cost a look at every open ticket.
        may = self.has_access("write")
        for policy in self:
            policy.preview_count, policy.preview_text = 0, False
            policy.preview_ticket_ids, policy.preview_lost_ids = False, False
            policy.preview_lost_count = policy.preview_uncounted = 0
            if not may or not policy.company_id:
                continue
            tickets_sudo = policy._get_open_tickets_sudo()
            promises = policy._get_new_promises(tickets_sudo)
            matching = {ticket.id for ticket in promises}
            lost = policy._get_lost(matching, tickets_sudo)
            policy.preview_count = len(matching)
            policy.preview_lost_count = len(lost)
            if not policy.preview_all:
                policy.preview_uncounted = policy._count_beyond(promises)
            policy.preview_text = policy._describe_effect(promises, lost, policy.preview_uncounted)
            policy.preview_ticket_ids = policy._get_most_urgent(matching)
            policy.preview_lost_ids = policy._get_most_urgent(lost)

    def _count_beyond(self, promises):
        """Return how many tickets there are to count if they are too many to do so at once."""
        changed = len(self._get_changed(promises, True)) if len(promises) > AT_ONCE else 0
        return changed if changed > AT_ONCE else 0

    @api.model
    def _get_most_urgent(self, ids):
        """Return those of some tickets that are listed, as far as the user may see them."""
        tickets = self.env["helpdesk.ticket"].browse(ids)._filtered_access("read")
        return tickets.sorted(
            lambda ticket: (not ticket.loyalty_sla_deadline, ticket.loyalty_sla_deadline or 0)
        )[:LISTED]

    def _describe_effect(self, promises, lost, uncounted=0):
        """Return the figures of a preview as sentences.

        :param dict promises: see :meth:`_get_new_promises`
        :param set lost: see :meth:`_get_lost`
        :param int uncounted: how many tickets there would be to count, if they are too many
        """
        lines = self._describe_matching(promises, uncounted)
        if lost:
            lines.append(
                self.env._(
                    "No longer meant for %s of the tickets that are open now and were promised "
                    "this: they keep what they were promised, as long as they stay what they are. "
                    "New tickets like them get another policy, or none.",
                    len(lost),
                )
            )
        return "\n".join(lines)

    def _describe_matching(self, promises, uncounted):
        if not promises:
            return [self.env._("No ticket that is open now would get this promise.")]
        meant = self.env._(
            "Meant for %s of the tickets that are open now. New tickets get it by themselves; "
            "these keep what they were promised until you apply it to them.",
            len(promises),
        )
        if uncounted:
            return [
                meant,
                self.env._(
                    "%s of them would be promised something else by it. How many would become "
                    "breached is not counted with each change: tick “Count All”.",
                    uncounted,
                ),
            ]
        later, start = self._get_effect(False, promises), self._get_effect(True, promises)
        return [
            meant,
            self.env._("Applied from now on: %s would become breached.", len(later.breached)),
            self.env._(
                "Applied as if promised at their opening: %(breached)s would become breached, "
                "%(cleared)s would be breached no more.",
                breached=len(start.breached),
                cleared=len(start.cleared),
            ),
        ]

    # ------------------------------------------------------------------
    # The tickets
    # ------------------------------------------------------------------

    def _get_new_promises(self, tickets_sudo=None):
        """Return ``{ticket: values of an entry}``: what this policy would promise to open ones.

        It stands among the other policies as it does in the form, saved or not; for tickets that
        go by it now and no longer would see :meth:`_get_lost`.

        :param tickets_sudo: the open tickets, if the caller has them
        """
        self.ensure_one()
        company = self.company_id._origin
        # What begins on a day to come is looked at as if that day were today.
        if not self.active or (self.date_to and self.date_to < company._loyalty_day()):
            return {}
        if tickets_sudo is None:
            tickets_sudo = self._get_open_tickets_sudo()
        if not tickets_sudo:
            return {}
        policy_sudo = self.sudo()
        others_sudo = policy_sudo.browse()._get_effective(company) - self._origin
        place = (self.sequence, self._origin.id or float("inf"))
        before = others_sudo.filtered(
            lambda policy: (
                (policy.sequence, policy.id) < place and not policy._is_same(self._origin)
            )
        )
        policies = [*before, policy_sudo]
        tiers, fitting = policy_sudo._match(tickets_sudo, policies)
        promises, made = {}, {}
        for ticket in tickets_sudo:
            if fitting[ticket] != policy_sudo:
                continue
            # What is promised depends on nothing else of a ticket.
            key = tiers[ticket], ticket.team_id
            if key not in made:
                terms = policy_sudo._get_terms(tiers[ticket])
                made[key] = policy_sudo._prepare_promise(ticket, tiers[ticket], terms)
            promises[ticket] = made[key]
        return promises

    def _get_open_tickets_sudo(self):
        """Return the open tickets of the company, if it is one the user works in."""
        company = self.company_id._origin
        # sudo: the figures are about all open tickets of the company, also those that a manager
        # of the policies does not see; the company is one the manager works in.
        Ticket_sudo = self.env["helpdesk.ticket"].sudo()
        if company not in self.env.user.company_ids:
            return Ticket_sudo
        return Ticket_sudo.search(
            [("company_id", "=", company.id), ("stage_id.closed", "=", False)]
        )

    def _get_lost(self, matching, tickets_sudo=None):
        """Return the ids of open tickets that go by this policy, and that it is not meant for.

        :param set matching: ids of those that it is meant for, as it stands in the form
        :param tickets_sudo: the open tickets, if the caller has them
        """
        self.ensure_one()
        origin = self._origin or self.origin_id
        if not origin:
            return set()
        if tickets_sudo is None:
            tickets_sudo = self._get_open_tickets_sudo()
        versions = set(origin._get_versions().ids)
        # sudo: the logs of these very tickets, of which only the numbers are told.
        promised = self.env["loyalty.service.sla.entry"].sudo()._get_promised(tickets_sudo)
        return {
            ticket_id
            for ticket_id, rows in promised.items()
            if ticket_id not in matching and rows[-1][2] and rows[-1][0] in versions
        }

    def _get_changed(self, promises, from_start):
        """Return those of ``promises`` by which a clock would count otherwise than it does."""
        # sudo: the logs of these very tickets, see _get_new_promises.
        Entry_sudo = self.env["loyalty.service.sla.entry"].sudo()
        promised = Entry_sudo._get_promised(self.env["helpdesk.ticket"].union(*promises))

        def is_same(ticket, values):
            # What is promised from the start takes the place of all that was promised since.
            rows = promised.get(ticket.id, [(None, None, {})])
            rows = rows if from_start else rows[-1:]
            new = (values["calendar_id"] or None, values["promise"] or {})
            return all(row[1:] == new for row in rows)

        return {
            ticket: values for ticket, values in promises.items() if not is_same(ticket, values)
        }

    def _get_effect(self, from_start, promises=None):
        """Return what applying this policy to its open tickets would do now.

        :param dict promises: see :meth:`_get_new_promises`, if the caller has them
        """
        if promises is None:
            promises = self._get_new_promises()
        matching = {ticket.id for ticket in promises}
        changed = self._get_changed(promises, from_start)
        if not changed:
            return Effect(matching)
        now = fields.Datetime.now()
        clocks, logs, times = self._get_histories(changed, from_start)
        breached, cleared = set(), set()
        for ticket, values in changed.items():
            promise = engine.Promise(
                values["calendar_id"] or None, values["promise"] or {}, from_start
            )
            entry = engine.Entry(now, engine.PROMISE, promise)
            for target in TARGETS:
                known = clocks.get((ticket.id, target))
                # What is promised decides how long, and never whether somebody waits.
                if not (known.is_open if known else promise.seconds.get(target)):
                    continue
                was = engine.look(known, now, times) if known else engine.Clock(target)
                if known and not from_start:
                    will = engine.advance(known, entry, times)
                else:
                    will = engine.replay(target, [*logs.get(ticket.id, ()), entry], times)
                # A promise shorter than the time used ends this moment: it shows the next.
                will = engine.look(will, now + timedelta(seconds=1), times)
                is_late = will.is_open and will.breach and will.seconds
                was_late = was.is_open and was.breach and was.seconds
                if is_late and not was_late:
                    breached.add(ticket.id)
                elif was_late and not is_late:
                    cleared.add(ticket.id)
        return Effect(matching, breached, cleared - breached)

    def _get_histories(self, promises, from_start):
        """Return what has been counted for some tickets.

        :return: ``{(ticket id, target): engine clock}``; ``{ticket id: log}`` of those for which
            something has to be counted from their beginning; and ``{calendar id: WorkingTime}``
        """
        tickets_sudo = self.env["helpdesk.ticket"].union(*promises)
        # sudo: the clocks and logs of these very tickets, see _get_new_promises.
        env_sudo = self.sudo().env
        clocks_sudo = env_sudo["loyalty.service.sla.clock"].search(
            [("ticket_id", "in", tickets_sudo.ids), ("target", "in", TARGETS)]
        )
        clocks = {(clock.ticket_id.id, clock.target): clock._as_engine() for clock in clocks_sudo}
        again_sudo = tickets_sudo.filtered(
            lambda ticket: (
                from_start
                or any((ticket.id, target) not in clocks for target in promises[ticket]["promise"])
            )
        )
        logs = env_sudo["loyalty.service.sla.entry"]._get_logs(again_sudo)
        calendars = self.env["resource.calendar"].browse(
            {values["calendar_id"] for values in promises.values()}
            | {clock.calendar for clock in clocks.values()}
            | {
                entry.promise.calendar
                for log in logs.values()
                for entry in log
                if entry.promise is not None
            }
            - {None, False}
        )
        return clocks, logs, calendars._loyalty_sla_times()

    def _apply_to_open(self, from_start):
        """Promise to the open tickets of this policy what it says now.

        What becomes late by that is held: nobody did anything wrong a minute ago.

        :param bool from_start: whether it counts as if promised at the opening
        :return: the clocks whose escalation is held
        """
        self.ensure_one()
        self.check_access("write")
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose %s among your companies.", self.company_id.name))
        if not self._is_effective(self.company_id._loyalty_day()):
            raise UserError(
                self.env._("%s is not effective today: set its dates first.", self.display_name)
            )
        promises = self._get_new_promises()
        # sudo: the tickets are those of the promises, see there; only their logs and clocks are
        # written.
        tickets_sudo = self.env["helpdesk.ticket"].sudo().union(*promises)
        known = self.env["loyalty.service.sla.entry"].sudo()._get_in_force(tickets_sudo)
        return tickets_sudo._loyalty_sla_promise_held(
            {
                ticket: [{"kind": engine.PROMISE, "from_start": from_start, **promise}]
                for ticket, promise in promises.items()
                if from_start or ticket._loyalty_sla_is_other(promise, known.get(ticket))
            }
        )

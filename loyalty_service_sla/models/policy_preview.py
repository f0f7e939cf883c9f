from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import clock as engine

#: Tickets that are listed below the figures, the most urgent ones.
LISTED = 20


class Effect(NamedTuple):
    """What it would do to give tickets the promise of a policy, as sets of ticket ids."""

    matching: set
    breached: set
    cleared: set


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
    )
    @api.depends_context("uid", "lang")
    def _compute_preview(self):
        """Tell of each policy, as it stands in the form, what it is meant for."""
        # Nobody else can change a thing by it, and the figures cost a look at every open ticket.
        may = self.has_access("write")
        for policy in self:
            policy.preview_count, policy.preview_text = 0, False
            policy.preview_ticket_ids, policy.preview_lost_ids = False, False
            policy.preview_lost_count = 0
            if not may or not policy.company_id:
                continue
            later, start = policy._get_effect(False), policy._get_effect(True)
            policy.preview_count = len(later.matching)
            lost = policy._get_lost(later.matching)
            policy.preview_lost_count = len(lost)
            policy.preview_text = policy._describe_effect(later, start, lost)
            policy.preview_ticket_ids = policy._get_most_urgent(later.matching)
            policy.preview_lost_ids = policy._get_most_urgent(lost)

    @api.model
    def _get_most_urgent(self, ids):
        """Return those of some tickets that are listed, as far as the user may see them."""
        tickets = self.env["helpdesk.ticket"].browse(ids)._filtered_access("read")
        return tickets.sorted(
            lambda ticket: (not ticket.loyalty_sla_deadline, ticket.loyalty_sla_deadline or 0)
        )[:LISTED]

    def _describe_effect(self, later, start, lost):
        """Return the figures of a preview as sentences."""
        lines = self._describe_matching(later, start)
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

    def _describe_matching(self, later, start):
        if not later.matching:
            return [self.env._("No ticket that is open now would get this promise.")]
        return [
            self.env._(
                "Meant for %s of the tickets that are open now. New tickets get it by themselves; "
                "these keep what they were promised until you apply it to them.",
                len(later.matching),
            ),
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

    def _get_new_promises(self):
        """Return ``{ticket: values of an entry}``: what this policy would promise to open ones.

        It stands among the other policies as it does in the form, saved or not; for tickets that
        go by it now and no longer would see :meth:`_get_lost`.
        """
        self.ensure_one()
        company = self.company_id._origin
        # What begins on a day to come is looked at as if that day were today.
        if not self.active or (self.date_to and self.date_to < company._loyalty_day()):
            return {}
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
        return {
            ticket: policy_sudo._prepare_promise(
                ticket, tiers[ticket], policy_sudo._get_terms(tiers[ticket])
            )
            for ticket in tickets_sudo
            if fitting[ticket] == policy_sudo
        }

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

    def _get_lost(self, matching):
        """Return the ids of open tickets that go by this policy, and that it is not meant for.

        :param set matching: ids of those that it is meant for, as it stands in the form
        """
        self.ensure_one()
        origin = self._origin or self.origin_id
        if not origin:
            return set()
        # sudo: the logs of these very tickets, of which only the numbers are told.
        tickets_sudo = self._get_open_tickets_sudo()
        in_force = self.env["loyalty.service.sla.entry"].sudo()._get_in_force(tickets_sudo)
        return {
            ticket.id
            for ticket, entry in in_force.items()
            if entry.promise and entry.policy_id._is_same(origin) and ticket.id not in matching
        }

    def _get_effect(self, from_start):
        """Return what applying this policy to its open tickets would do now."""
        promises = self._get_new_promises()
        if not promises:
            return Effect(set(), set(), set())
        now = fields.Datetime.now()
        tickets_sudo = next(iter(promises)).union(*promises)
        # sudo: the logs of these very tickets, see _get_new_promises.
        logs = self.env["loyalty.service.sla.entry"].sudo()._get_logs(tickets_sudo)
        calendars = self.env["resource.calendar"].browse(
            {value["calendar_id"] for value in promises.values()}
            | {
                entry.promise.calendar
                for log in logs.values()
                for entry in log
                if entry.promise is not None
            }
            - {None, False}
        )
        times = calendars._loyalty_sla_times()
        breached, cleared = set(), set()
        for ticket, values in promises.items():
            log = logs.get(ticket.id, [])
            promise = engine.Promise(
                values["calendar_id"] or None, values["promise"] or {}, from_start
            )
            changed = [*log, engine.Entry(now, engine.PROMISE, promise)]
            for target in engine.TARGETS:
                was = engine.replay(target, log, times, now)
                # A promise shorter than the time used ends this moment: it shows the next.
                will = engine.replay(target, changed, times, now + timedelta(seconds=1))
                is_late = will.is_open and will.breach and will.seconds
                was_late = was.is_open and was.breach and was.seconds
                if is_late and not was_late:
                    breached.add(ticket.id)
                elif was_late and not is_late:
                    cleared.add(ticket.id)
        return Effect({ticket.id for ticket in promises}, breached, cleared - breached)

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

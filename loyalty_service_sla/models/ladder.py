from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine import clock as engine
from ..engine import ladder as steps_engine
from . import defaults

HOUR, DAY = 60, 24 * 60  # minutes

#: Fields that say for which clocks the steps are.
SCOPE = {"active", "sequence", "company_id", "policy_ids", "ticket_types"}

#: In the context of steps that are written together with their ladder: one change for the clocks.
ONE_CHANGE = "loyalty_sla_one_change"


class Ladder(models.Model):
    """Who is told what when a promise is about to be broken, or is: steps, one after the other.

    The first ladder in order that fits a ticket applies.
    """

    _name = "loyalty.service.sla.ladder"
    _description = "Escalation Ladder"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first ladder in this order that fits applies.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    policy_ids = fields.Many2many(
        "loyalty.service.sla.policy",
        "loyalty_service_sla_ladder_policy_rel",
        string="Policies",
        # Else a ladder of nothing but archived policies would be everybody's.
        context={"active_test": False},
        ondelete="restrict",
        domain="[('company_id', '=', company_id)]",
        help="For what was promised by one of these policies, in any of its versions. "
        "Empty: every policy.",
    )
    ticket_types = fields.Many2many(
        "loyalty.service.sla.ticket.type",
        "loyalty_service_sla_ladder_type_rel",
        help="Empty: every type.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Told During",
        ondelete="set null",
        index="btree_not_null",
        domain="[('company_id', 'in', (False, company_id)), ('flexible_hours', '=', False)]",
        help="Outside these hours nobody is told, unless the step says so: it waits until they "
        "begin. Empty: the working hours of the company.",
    )
    manager_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is told where a step names the manager. Empty: every manager of the service "
        "desk.",
    )
    step_ids = fields.One2many(
        "loyalty.service.sla.escalation", "ladder_id", string="Steps", copy=True
    )
    step_count = fields.Integer(compute="_compute_step_count")

    @api.depends("step_ids")
    def _compute_step_count(self):
        for ladder in self:
            ladder.step_count = len(ladder.step_ids)

    @api.constrains("calendar_id", "company_id")
    def _check_calendar(self):
        for ladder in self:
            # sudo: the calendar may be another company's, which is what is checked.
            calendar_sudo = ladder.calendar_id.sudo()
            calendar_sudo._loyalty_sla_check_owned()
            if calendar_sudo and (
                calendar_sudo.flexible_hours
                or calendar_sudo.company_id not in (ladder.company_id, self.env["res.company"])
            ):
                raise ValidationError(
                    self.env._(
                        "%(calendar)s has flexible hours or is another company's. Choose fixed "
                        "hours of %(company)s.",
                        calendar=calendar_sudo.name,
                        company=ladder.company_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        companies = self.env["res.company"].browse(
            {vals.get("company_id") or self.env.company.id for vals in vals_list}
        )
        self._before_change(companies, to_others=True)
        one_change = self.with_context(**{ONE_CHANGE: True})
        ladders = super(Ladder, one_change).create(vals_list).with_env(self.env)
        self._after_change(companies)
        return ladders

    def write(self, vals):
        scope = not SCOPE.isdisjoint(vals)
        if not scope and "step_ids" not in vals:
            return super().write(vals)
        companies = self.company_id
        companies |= companies.browse(vals.get("company_id") or ())
        self._before_change(companies, to_others=scope)
        matches = self._get_matches(companies) if scope else {}
        result = super(Ladder, self.with_context(**{ONE_CHANGE: True})).write(vals)
        self._begin_newly(matches)
        self._after_change(companies)
        return result

    def unlink(self):
        companies = self.company_id
        self._before_change(companies, to_others=True)
        matches = self._get_matches(companies)
        result = super().unlink()
        self._begin_newly(matches)
        self._after_change(companies)
        return result

    @api.model
    def _before_change(self, companies, to_others=False):
        """Tell what is due by the ladders as they are, and note what cannot be told yet.

        :param bool to_others: whether tickets may come to other ladders than so far
        """
        if self.env.context.get(ONE_CHANGE) or not companies:
            return
        # sudo: whoever edits a ladder need not see each ticket that it is about.
        Clock_sudo = self.env["loyalty.service.sla.clock"].sudo()
        # Where there is no ladder yet nobody would be told of what is marked now.
        # sudo: whether there is one, seen or not, archived or not.
        Ladder_sudo = self.sudo().with_context(active_test=False)
        groups = Ladder_sudo._read_group([("company_id", "in", companies.ids)], ["company_id"])
        served = companies.browse(company.id for (company,) in groups)
        if served:
            Clock_sudo._sweep_due(served)
        Clock_sudo._note_behind(companies, to_others)

    @api.model
    def _after_change(self, companies):
        """Have the clocks that run planned by the ladders as they have become."""
        self.env.registry.clear_cache()
        if self.env.context.get(ONE_CHANGE):
            return
        # sudo: see _before_change; only when the clocks are looked at next is written.
        self.env["loyalty.service.sla.clock"].sudo()._request_plan(companies)

    @api.model
    def _get_matches(self, companies):
        """Return ``{(company id, policy id, type): ladder id}`` for whatever a ticket may be."""
        # sudo: policies of the companies whose ladders are changed, archived ones among them.
        Policy_sudo = self.env["loyalty.service.sla.policy"].sudo()
        policies_sudo = Policy_sudo.with_context(active_test=False).search(
            [("company_id", "in", companies.ids), ("origin_id", "=", False)]
        )
        policy_ids = {company: [False] for company in companies.ids}
        for policy in policies_sudo:
            policy_ids[policy.company_id.id].append(policy.id)
        field = self.env["helpdesk.ticket"]._fields["loyalty_ticket_type"]
        return {
            (company_id, policy_id, ticket_type): self._match(company_id, policy_id, ticket_type)[0]
            for company_id, ids in policy_ids.items()
            for policy_id in ids
            for ticket_type in (False, *field.get_values(self.env))
        }

    @api.model
    def _begin_newly(self, matches):
        """Let no ladder call anybody to the past of tickets that come to it by a change.

        :param dict matches: what applied before, see :meth:`_get_matches`
        """
        self.env.registry.clear_cache()
        newly = {
            ladder_id
            for key, before in matches.items()
            if (ladder_id := self._match(*key)[0]) and ladder_id != before
        }
        self.browse(newly).step_ids._begin_now()

    # ------------------------------------------------------------------
    # Which steps apply
    # ------------------------------------------------------------------

    @api.model
    def _get_steps(self, company_id, policy, ticket_type, target):
        """Return the steps for a clock as runs of the engine, see ``engine.ladder.runs``.

        :param policy: what the clock was promised by, empty for a delivery without one
        """
        root = policy.origin_id.id or policy.id
        return self._match(company_id, root, ticket_type)[1].get(target, ())

    @api.model
    def _match(self, company_id, policy_id, ticket_type):
        """Return the id of the ladder that applies, None for none, and ``{target: steps}``.

        :param policy_id: the first version of a policy
        """
        for ladder_id, policies, types, by_target in self._get_ladders(company_id):
            if (not policies or policy_id in policies) and (not types or ticket_type in types):
                return ladder_id, by_target
        return None, {}

    @api.model
    @ormcache("company_id")
    def _get_ladders(self, company_id):
        """Return ``((id, policy ids, types, {target: runs of steps}), ...)`` in their order."""
        # sudo: whoever writes on a ticket moves its clocks, and so plans by these steps.
        Ladder_sudo = self.sudo().with_context(active_test=True)
        ladders_sudo = Ladder_sudo.search([("company_id", "=", company_id)])
        return tuple(
            (
                ladder.id,
                frozenset((ladder.policy_ids.origin_id | ladder.policy_ids).ids),
                frozenset(ladder.ticket_types.mapped("code")),
                {
                    target: steps_engine.runs(
                        step._as_engine()
                        for step in ladder.step_ids
                        if step.target in (False, target)
                    )
                    for target in engine.TARGETS
                },
            )
            for ladder in ladders_sudo
        )

    @api.model
    def _wakes(self, company_id, ticket_type):
        """Tell whether somebody is told of a new ticket of a type at once, also at night."""
        runs = self._match(company_id, False, ticket_type)[1].get(engine.FIRST_RESPONSE, ())
        return any(
            step.anytime and step.moment == steps_engine.START and not step.offset
            for run in runs
            for step in run
        )

    @api.model
    def _get_calendar(self, company):
        """Return the hours in which people of a company are told something, maybe none.

        Those of its ladder for everything else, which is the last one, or of the company itself.
        """
        # sudo: a group of companies may have people of one firm told by the ladder of another.
        company_sudo = company.sudo()
        ladders_sudo = self.sudo().search(
            [("company_id", "=", company.id), ("calendar_id", "!=", False)]
        )
        calendar = ladders_sudo[-1:].calendar_id or company_sudo.resource_calendar_id
        return calendar.browse() if calendar.flexible_hours else calendar

    # ------------------------------------------------------------------
    # Defaults
    # ------------------------------------------------------------------

    @api.model
    def _create_defaults(self, companies=None):
        """Give each company two ladders to start from, once.

        They carry external ids, so that they go when the addon goes.
        """
        # sudo: who creates a company need not be a manager here; only records of these
        # companies are made.
        Ladder_sudo = self.sudo().with_context(lang="en_US")
        emergency_type = self.env.ref("loyalty_service_sla.ticket_type_emergency")
        for company in defaults.unserved(Ladder_sudo, companies):
            standard_policy = defaults.find(company, "policy_standard")
            shared = {
                "company_id": company.id,
                "calendar_id": standard_policy.calendar_id.id if standard_policy else False,
            }
            emergency, standard = Ladder_sudo.create(
                [
                    {
                        **shared,
                        "name": "Emergencies",
                        "sequence": 10,
                        "ticket_types": [(6, 0, emergency_type.ids)],
                        "step_ids": [(0, 0, step) for step in self._get_emergency_steps()],
                    },
                    {
                        **shared,
                        "name": "Standard",
                        "sequence": 20,
                        "step_ids": [(0, 0, step) for step in self._get_standard_steps()],
                    },
                ]
            )
            defaults.keep(
                company,
                {"ladder_emergency": emergency, "ladder_standard": standard},
                lambda env: {
                    "ladder_emergency": env._("Emergencies"),
                    "ladder_standard": env._("Standard"),
                },
            )

    @api.model
    def _get_standard_steps(self):
        """Remind the assignee, call the leader when it is late, and later the manager."""
        lead = {
            engine.FIRST_RESPONSE: (HOUR // 2, HOUR),
            engine.NEXT_RESPONSE: (HOUR // 2, HOUR),
            engine.RESOLUTION: (2 * HOUR, 8 * HOUR),
            engine.DELIVERY: (DAY, DAY),
            engine.ACKNOWLEDGEMENT: (4 * HOUR, 4 * HOUR),
        }
        return [
            *(
                {"target": target, "moment": "before", "minutes": before, "who": "assignee"}
                for target, (before, _after) in lead.items()
            ),
            {"moment": "at", "who": "assignee"},
            {"moment": "at", "who": "leader"},
            *(
                {
                    "target": target,
                    "moment": "after",
                    "minutes": after,
                    "who": "manager",
                    "how": "mail",
                }
                for target, (_before, after) in lead.items()
            ),
        ]

    @api.model
    def _get_emergency_steps(self):
        """Ring at once, day and night, and go on until somebody answers."""
        answer, solution = engine.FIRST_RESPONSE, engine.RESOLUTION
        return [
            {"anytime": True, **step}
            for step in (
                {"target": answer, "moment": "start", "who": "assignee"},
                {"target": answer, "moment": "start", "who": "leader", "how": "mail"},
                {
                    "target": answer,
                    "moment": "start",
                    "minutes": 15,
                    "who": "manager",
                    "how": "mail",
                },
                {"target": solution, "moment": "before", "minutes": HOUR, "who": "assignee"},
                {"moment": "at", "who": "assignee"},
                {"moment": "at", "who": "leader"},
                {"moment": "at", "who": "manager", "how": "mail"},
                {
                    "target": solution,
                    "moment": "after",
                    "minutes": HOUR,
                    "who": "manager",
                    "how": "mail",
                },
            )
        ]

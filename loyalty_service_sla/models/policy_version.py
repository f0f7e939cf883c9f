from datetime import timedelta
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.loyalty_service.actions import open_form

ONE_DAY = timedelta(days=1)


class Policy(models.Model):
    """From when to when a policy promises something, and what follows it.

    A version is a policy of its own, with dates: it can be read, matched and compared like any
    other, and the log of a ticket names the one by which it was promised. A table of versions
    below the policy would have to repeat all its fields.
    """

    _inherit = "loyalty.service.sla.policy"

    date_from = fields.Date(
        string="Effective From",
        copy=False,
        help="From this day on new promises are made by this policy. Empty: since ever.",
    )
    date_to = fields.Date(
        string="Effective Until",
        copy=False,
        help="The last day on which new promises are made by this policy. Empty: no end.",
    )
    origin_id = fields.Many2one(
        "loyalty.service.sla.policy",
        string="Version Of",
        readonly=True,
        copy=False,
        ondelete="cascade",
        index="btree_not_null",
        help="The first version of this policy.",
    )
    version_ids = fields.One2many("loyalty.service.sla.policy", "origin_id", copy=False)
    version_count = fields.Integer(compute="_compute_version_count")

    _dates_check = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A policy cannot end before it begins.",
    )

    @api.depends("version_ids", "origin_id.version_ids")
    def _compute_version_count(self):
        for policy in self:
            versions = (policy.origin_id or policy).version_ids
            policy.version_count = len(versions) + 1 if versions else 0

    def _is_same(self, other):
        """Tell whether two policies are versions of one."""
        return bool(self and other) and (self.origin_id or self) == (other.origin_id or other)

    def _get_versions(self):
        """Return all versions of the policies in ``self``, the first ones first."""
        firsts = self.mapped(lambda policy: policy.origin_id or policy)
        every = firsts | firsts.with_context(active_test=False).version_ids
        return every.sorted(lambda policy: policy.date_from or fields.Date.to_date("0001-01-01"))

    def _get_with_later_versions(self):
        """Return the policies in ``self`` with the versions that are deleted with them."""
        return self | self.with_context(active_test=False).version_ids

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies.filtered("origin_id")._follow_up()
        return policies

    def write(self, vals):
        if "active" in vals and not vals["active"]:
            # What is in force ends by that; what was only planned never begins.
            self.filtered(
                lambda one: one.date_from and one.date_from > one.company_id._loyalty_day()
            )._hand_back()
        result = super().write(vals)
        if "date_from" in vals or vals.get("active"):
            self._follow_up()
        return result

    def unlink(self):
        self._get_with_later_versions()._hand_back()
        return super().unlink()

    def _hand_back(self):
        """Let the version before each of these go on as long as they would have: they go."""
        for versions in self._get_families():
            for version, following in reversed(list(pairwise(versions))):
                begin = following.date_from
                if following in self and begin and version.date_to == begin - ONE_DAY:
                    version.date_to = following.date_to

    def _get_families(self):
        """Return the versions that are not archived, the first ones first, by policy."""
        versions = self._get_versions().filtered("active")
        return versions.grouped(lambda one: one.origin_id or one).values()

    def _follow_up(self):
        """Let each version end on the day before the next one begins."""
        for versions in self._get_families():
            for version, following in pairwise(versions):
                if not following.date_from or version.date_from == following.date_from:
                    raise ValidationError(
                        self.env._(
                            "Two versions of %s begin on the same day. Set another date.",
                            version.name,
                        )
                    )
                last = following.date_from - ONE_DAY
                if version.date_to != last:
                    version.date_to = last

    def action_new_version(self):
        """Make a copy that takes the place of this policy from tomorrow on, and open it."""
        self.ensure_one()
        versions = self._get_versions()
        newest = versions.filtered("active")[-1:] or versions[-1:]
        tomorrow = self.company_id._loyalty_day() + ONE_DAY
        begin = max(tomorrow, (newest.date_from or tomorrow) + ONE_DAY)
        if not newest.date_from or newest.date_from < tomorrow:
            begin = tomorrow
        version = newest.copy(
            {
                "name": newest.name,
                "date_from": begin,
                "origin_id": (self.origin_id or self).id,
            }
        )
        return open_form(version)

    def action_view_versions(self):
        """Show what was, is and will be promised by this policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service_sla.policy_action")
        return {
            **action,
            "display_name": self.env._("Versions of %s", self.name),
            "domain": [("id", "in", self._get_versions().ids)],
            "context": {"active_test": False},
        }

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .loyalty_program import MANAGER

# How far the clock of a telephone system or of a phone may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=10)
# What nobody means, and databases and calendars are not made for.
EARLIEST = datetime(1970, 1, 1)


class Event(models.Model):
    """What people may record, as against bridges."""

    _inherit = "loyalty.service.event"

    def _check_allowed(self):
        """Refuse to people what only a bridge may say. Points follow from events.

        Bridges record as superuser. Who logs, imports or calls the API tells what has happened:
        without a source record, which would speak for itself, and without undoing other events,
        for which there is a button. Users log the types that are meant for it, managers any.
        """
        if self.env.su:
            return
        self._check_types_allowed()
        latest = fields.Datetime.now() + CLOCK_SKEW
        for event in self:
            if event.res_model or event.res_id or event.reversal_of_id or event.lineage_id:
                raise AccessError(
                    self.env._("Only the system records what follows from another record.")
                )
            if event.date > latest:
                raise UserError(self.env._("What lies in the future has not happened yet."))
            if event.date < EARLIEST:
                raise UserError(
                    self.env._("“%s” is too long ago.", fields.Datetime.to_string(event.date))
                )
            if self._is_own_origin(event.origin):
                raise AccessError(
                    self.env._("“%s” is an external id of this system's own records.", event.origin)
                )
            if not self._may_serve(event.company_id, event.partner_id):
                raise UserError(
                    self.env._(
                        "“%s” is a client of another company.", event.partner_id.display_name
                    )
                )

        self._check_not_dated_back()

    def _check_not_dated_back(self):
        """Leave to managers what earns points of a time that is over, each with a cap of its own.

        Users tell of this month and of the last one, and of any day what earns nothing.
        """
        if self.env.user.has_group(MANAGER):
            return
        firsts = {
            company: company._loyalty_day() - relativedelta(months=1, day=1)
            for company in self.company_id
        }
        days = {event: event.company_id._loyalty_day(event.date) for event in self}
        old = self.filtered(lambda event: days[event] < firsts[event.company_id])
        if not old:
            return
        # sudo: whether rules of the firms in which the events are recorded give points for them.
        rules_sudo = (
            self.env["loyalty.service.earning.rule"]
            .sudo()
            .search([("event_type_id", "in", old.type_id.ids), ("program_id.active", "=", True)])
        )
        for event in old:
            if any(
                rule.event_type_id == event.type_id
                and rule.program_id.company_id in (event.company_id, event.company_id.browse())
                and (not rule.date_from or rule.date_from <= days[event])
                and (not rule.date_to or rule.date_to >= days[event])
                for rule in rules_sudo
            ):
                raise UserError(
                    self.env._(
                        "What earns points and happened before %s is recorded by managers.",
                        format_date(self.env, firsts[event.company_id]),
                    )
                )

    @api.model
    def _may_serve(self, company, partner):
        """Tell whether a client is everybody's, the company's own or of one that it belongs to."""
        # sudo: the company of a client that the caller names, to refuse another company's.
        owner = partner.sudo().company_id
        return not owner or owner in company.sudo().parent_ids

    @api.model
    def _is_own_origin(self, origin):
        """Tell whether an origin names a record of this system: a bridge's to use."""
        return bool(origin) and origin.split(",")[0] in self.env

    def _check_types_allowed(self):
        """Refuse to users what only managers may log and undo by hand."""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        for event_type in self.type_id:
            if not event_type.manual:
                raise AccessError(
                    self.env._("Only managers log events of the type %s.", event_type.name)
                )

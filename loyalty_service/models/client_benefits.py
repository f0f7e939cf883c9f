from odoo import api, fields, models
from odoo.tools import SQL, format_date


class Client(models.Model):
    """What a client has of its tier: hours used and left, its account manager."""

    _inherit = "loyalty.service.client"

    lacks_manager = fields.Boolean(
        string="Needs an Account Manager",
        compute="_compute_lacks_manager",
        search="_search_lacks_manager",
        help="The tier promises an account manager, and there is none.",
    )
    hours_granted = fields.Float(string="Free Hours", compute="_compute_hours")
    hours_used = fields.Float(string="Free Hours Used", compute="_compute_hours")
    hours_left = fields.Float(string="Free Hours Left", compute="_compute_hours")
    hours_text = fields.Char(string="Free Service", compute="_compute_hours")

    @api.depends("tier_id.needs_manager", "user_id")
    def _compute_lacks_manager(self):
        for client in self:
            client.lacks_manager = client.tier_id.needs_manager and not client.user_id

    def _search_lacks_manager(self, operator, value):
        if operator != "in":
            return NotImplemented
        lacks = [("tier_id.needs_manager", "=", True), ("user_id", "=", False)]
        if set(value) == {True}:
            return lacks
        return ["!", "&", *lacks] if True not in value else []

    # ------------------------------------------------------------------
    # Free hours
    # ------------------------------------------------------------------

    @api.depends("tier_id.free_hours", "tier_id.free_hours_period")
    @api.depends_context("lang")
    def _compute_hours(self):
        used = self._hours_used_now()
        for client in self:
            granted = client.tier_id.free_hours
            client.hours_granted = granted
            client.hours_used = used.get(client.id, 0.0)
            client.hours_left = max(granted - client.hours_used, 0.0)
            client.hours_text = client._say_hours() if granted else False

    def _hours_period(self):
        """Return the first day of the period of free hours that runs today."""
        self.ensure_one()
        today = self.company_id._loyalty_day()
        if self.tier_id.free_hours_period == "year":
            return today.replace(month=1, day=1)
        return today.replace(day=1)

    def _hours_used_now(self):
        """Return ``{client id: hours}`` used in the running period: one statement for all."""
        entitled = self.filtered("tier_id.free_hours")
        if not entitled.ids:
            return {}
        begin = {
            (company, period): company._loyalty_moment(clients[:1]._hours_period())
            for (company, period), clients in entitled.grouped(
                lambda client: (client.company_id, client.tier_id.free_hours_period)
            ).items()
        }
        rows = SQL(", ").join(
            SQL(
                "(%s, %s::timestamp)",
                client.id,
                begin[client.company_id, client.tier_id.free_hours_period],
            )
            for client in entitled
        )
        # What is in the ledger by now: events are written at once, and never changed.
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT client.id, SUM(event.hours)
                      FROM (VALUES %s) AS period (client_id, since)
                      JOIN loyalty_service_client client ON client.id = period.client_id
                      JOIN loyalty_service_event event
                        ON event.partner_id = client.partner_id
                       AND event.company_id = client.company_id
                       AND event.date >= period.since
                      JOIN loyalty_service_event_type type
                        ON type.id = event.type_id AND type.uses_free_hours
                     WHERE event.is_reversed IS NOT TRUE AND event.reversal_of_id IS NULL
                       AND event.hours > 0
                  GROUP BY client.id
                    """,
                    rows,
                )
            )
        )

    def _say_hours(self):
        """Say how many free hours are left and until when, in the reader's language."""
        self.ensure_one()
        tier = self.tier_id
        begin = self._hours_period()
        year = tier.free_hours_period == "year"
        end = fields.Date.end_of(begin, "year" if year else "month")
        words = {
            "left": tier._hours_text(self.hours_left),
            "granted": tier._hours_text(self.hours_granted),
            "date": format_date(self.env, end),
        }
        over = self.hours_used - self.hours_granted
        if over > 0:
            words["over"] = tier._hours_text(over)
            return self.env._("All %(granted)s used, and %(over)s more, until %(date)s", **words)
        return self.env._("%(left)s of %(granted)s left until %(date)s", **words)

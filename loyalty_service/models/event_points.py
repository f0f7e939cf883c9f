from odoo import fields, models

from ..columns import pick


class Event(models.Model):
    _inherit = "loyalty.service.event"

    move_ids = fields.One2many("loyalty.service.move", "event_id")
    points = fields.Float(
        compute="_compute_points", digits=(16, 2), help="Points that this event gave or took."
    )

    def _compute_points(self):
        sums = dict(
            self.env["loyalty.service.move"]._read_group(
                [("event_id", "in", self.ids)], ["event_id"], ["points:sum"]
            )
        )
        for event in self:
            event.points = sums.get(event, 0.0)

    def _after_record(self):
        """Book points before anything is noted on the clients.

        Whoever books holds the account and then writes on its client. Who had noted a call on
        the client, and wanted the account next, and who held the account for a payment of the
        same client, would wait for each other.
        """
        # sudo: points follow from events, whoever was allowed to record them; only the cards of
        # the clients of these very events are touched.
        Rule_sudo = self.env["loyalty.service.earning.rule"].sudo()
        events_sudo = self.sudo()
        undoing_sudo = pick(events_sudo, bool, "reversal_of_id")
        Rule_sudo._award(events_sudo - undoing_sudo)
        Rule_sudo._take_back(undoing_sudo)
        return super()._after_record()

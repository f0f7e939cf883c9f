from odoo import fields, models


class LoyaltyProgram(models.Model):
    """How clients book appointments in the portal, by programme."""

    _inherit = "loyalty.program"

    booking_active = fields.Boolean(
        string="Clients Book Appointments",
        default=True,
        help="In the portal clients choose among the free times of their account manager: the "
        "working hours, less days off and whatever stands in the calendar.",
    )
    booking_days_ahead = fields.Integer(
        string="Open for (Days)",
        default=14,
        help="So many days ahead a client may book. A tier can add to it: with 14 days here and "
        "7 at the tier Gold, clients of Gold book 21 days ahead.",
    )
    booking_slot_minutes = fields.Integer(
        string="Length (Minutes)", default=30, help="How long an appointment takes."
    )
    booking_notice_hours = fields.Integer(
        string="Not within (Hours)",
        default=24,
        help="An appointment begins so many hours from now at the earliest.",
    )
    booking_cancel_hours = fields.Integer(
        string="Cancelled until (Hours before)",
        default=24,
        help="Later the client calls to cancel.",
    )
    booking_limit = fields.Integer(
        string="Open Appointments per Client",
        default=2,
        help="So many appointments that lie ahead a client may have at a time.",
    )
    booking_daily_limit = fields.Integer(
        string="Bookings per Client and Day",
        default=5,
        help="So often a client may book on one day, with what it cancelled again.",
    )
    booking_user_id = fields.Many2one(
        "res.users",
        string="Desk for Appointments",
        index="btree_not_null",
        ondelete="set null",
        domain="[('share', '=', False)]",
        help="Takes the appointments of clients that have no account manager. Without one these "
        "clients read whom to call.",
    )

    _booking_numbers_check = models.Constraint(
        "CHECK (booking_days_ahead >= 0 AND booking_days_ahead <= 365 "
        "AND booking_notice_hours >= 0 AND booking_cancel_hours >= 0 AND booking_limit >= 1)",
        "Appointments are open for 0 to 365 days, one of them at least per client, and hours "
        "cannot be negative.",
    )
    _booking_daily_check = models.Constraint(
        "CHECK (booking_daily_limit >= 1)", "A client may book once a day at least."
    )
    _booking_slot_check = models.Constraint(
        "CHECK (booking_slot_minutes >= 5 AND booking_slot_minutes <= 480)",
        "An appointment takes 5 to 480 minutes.",
    )

from datetime import datetime

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route

from .forms import typed
from .portal import CustomerPortal

NOTE_LENGTH = 500


class BookingPortal(CustomerPortal):
    """A client books appointments: free times only, and its own company's only.

    What is not its own leads back to the page, like what does not exist.
    """

    def _own_booking_sudo(self, booking_id):
        """Return the appointment if the visitor's company has booked it, or none."""
        client_sudo = self._own_client_sudo()
        return client_sudo.with_context(active_test=False).booking_ids.filtered(
            lambda meeting: meeting.id == booking_id
        )

    @route(
        "/my/loyalty/book",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_book(self, **_kwargs):
        client_sudo = self._own_client_sudo()
        if not client_sudo:
            return request.redirect("/my/loyalty")
        return self._render_book(client_sudo)

    def _render_book(self, client_sudo, refused=None, given=None):
        """Show the free times.

        :param refused: why an appointment could not be booked just now
        :param given: what the visitor has entered
        """
        obstacle = client_sudo._booking_obstacle()
        days = [] if obstacle else client_sudo._booking_days_text()
        return request.render(
            "loyalty_service.portal_loyalty_book_page",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_book",
                "client": client_sudo,
                "obstacle": obstacle,
                # What is in the way is on the page in any case, and told once.
                "refused": refused if refused != obstacle else None,
                "bookings": client_sudo._open_bookings(),
                "days": days,
                "open_day": next((day for day, _told, times in days if times), None),
                **client_sudo._booking_texts(),
                "ways": request.env["calendar.event"]._loyalty_way_texts(),
                "given": given or {},
            },
        )

    @route("/my/loyalty/book/send", type="http", auth="user", website=True, methods=["POST"])
    def portal_my_loyalty_book_send(self, **post):
        client_sudo = self._own_client_sudo()
        if not client_sudo:
            return request.redirect("/my/loyalty")
        given = {
            "slot": typed(post, "slot")[:32],
            "way": typed(post, "way")[:32],
            "note": typed(post, "note")[:NOTE_LENGTH].strip(),
        }
        start = self._read_moment(given["slot"])
        try:
            if not start:
                raise UserError(request.env._("Please choose a time: days open when you tap them."))
            with request.env.cr.savepoint():
                meeting_sudo = client_sudo._book(
                    request.env.user.partner_id, start, given["way"], given["note"]
                )
        except UserError as refused:
            return self._render_book(client_sudo, str(refused), given)
        return request.redirect(f"/my/loyalty/booking/{meeting_sudo.id}", code=303)

    def _read_moment(self, text):
        """Return the moment that a form names, None when it names none."""
        try:
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
        except ValueError:
            return None

    @route(
        "/my/loyalty/booking/<int:booking_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_booking(self, booking_id, **_kwargs):
        meeting_sudo = self._own_booking_sudo(booking_id)
        if not meeting_sudo:
            return request.redirect("/my/loyalty")
        return self._render_booking(meeting_sudo)

    def _render_booking(self, meeting_sudo, refused=None, ask=False):
        """Show an appointment.

        :param refused: why it could not be cancelled just now
        :param bool ask: whether to ask if it is to be cancelled
        """
        client_sudo = meeting_sudo.loyalty_client_id
        return request.render(
            "loyalty_service.portal_loyalty_booking_page",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_booking",
                "client": client_sudo,
                "meeting": meeting_sudo,
                "is_over": meeting_sudo.stop <= fields.Datetime.now(),
                "zone_text": client_sudo._booking_zone_text(meeting_sudo.start),
                "place_text": meeting_sudo._loyalty_place_text(),
                "refused": refused,
                "ask": ask,
            },
        )

    @route(
        "/my/loyalty/booking/<int:booking_id>/ics",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_booking_ics(self, booking_id, **_kwargs):
        meeting_sudo = self._own_booking_sudo(booking_id)
        if not meeting_sudo.active:
            raise request.not_found()
        with meeting_sudo._loyalty_worded_for(request.env.user.partner_id):
            file = meeting_sudo._get_ics_file().get(meeting_sudo.id)
        if not file:
            raise request.not_found()
        return request.make_response(
            file,
            [
                ("Content-Type", "text/calendar; charset=utf-8"),
                ("Content-Disposition", 'attachment; filename="appointment.ics"'),
            ],
        )

    @route(
        "/my/loyalty/booking/<int:booking_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_booking_ask(self, booking_id, **_kwargs):
        """Ask before the appointment is given away: it may be somebody else's a minute later."""
        meeting_sudo = self._own_booking_sudo(booking_id)
        if not meeting_sudo or not meeting_sudo._loyalty_can_cancel():
            return request.redirect(f"/my/loyalty/booking/{booking_id}")
        return self._render_booking(meeting_sudo, ask=True)

    @route(
        "/my/loyalty/booking/<int:booking_id>/cancel/send",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_my_loyalty_booking_cancel(self, booking_id, **_kwargs):
        meeting_sudo = self._own_booking_sudo(booking_id)
        if not meeting_sudo:
            return request.redirect("/my/loyalty")
        try:
            with request.env.cr.savepoint():
                meeting_sudo._loyalty_cancel_by_client()
        except UserError as refused:
            return self._render_booking(meeting_sudo, str(refused))
        return request.redirect(f"/my/loyalty/booking/{booking_id}", code=303)

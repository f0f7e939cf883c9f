from odoo.http import Controller, request, route


class FormAddresses(Controller):
    """Where one gets who opens the address to which a form is sent.

    It stands in the browser while a form is shown again with what was wrong: whoever chooses
    another language there, or comes back from the history, asks for it without the form.
    """

    @route(
        "/my/loyalty/book/send",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_back_to_book(self, **_kwargs):
        return request.redirect("/my/loyalty/book")

    @route(
        "/my/loyalty/booking/<int:booking_id>/cancel/send",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_back_to_booking(self, booking_id, **_kwargs):
        return request.redirect(f"/my/loyalty/booking/{booking_id}")

    @route(
        "/my/loyalty/reward/<int:reward_id>/redeem",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_back_to_reward(self, reward_id, **_kwargs):
        return request.redirect(f"/my/loyalty/reward/{reward_id}")

    @route(
        "/my/loyalty/redemption/<int:redemption_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_back_to_redemption(self, redemption_id, **_kwargs):
        return request.redirect(f"/my/loyalty/redemption/{redemption_id}")

    @route(
        ["/my/loyalty/referrals/new", "/my/loyalty/referrals/<int:_referral_id>/cancel"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_back_to_referrals(self, **_kwargs):
        return request.redirect("/my/loyalty/referrals")

    @route(
        "/my/loyalty/contest",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_back_to_loyalty(self, **_kwargs):
        return request.redirect("/my/loyalty")

from uuid import uuid4

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .forms import typed
from .portal import HISTORY_STEP, CustomerPortal

NOTE_LENGTH = 500
NUMBER_LENGTH = 20


def _typed(number):
    """Return a number as a field of a form takes it: without separators."""
    return str(int(number)) if number == int(number) else f"{number:.2f}"


class RewardPortal(CustomerPortal):
    """Rewards and redemptions of the visitor's own company.

    What is not its own leads back to the page, like what does not exist.
    """

    def _own_reward_sudo(self, client_sudo, reward_id):
        """Return the reward if the client may see it in the portal, or none."""
        offers = client_sudo._offers(portal=True, reward_id=reward_id)
        return offers[0].reward if offers else client_sudo.env["loyalty.reward"]

    def _own_redemption_sudo(self, redemption_id):
        """Return the redemption if it is one of the visitor's company, or none."""
        return self._own_client_sudo().redemption_ids.filtered(
            lambda redemption: redemption.id == redemption_id
        )

    @route(
        "/my/loyalty/reward/<int:reward_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_reward(self, reward_id, **_kwargs):
        client_sudo = self._own_client_sudo()
        reward_sudo = client_sudo and self._own_reward_sudo(client_sudo, reward_id)
        if not reward_sudo:
            return request.redirect("/my/loyalty")
        return self._render_reward(client_sudo, reward_sudo)

    def _render_reward(self, client_sudo, reward_sudo, refused=None, given=None):
        """Show a reward with the question whether to redeem it.

        :param refused: why it could not be redeemed just now
        :param given: what the visitor has entered
        """
        given = given or {}
        contact = request.env.user.partner_id
        [(offer, _told)] = client_sudo._judge(reward_sudo)
        return request.render(
            "loyalty_service.portal_loyalty_reward_page",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_reward",
                "client": client_sudo,
                "reward": reward_sudo,
                "balance": client_sudo.points_today,
                "obstacles": offer.obstacles,
                "wish": offer.wish,
                # What is in the way is on the page in any case, and told once.
                "refused": refused if refused != " ".join(offer.obstacles) else None,
                # Names this page: sending it twice asks once.
                "token": given.get("token") or str(uuid4()),
                # sudo: the address of the visitor's own company.
                "address": given.get("address") or contact.sudo()._loyalty_address(),
                "note": given.get("note") or "",
                **self._points_to_ask(client_sudo, reward_sudo, given),
            },
        )

    def _points_to_ask(self, client_sudo, reward_sudo, given):
        """Return how many points the visitor is asked about, of a discount by the point."""
        if not reward_sudo._is_by_point():
            return {"most_points": 0}
        proposed = reward_sudo._points_to_propose(client_sudo.points_today)
        return {
            "least_points": _typed(reward_sudo.required_points),
            "most_points": _typed(client_sudo._most_points(reward_sudo)),
            "points": given.get("points") or _typed(proposed),
        }

    @route(
        "/my/loyalty/reward/<int:reward_id>/picture",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_reward_picture(self, reward_id, **_kwargs):
        client_sudo = self._own_client_sudo()
        # A redeemed reward may not be offered any more; its picture is still shown with it.
        reward_sudo = client_sudo and (
            self._own_reward_sudo(client_sudo, reward_id)
            or client_sudo.redemption_ids.reward_id.filtered(lambda reward: reward.id == reward_id)
        )
        if not reward_sudo or not reward_sudo.service_image:
            raise request.not_found()
        # sudo: the picture of this one reward, which the visitor may see.
        stream = (
            request.env["ir.binary"].sudo()._get_image_stream_from(reward_sudo, "service_image")
        )
        return stream.get_response()

    @route(
        "/my/loyalty/reward/<int:reward_id>/redeem",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_my_loyalty_redeem(self, reward_id, **post):
        client_sudo = self._own_client_sudo()
        reward_sudo = client_sudo and self._own_reward_sudo(client_sudo, reward_id)
        if not reward_sudo:
            return request.redirect("/my/loyalty")
        given = {
            "token": typed(post, "token")[:64],
            "address": typed(post, "address")[:NOTE_LENGTH],
            "note": typed(post, "note")[:NOTE_LENGTH],
            "points": typed(post, "points")[:NUMBER_LENGTH],
        }
        if not given["token"]:
            refused = request.env._("Please send the form again.")
            return self._render_reward(client_sudo, reward_sudo, refused, given)
        try:
            with request.env.cr.savepoint():
                redemption_sudo = client_sudo.env["loyalty.service.redemption"]._redeem(
                    client_sudo,
                    reward_sudo,
                    # A token of another company's page must not lead to what it made.
                    token=f"portal,{client_sudo.id},{given['token']}",
                    contact_id=request.env.user.partner_id.id,
                    delivery_address=given["address"].strip() or False,
                    note=given["note"].strip() or False,
                    is_from_portal=True,
                    points_asked=self._read_points(given["points"]),
                )
        except UserError as refused:
            return self._render_reward(client_sudo, reward_sudo, str(refused), given)
        return request.redirect(f"/my/loyalty/redemption/{redemption_sudo.id}", code=303)

    @staticmethod
    def _read_points(text):
        """Return the number that a visitor has entered; None without one, -1 if it is none."""
        if not text.strip():
            return None
        try:
            return float(text)
        except ValueError:
            return -1.0

    @route(
        "/my/loyalty/redemption/<int:redemption_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_redemption(self, redemption_id, **_kwargs):
        redemption_sudo = self._own_redemption_sudo(redemption_id)
        if not redemption_sudo:
            return request.redirect("/my/loyalty")
        return self._render_redemption(redemption_sudo)

    def _render_redemption(self, redemption_sudo, refused=None):
        return request.render(
            "loyalty_service.portal_loyalty_redemption_page",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_redemption",
                "client": redemption_sudo.client_id,
                "redemption": redemption_sudo,
                "refused": refused,
            },
        )

    @route(
        "/my/loyalty/redemption/<int:redemption_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_my_loyalty_redemption_cancel(self, redemption_id, **_kwargs):
        redemption_sudo = self._own_redemption_sudo(redemption_id)
        if not redemption_sudo:
            return request.redirect("/my/loyalty")
        try:
            with request.env.cr.savepoint():
                redemption_sudo._cancel_by_client()
        except UserError as refused:
            return self._render_redemption(redemption_sudo, str(refused))
        return request.redirect(f"/my/loyalty/redemption/{redemption_id}", code=303)

    @route(
        ["/my/loyalty/redemptions", "/my/loyalty/redemptions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_redemptions(self, page=1, **_kwargs):
        client_sudo = self._own_client_sudo()
        if not client_sudo:
            return request.redirect("/my/loyalty")
        redemptions_sudo = client_sudo.redemption_ids.sorted()
        pager = portal_pager(
            url="/my/loyalty/redemptions",
            total=len(redemptions_sudo),
            page=page,
            step=HISTORY_STEP,
        )
        first = pager["offset"]
        return request.render(
            "loyalty_service.portal_loyalty_redemptions_page",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_redemptions",
                "client": client_sudo,
                "redemptions": redemptions_sudo[first : first + HISTORY_STEP],
                "pager": pager,
            },
        )

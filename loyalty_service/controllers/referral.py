from base64 import b64encode
from io import BytesIO
from secrets import token_urlsafe

import qrcode

from odoo.exceptions import UserError, ValidationError
from odoo.http import request, route

from ..engine.referral import STANDING
from .forms import render_private, typed
from .portal import CustomerPortal

STEP = 20
# Longer ones are no names, numbers or addresses.
LONGEST = {"company_name": 120, "contact_name": 80, "email": 120, "phone": 40, "vat": 40}
LONGEST_NOTE = 500
# Looks like a field to a machine that fills in forms; people never see it.
TRAP = "website"


class ReferralPortal(CustomerPortal):
    """How clients recommend the firm: their own page, and the page behind their link."""

    # ------------------------------------------------------------------
    # The client's own page
    # ------------------------------------------------------------------

    @route(
        ["/my/loyalty/referrals", "/my/loyalty/referrals/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
        methods=["GET"],
    )
    def portal_my_referrals(self, page=1, sent=None, **_kwargs):
        return self._render_referrals(page=page, notice=sent)

    @route("/my/loyalty/referrals/new", type="http", auth="user", website=True, methods=["POST"])
    def portal_invite(self, **post):
        client_sudo = self._own_client_sudo()
        if not client_sudo or not client_sudo.company_id._loyalty_offers_referrals():
            return request.redirect("/my/loyalty/referrals")
        values, error = self._read_form(post)
        if not error:
            try:
                # A refusal of any kind leaves nothing behind, and the page says what is wrong.
                with request.env.cr.savepoint():
                    invitation_sudo = client_sudo._invite(
                        {
                            **values,
                            "source": "portal",
                            "invited_by_id": request.env.user.partner_id.id,
                            "ip_hash": self._connection(),
                        }
                    )
            except (UserError, ValidationError) as refusal:
                error = str(refusal)
        if error:
            return self._render_referrals(form=post, error=error)
        # Nothing but what its row says at once: whether a company is known is nobody's business.
        program = client_sudo.company_id._loyalty_referral_program()
        counts = invitation_sudo._portal_state(program) in STANDING
        return request.redirect(f"/my/loyalty/referrals?sent={'yes' if counts else 'no'}")

    @route(
        "/my/loyalty/referrals/<int:referral_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_cancel_referral(self, referral_id, **_post):
        client_sudo = self._own_client_sudo()
        # Of another company's there is no more to learn than of one that does not exist.
        referral_sudo = client_sudo.referral_ids.filtered(lambda record: record.id == referral_id)
        if any(row.may_cancel for row in referral_sudo._portal_rows()):
            referral_sudo._take_back()
        return request.redirect("/my/loyalty/referrals")

    @route("/my/loyalty/referrals/qr", type="http", auth="user", website=True, readonly=True)
    def portal_referral_qr(self, download=None, **_kwargs):
        client_sudo = self._own_client_sudo()
        if not client_sudo.referral_url:
            return request.redirect("/my/loyalty/referrals")
        headers = [
            ("Content-Type", "image/png"),
            # The link may be closed and replaced at any time.
            ("Cache-Control", "private, no-store"),
        ]
        if download:
            headers.append(("Content-Disposition", 'attachment; filename="qr.png"'))
        return request.make_response(self._qr(client_sudo), headers=headers)

    @route("/my/loyalty/referrals/poster", type="http", auth="user", website=True, readonly=True)
    def portal_referral_poster(self, **_kwargs):
        client_sudo = self._own_client_sudo()
        if not client_sudo.referral_url:
            return request.redirect("/my/loyalty/referrals")
        return request.render(
            "loyalty_service.portal_referral_poster",
            {"client": client_sudo, "qr": b64encode(self._qr(client_sudo)).decode()},
        )

    def _render_referrals(self, page=1, form=None, error=None, notice=None):
        client_sudo = self._own_client_sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "loyalty_referrals",
            "client": client_sudo,
            "offered": client_sudo.company_id._loyalty_offers_referrals(),
            "form": form or {},
            "error": error,
            "notice": notice,
            "submission": (form or {}).get("submission") or token_urlsafe(12),
        }
        if values["offered"]:
            values |= client_sudo._prepare_referral_page(page, STEP)
        return request.render("loyalty_service.portal_my_referrals", values)

    def _qr(self, client_sudo):
        """Return the picture of the client's link: made here, so that it is in no other log.

        With the library of Odoo's own two-factor login: its barcode pictures need a drawing
        library that not every server has.
        """
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=12)
        code.add_data(client_sudo.referral_url)
        picture = BytesIO()
        code.make_image().save(picture, "PNG")
        return picture.getvalue()

    # ------------------------------------------------------------------
    # The page behind a link: for everybody
    # ------------------------------------------------------------------

    @route(
        "/refer/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
        methods=["GET"],
    )
    def referral_landing(self, token, **_kwargs):
        return self._render_landing(token)

    @route(
        "/refer/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def referral_answer(self, token, **post):
        client_sudo = request.env["loyalty.service.client"]._by_referral_token(token)
        if not client_sudo:
            return self._render_landing(token)
        if post.get(TRAP):
            # A machine: it may believe that it was heard.
            return self._render_landing(token, done=True)
        values, error = self._read_form(post)
        if not error:
            try:
                with request.env.cr.savepoint():
                    client_sudo._invite({**values, "source": "link", "ip_hash": self._connection()})
            except (UserError, ValidationError) as refusal:
                error = str(refusal)
        return self._render_landing(token, form=post, error=error, done=not error)

    def _render_landing(self, token, form=None, error=None, done=False):
        """Show the page of an open link, or the one that all others share."""
        client_sudo = request.env["loyalty.service.client"]._by_referral_token(token)
        values = {
            "client": client_sudo,
            "form": form or {},
            "error": error,
            "done": done,
            "trap": TRAP,
            "submission": (form or {}).get("submission") or token_urlsafe(12),
        }
        return render_private("loyalty_service.referral_landing", values, found=client_sudo)

    # ------------------------------------------------------------------
    # Forms
    # ------------------------------------------------------------------

    def _read_form(self, post):
        """Return what a form says about a company, and what is wrong with it, or None."""
        values = {
            name: " ".join(typed(post, name).split())[: longest + 1]
            for name, longest in LONGEST.items()
        }
        error = None
        if any(len(values[name]) > longest for name, longest in LONGEST.items()):
            error = request.env._("One of the fields is too long.")
        elif not values["company_name"] or not values["contact_name"]:
            error = request.env._("Please give the name of the company and of a contact.")
        elif not values["phone"] and not values["email"]:
            error = request.env._("Please give a phone number or an e-mail address.")
        elif not post.get("consent"):
            error = request.env._("We may call only who has agreed to it. Please tick the box.")
        elif not post.get("submission"):
            error = request.env._("Please send the form again.")
        return {
            **{name: value or False for name, value in values.items()},
            "note": typed(post, "note").strip()[:LONGEST_NOTE] or False,
            "consent": True,
            "submission": typed(post, "submission")[:64],
        }, error

    def _connection(self):
        """Return the hash of the visitor's internet address."""
        return request.env["loyalty.service.referral"]._hash_connection(
            request.httprequest.remote_addr or ""
        )

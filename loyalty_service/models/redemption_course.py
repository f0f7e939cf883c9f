from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, clean_context, plaintext2html
from odoo.tools.translate import LazyTranslate

from .. import letters
from ..concurrency import again_if_taken
from .loyalty_card import Source
from .loyalty_program import USER
from .loyalty_reward import DISCOUNT
from .redemption import OPEN

_lt = LazyTranslate(__name__)

ACTIVITY = "mail.mail_activity_data_todo"
DELIVERED_MAIL = "loyalty_service.mail_template_redemption_delivered"
CANCELLED_MAIL = "loyalty_service.mail_template_redemption_cancelled"


class Redemption(models.Model):
    """From the request to the client's hand: each step once, whoever clicks how often."""

    _inherit = "loyalty.service.redemption"

    # ------------------------------------------------------------------
    # Asking for it
    # ------------------------------------------------------------------

    @api.model
    def _redeem(self, client, reward, token=None, **values):
        """Redeem ``reward`` for ``client`` and return the redemption: the one door.

        The caller has made sure that the user may act for the client: staff by the record
        rules, a visitor of the portal by being one of its contacts.

        Two requests for one client are one after the other: the second fails with a
        serialization failure, on which Odoo runs it again, and then sees what is left.

        :param token: names the click; the same one again returns the redemption it made. None
            or empty: nothing is known of the click
        :param values: contact_id, delivery_address, note, is_from_portal, points_asked
        :raises UserError: says what is in the way
        """
        # sudo: redemptions, stock and points follow from a request that is checked here; only
        # those of this client and this reward are touched.
        # What the caller proposes for new records elsewhere is no word on state or points here.
        env_sudo = self.env(su=True, context=clean_context(self.env.context))
        redemption_sudo = self.with_env(env_sudo)._redeem_sudo(
            client.with_env(env_sudo), reward.with_env(env_sudo), token, values
        )
        return redemption_sudo.with_env(self.env)

    def _redeem_sudo(self, client, reward, token, values):
        if token:
            known = self.search([("token", "=", token)])
            if known:
                if known.client_id != client or known.reward_id != reward:
                    raise UserError(self.env._("This page is no longer valid. Open it again."))
                return known
        client._ensure_card()
        client._hold_for_redeeming()
        obstacles = client._obstacles(reward)
        if obstacles:
            raise UserError(" ".join(obstacles))
        values["points_asked"] = client._asked_points(reward, values.get("points_asked"))
        if reward.service_has_stock:
            reward.service_stock -= 1
        with again_if_taken(self, self._token_unique):
            redemption = self.create(
                {
                    **self._prepare_redemption_values(client, reward),
                    **values,
                    "token": token or None,
                    "has_taken_stock": reward.service_has_stock,
                }
            )
            redemption.flush_recordset()
        if redemption.kind != DISCOUNT:
            redemption._move_points(-redemption.points)
        redemption._ask_responsible()
        return redemption

    @api.model
    def _prepare_redemption_values(self, client, reward):
        company = client.company_id
        cost = reward.currency_id._convert(
            reward.service_cost, company.currency_id, company, company._loyalty_day()
        )
        return {
            "client_id": client.id,
            "company_id": company.id,
            "contact_id": client.partner_id.id,
            "reward_id": reward.id,
            "kind": reward.service_kind,
            "points": reward.required_points,
            "cost": cost,
            "date_requested": fields.Datetime.now(),
            "requested_by_id": self.env.uid,
        }

    def _move_points(self, change):
        """Spend points of the client's card, or give back those that were spent before."""
        self.ensure_one()
        company = self.company_id
        reward = self.reward_id.with_context(lang=company._loyalty_lang())
        card = (
            self._find_card()
            .with_company(company)
            .with_context(loyalty_service_source=Source(self._points_origin(), reward.description))
        )
        card.points = round(card.points + change, 2)

    def _find_card(self):
        """Return the client's account or, where it has none now, the one that paid.

        Whoever archives a card takes it from the client. What it paid comes back to it, and is
        there when it is restored.

        :raises UserError: no account of the client is left
        """
        self.ensure_one()
        card = self.client_id.card_id
        if not card:
            # sudo: the rows by which this redemption spent its points.
            moves_sudo = (
                self.env["loyalty.service.move"]
                .sudo()
                .search([("origin", "=", self._points_origin())], order="id desc", limit=1)
            )
            card = moves_sudo.card_id.with_env(self.env)
        if not card:
            raise UserError(
                self.env._(
                    "%s has no account of points. Restore its loyalty card, or give it points, "
                    "and try again.",
                    self.client_id.display_name,
                )
            )
        return card

    def _ask_responsible(self):
        """Have somebody prepare it: the one in charge of rewards, or the account manager."""
        for redemption in self:
            user = redemption._find_responsible()
            redemption.user_id = user
            if user:
                words = redemption.with_context(lang=redemption.company_id._loyalty_lang(user))
                redemption.activity_schedule(
                    ACTIVITY,
                    user_id=user.id,
                    summary=words.env._("Reward: %s", words.reward_id.description),
                    note=plaintext2html(redemption.note or ""),
                )

    def _find_responsible(self):
        """Return who is asked, or nobody: it waits in the list of all in that case."""
        self.ensure_one()
        candidates = self.reward_id.program_id.reward_user_id + self.client_id.user_id
        return candidates.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.has_group(USER)
                and self.company_id in user.company_ids
            )
        )[:1]

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _claim_steps(self, before, after):
        """Return those of ``self`` in one of the states ``before``, locked, as superuser.

        Those that are in the state ``after`` already are left out: a second click does nothing.

        :raises UserError: when one is in neither
        """
        self.check_access("write")
        # Two people at once: the second waits, and looks again once the first is done.
        self.env.execute_query(
            SQL(
                "SELECT id FROM loyalty_service_redemption WHERE id IN %s ORDER BY id "
                "FOR NO KEY UPDATE",
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset(["state"])
        states = dict(self._fields["state"]._description_selection(self.env))
        for redemption in self:
            if redemption.state not in (*before, after):
                raise UserError(
                    self.env._(
                        "%(redemption)s: this step is not possible, since its state is "
                        "“%(state)s”.",
                        redemption=redemption.display_name,
                        state=states[redemption.state],
                    )
                )
        # sudo: what only the actions decide, of redemptions that the user may write.
        return self.sudo().filtered(lambda redemption: redemption.state in before)

    def action_prepare(self):
        """Note that it lies ready, or that the service has been arranged."""
        self._check_no_discount()
        redemptions_sudo = self._claim_steps(("requested",), "prepared")
        redemptions_sudo.write({"state": "prepared", "date_prepared": fields.Datetime.now()})
        return True

    def action_deliver(self):
        """Note that the client has it, tell the client, and record the gift."""
        self._check_no_discount()
        redemptions_sudo = self._claim_steps(OPEN, "delivered")
        redemptions_sudo._set_delivered()
        redemptions_sudo._record_gifts()
        redemptions_sudo.filtered(lambda redemption: not redemption.is_mailed)._mail(DELIVERED_MAIL)
        redemptions_sudo.is_mailed = True
        return True

    def _set_delivered(self, **values):
        self.write(
            {
                "state": "delivered",
                "date_delivered": fields.Datetime.now(),
                "done_by_id": self.env.uid,
                **values,
            }
        )
        self._close_activities()

    def action_undo_delivery(self):
        """Take back that it was delivered, which somebody clicked by mistake."""
        self._check_no_discount()
        redemptions_sudo = self._claim_steps(("delivered",), "prepared")
        redemptions_sudo.write({"state": "prepared", "date_delivered": False, "done_by_id": False})
        redemptions_sudo._record_gifts()
        redemptions_sudo._ask_responsible()
        return True

    def action_cancel(self):
        """Give the points back to the lots that they came from, and tell the client."""
        self._claim_steps(OPEN, "cancelled")._cancel()
        return True

    def _cancel_by_client(self):
        """Cancel what nobody has begun to prepare, as the client may in the portal."""
        self._claim_steps(("requested",), "cancelled")._cancel()

    def _cancel(self):
        paid = self.filtered(lambda redemption: redemption.kind != DISCOUNT)
        # All at once, in the order of the accounts, as whoever else holds several.
        paid.client_id._hold_for_redeeming()
        for redemption in self:
            if redemption in paid:
                redemption._move_points(redemption.points)
            elif redemption.order_id:
                redemption._drop_from_order()
        self._set_cancelled()
        self._mail(CANCELLED_MAIL)

    def _set_cancelled(self, **values):
        for redemption in self.filtered("has_taken_stock"):
            redemption.reward_id.service_stock += 1
        self.write(
            {
                "state": "cancelled",
                "date_cancelled": fields.Datetime.now(),
                "done_by_id": self.env.uid,
                "has_taken_stock": False,
                "order_id": False,
                **values,
            }
        )
        self._close_activities()

    def _check_no_discount(self):
        if self.filtered(lambda redemption: redemption.kind == DISCOUNT):
            raise UserError(
                self.env._("A discount is granted by a quotation: use “Take into a Quotation”.")
            )

    def _close_activities(self):
        self.activity_unlink([ACTIVITY])

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _record_gifts(self):
        """Have the history of the clients say what they were given."""
        wanted = {
            redemption.id: (
                "gift",
                {
                    "partner": redemption._receiver(),
                    "date": redemption.date_delivered,
                    "company_id": redemption.company_id.id,
                    "user_id": redemption.env["loyalty.service.event"]._default_user_id().id,
                    "summary": (redemption.reward_id, "description"),
                },
            )
            for redemption in self
            if redemption.state == "delivered" and redemption.kind != DISCOUNT
        }
        self.env["loyalty.service.event"]._sync_source(self, ["gift"], wanted)

    def _receiver(self):
        """Return the contact that receives it or, once it left the client, the client."""
        self.ensure_one()
        is_of_client = self.contact_id.commercial_partner_id == self.partner_id
        return self.contact_id if is_of_client else self.partner_id

    def _mail(self, template):
        """Tell the clients, each in the language of its contact, where there is an address."""
        letters.send(
            self.env.ref(template, raise_if_not_found=False),
            self.filtered(lambda redemption: redemption._receiver().email),
        )

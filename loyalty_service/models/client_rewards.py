from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine import rewards
from .client_statement import STATEMENT_MONTHS
from .loyalty_reward import DISCOUNT
from .redemption import OPEN

# So many bars fit beside each other on a phone.
MONTHS_SHOWN = 6
# The others are on a page of their own.
REDEMPTIONS_SHOWN = 5


class Offered(NamedTuple):
    """A reward as a client sees it.

    :ivar obstacles: sentences that say why the client cannot have it now; none if it can
    :ivar missing: points that the client needs beside those it has
    :ivar share: how much of the price the client has, in per cent
    :ivar wish: the redemption by which the client asked for it already, if it is a discount
    """

    reward: object
    obstacles: list
    missing: float
    share: float
    wish: object


class Client(models.Model):
    """What a client can redeem, and what it has redeemed."""

    _inherit = "loyalty.service.client"

    redemption_ids = fields.One2many("loyalty.service.redemption", "client_id")

    def _hold_for_redeeming(self):
        """Have requests of one client come one after the other.

        The row is really written: a transaction that waited for it then fails and is run again
        by Odoo, and does not go on with the limits and points that it read before.

        The account comes first, as where points are earned: of two transactions that each held
        what the other one wants next, PostgreSQL would end one.
        """
        self.card_id._lock_accounts()
        self._hold()

    def _hold(self):
        """Have requests of one client come one after the other: the row is really written."""
        self.env.execute_query(
            SQL(
                "UPDATE loyalty_service_client SET write_date = %s WHERE id IN %s RETURNING id",
                self.env.cr.now(),
                tuple(self.ids) or (0,),
            )
        )

    def _ensure_card(self):
        """Have the client hold an account, which one that never got points has not yet."""
        self.ensure_one()
        program = self._points_program()
        if not self.card_id and program:
            cards = self.env["loyalty.card"]._ensure_service_cards(self.partner_id, program)
            cards[self.partner_id]._link_clients()

    def _points_program(self):
        """Return the programme of the client's points."""
        return self.card_id.program_id or self.tier_id.program_id

    def _spendable(self, reward):
        """Return the points that the client may spend on ``reward``.

        For gifts and services its balance, and what it may owe. A discount takes what is there:
        so does every quotation, and nobody pays less for points that are never earned.
        """
        self.ensure_one()
        if reward.service_kind == DISCOUNT:
            return self.points_today
        return self.points_today + self._points_program().service_debt_limit

    def _offers(self, portal=False, reward_id=None):
        """Return an :class:`Offered` for each reward of the client's programme.

        A constant number of queries, however many rewards and redemptions there are.

        :param portal: only what clients see themselves, without what is over
        :param reward_id: only this one, if it is offered
        """
        self.ensure_one()
        Reward = self.env["loyalty.reward"]
        program = self._points_program()
        domain = Reward._offered_domain(program, portal)
        if reward_id is not None:
            domain &= Domain("id", "=", reward_id)
        found = Reward.search(domain) if program else Reward
        offers = self._judge(found)
        if portal:
            offers = [
                offer
                for offer, told in offers
                if not {rewards.OVER, rewards.EARLY} & {obstacle.kind for obstacle in told}
            ]
        else:
            offers = [offer for offer, _told in offers]
        return sorted(offers, key=lambda offer: (bool(offer.obstacles), offer.missing > 0))

    def _obstacles(self, reward):
        """Return sentences that say why the client cannot have ``reward`` now."""
        self.ensure_one()
        if not reward.active or reward.program_id != self._points_program():
            return [self.env._("This reward is not offered any more.")]
        [(offer, _told)] = self._judge(reward)
        return offer.obstacles

    def _judge(self, offered):
        """Return ``[(Offered, obstacles of the engine)]`` for rewards of one programme."""
        self.ensure_one()
        ladder = self.env["loyalty.service.tier"]._ladder(offered.program_id[:1]).ids
        tier = ladder.index(self.tier_id.id) if self.tier_id.id in ladder else None
        today = self.company_id._loyalty_day()
        taken = self._redeemed_days(offered.filtered("service_limit"))
        wishes = self._open_wishes(offered)
        result = []
        for reward in offered:
            offer, points = reward._as_offer(ladder), self._spendable(reward)
            told = rewards.obstacles(offer, points, tier, taken.get(reward.id, ()), today)
            missing = sum(obstacle.missing for obstacle in told)
            share = min(max(points, 0.0) / offer.price, 1.0) * 100
            sentences = [self._obstacle_text(reward, obstacle) for obstacle in told]
            wish = wishes.get(reward, self.env["loyalty.service.redemption"])
            if wish:
                # Whatever else is in the way is so of the wish that waits, and told there.
                sentences, missing = [wish._wish_text()], 0.0
            result.append((Offered(reward, sentences, missing, share, wish), told))
        return result

    def _open_wishes(self, offered):
        """Return ``{reward: redemption}`` of the discounts that the client has asked for.

        Only one of them fits into a quotation, so the second has to wait for the first.
        """
        discounts = offered.filtered(lambda reward: reward.service_kind == DISCOUNT)
        if not discounts:
            return {}
        # sudo: who redeems for the client may know that it was asked for; salespeople, too.
        wishes_sudo = (
            self.env["loyalty.service.redemption"]
            .sudo()
            .search(
                [
                    ("client_id", "=", self.id),
                    ("reward_id", "in", discounts.ids),
                    ("state", "in", OPEN),
                ]
            )
        )
        return {wish.reward_id: wish.with_env(self.env) for wish in wishes_sudo}

    def _redeemed_days(self, offered):
        """Return ``{reward id: [day, ...]}`` on which the client redeemed rewards before."""
        days = {}
        if not offered:
            return days
        # sudo: of a programme that several firms share, what the client redeemed in any of them
        # counts; only the days leave this method.
        redemptions_sudo = (
            self.env["loyalty.service.redemption"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("reward_id", "in", offered.ids),
                    ("state", "!=", "cancelled"),
                ],
                ["reward_id", "date_requested"],
            )
        )
        for redemption in redemptions_sudo:
            day = self.company_id._loyalty_day(redemption.date_requested)
            days.setdefault(redemption.reward_id.id, []).append(day)
        return days

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _obstacle_text(self, reward, obstacle):
        """Say what is in the way, to the client as well as to staff."""
        if obstacle.kind == rewards.POINTS:
            if obstacle.missing == 1:
                return self.env._("1 more point is needed.")
            return self.env._("%s more points are needed.", self._number(obstacle.missing))
        if obstacle.kind == rewards.TIER:
            # sudo: as in _as_offer.
            return self.env._("For clients from %s.", reward.sudo().min_tier_id.name)
        if obstacle.kind == rewards.EARLY:
            day = format_date(self.env, reward.service_date_from)
            return self.env._("Can be redeemed from %s.", day)
        if obstacle.kind == rewards.OVER:
            day = format_date(self.env, reward.service_date_to)
            return self.env._("Could be redeemed until %s.", day)
        if obstacle.kind == rewards.STOCK:
            return self.env._("None is left at the moment.")
        return self._limit_text(reward)

    def _most_points(self, reward):
        """Return how many points the client can use for a discount by the point."""
        return rewards.steps_within(self.points_today, reward.required_points)

    def _asking_text(self, reward):
        """Say how many points of a discount by the point the client may ask for."""
        return self.env._(
            "You have %(balance)s. You can use %(least)s or more, in steps of %(least)s.",
            balance=self._points_text(self.points_today),
            least=self._number(reward.required_points),
        )

    def _asked_points(self, reward, points=None):
        """Return how many points the client asks to use; 0 of a reward that has its price.

        :param points: in any number; None: as many as are proposed
        """
        self.ensure_one()
        if not reward._is_by_point():
            return 0.0
        if points is None:
            return reward._points_to_propose(self.points_today)
        least, most = reward.required_points, self._most_points(reward)
        if not least <= points <= most:
            raise UserError(
                self.env._(
                    "How many points? Say a number from %(least)s to %(most)s.",
                    least=self._number(least),
                    most=self._number(most),
                )
            )
        return rewards.whole_steps(points, least, most)

    def _points_text(self, points):
        """Return points with the name that the programme gives them."""
        return self.env._(
            "%(points)s %(name)s", points=self._number(points), name=self._point_name()
        )

    def _reward_price(self, reward):
        """Say what a reward costs; of a discount by the point, from how many it can be had."""
        if (reward.reward_type, reward.discount_mode) == ("discount", "per_point"):
            return self._reward_text(reward)
        return self._points_text(reward.required_points)

    def _reward_terms(self, reward):
        """Return sentences about who can have a reward, how often and until when."""
        terms = []
        # sudo: as in _obstacle_text.
        tier = reward.sudo().min_tier_id
        if tier:
            terms.append(self.env._("For clients from %s.", tier.name))
        limit = reward.service_limit
        if limit:
            terms.append(
                {
                    "month": self.env._("At most %s a month.", limit),
                    "quarter": self.env._("At most %s a quarter.", limit),
                    "year": self.env._("At most %s a year.", limit),
                    "ever": self.env._("At most %s per client.", limit),
                }[reward.service_limit_period]
            )
        if reward.service_date_to:
            day = format_date(self.env, reward.service_date_to)
            terms.append(self.env._("Can be redeemed until %s.", day))
        return terms

    def _limit_text(self, reward):
        limit = reward.service_limit
        return {
            "month": self.env._("Redeemed already: at most %s a month.", limit),
            "quarter": self.env._("Redeemed already: at most %s a quarter.", limit),
            "year": self.env._("Redeemed already: at most %s a year.", limit),
            "ever": self.env._("Redeemed already: at most %s per client.", limit),
        }[reward.service_limit_period]

    # ------------------------------------------------------------------
    # Portal and statement
    # ------------------------------------------------------------------

    def _prepare_portal_values(self):
        values = super()._prepare_portal_values()
        return {
            **values,
            "offers": self._offers(portal=True),
            "redemptions": self.redemption_ids.sorted()[:REDEMPTIONS_SHOWN],
            "redemptions_count": len(self.redemption_ids),
            "expiry_months": self._expiry_months(),
        }

    def _expiry_months(self):
        """Return ``[(month, points, height in per cent)]`` of the next months that lose points."""
        months = {}
        for day, points in self._open_lots()[self]:
            if day and points > 0:
                first = day.replace(day=1)
                months[first] = months.get(first, 0.0) + points
        shown = sorted(months.items())[:MONTHS_SHOWN]
        most = max((points for _month, points in shown), default=0.0)
        return [(self._month_text(month), points, points / most * 100) for month, points in shown]

    def _rewards_within_reach(self):
        """Return the rewards that the client can ask for in the portal today."""
        return [offer.reward for offer in self._offers(portal=True) if not offer.obstacles]

    def _prepare_statement_values(self):
        values = super()._prepare_statement_values()
        since = self.company_id._loyalty_day() - relativedelta(months=STATEMENT_MONTHS)
        moment = self.company_id._loyalty_moment(since)
        redeemed = self.redemption_ids.filtered(
            lambda redemption: redemption.date_requested >= moment
        )
        return {
            **values,
            "redemptions": redeemed.sorted(
                lambda redemption: (redemption.date_requested, redemption.id)
            ),
        }

    # ------------------------------------------------------------------
    # Staff
    # ------------------------------------------------------------------

    def action_redeem(self, contact=None):
        """Open the dialog in which staff redeem a reward for the client.

        :param contact: who of the client asked for it
        """
        self.ensure_one()
        return self.env["loyalty.service.redeem"]._open_for(self, contact or self.partner_id)

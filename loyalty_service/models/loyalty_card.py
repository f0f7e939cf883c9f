from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

from ..append_only import handing_over
from ..bulk import leave_room
from ..columns import rows
from ..concurrency import again_if_taken
from .loyalty_card_ledger import Posting
from .loyalty_program import MANAGER, USER


class Source(NamedTuple):
    """In the context as ``loyalty_service_source``: the record whose business moves points.

    :ivar origin: "model,id"; points that it spent return to the lots they came from, and more
        than it spent does not return. Without one, a person adjusts the balance for the reason
        given.
    :ivar reason: what the history of the card says
    :ivar may_owe: what the record did is undone: the points that it gave are taken back from
        the lots that it made, even if they are not there any more (the cancellation of an order
        must not fail over points that it gave)
    :ivar is_change: points come back and are spent anew, since an earlier spend changes; those
        of them whose last day has passed in between stay spent
    """

    origin: str | None
    reason: str
    may_owe: bool = False
    is_change: bool = False

    def is_order(self):
        """Tell whether points pay for a discount on an order, which takes only what is there."""
        return bool(self.origin) and self.origin.startswith("sale.order,")


# What the system keeps of a card.
KEPT = {"service_points", "service_next_expiry", "company_id"}
# What a card is found by and whether it is good for anything: not for who merely sells.
MANAGED = {"active", "code", "expiration_date"}


class LoyaltyCard(models.Model):
    _name = "loyalty.card"
    _inherit = ["loyalty.card", "loyalty.service.others"]

    service_points = fields.Boolean(
        related="program_id.service_points", store=True, precompute=True, string="Has a Ledger"
    )
    # Also lets the ORM find the loyalty records of many cards at once when points change.
    service_client_ids = fields.One2many("loyalty.service.client", "card_id", groups=USER)
    # What is told of an account depends on its moves and not on its points: those of every gift
    # card and wallet, too, are written, and the ORM looks for all that depends on them each time.
    service_move_ids = fields.One2many(
        "loyalty.service.move", "card_id", string="Points Ledger", groups=USER
    )

    # No later than the first last day of a lot that has points; so what is due is found without
    # a look at the ledger.
    service_next_expiry = fields.Date(
        string="Look for Expired Points after",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=USER,
    )

    _service_card_unique = models.UniqueIndex(
        "(program_id, partner_id) WHERE service_points AND active AND partner_id IS NOT NULL",
        "This client has a card of this programme already.",
    )

    def init(self):
        """Points change with all that happens."""
        leave_room(self)
        return super().init()

    # ------------------------------------------------------------------
    # One card per client
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Make cards; a client that has one of a service programme keeps it.

        The account belongs to the company, so a card for one of its contacts is the card of
        the company. Points given with it are added to those that are there. The answer has one
        card per dict of ``vals_list``, in its order.
        """
        for vals in vals_list:
            self._check_not_kept(vals)
        program_ids = [self._program_id_of(vals) for vals in vals_list]
        # sudo: whether a programme keeps a ledger is asked for every card, whoever makes it.
        programs_sudo = self.env["loyalty.program"].sudo().browse(filter(None, program_ids))
        served = set(programs_sudo.filtered("service_points").ids)
        if not served:
            return super().create(vals_list)
        vals_list = self._for_ledger(vals_list, program_ids, served)
        # A card that is not a client's one card stands for itself, by its number.
        keys = [
            (program, vals["partner_id"])
            if program in served and vals.get("partner_id")
            else number
            for number, (vals, program) in enumerate(zip(vals_list, program_ids, strict=True))
        ]
        cards = self._find_service_cards([key for key in keys if isinstance(key, tuple)])
        added, fresh = {}, {}
        for key, vals in zip(keys, vals_list, strict=True):
            if key in cards:
                if vals["points"]:
                    added[cards[key]] = added.get(cards[key], 0.0) + vals["points"]
            elif key in fresh:
                fresh[key] = dict(fresh[key], points=fresh[key]["points"] + vals["points"])
            else:
                fresh[key] = vals
        self._add_points(added)
        with again_if_taken(self, self._service_card_unique):
            created = super().create(list(fresh.values()))
        cards.update(zip(fresh, created, strict=True))
        served_cards = created.filtered("service_points")
        served_cards._open_accounts()
        served_cards._link_clients()
        return self.browse([cards[key].id for key in keys])

    def _add_points(self, added, opening=False):
        """Add to the balances ``{card: points}``: booked at once, however many there are.

        :param bool opening: what the cards hold becomes what their ledger adds up to
        """
        cards = self.union(*added)
        before = {card.id: card.points for card in cards}
        booked = cards._book_changes(
            {card.id: round(before[card.id] + points, 2) for card, points in added.items()},
            opening=opening,
        )
        cards._set_points(before, booked)

    def _program_id_of(self, vals):
        if "program_id" in vals:
            return vals["program_id"]
        return self.default_get(["program_id"]).get("program_id")

    def _for_ledger(self, vals_list, program_ids, served):
        """Return the dicts such that cards with a ledger are a company's, in hundredths."""
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        )
        # sudo: only the link to the company is read, which whoever gives points to a contact
        # need not be allowed to see.
        commercial = {partner.id: partner.commercial_partner_id.id for partner in partners.sudo()}
        return [
            dict(
                vals,
                partner_id=commercial.get(vals.get("partner_id"), False),
                points=round(vals.get("points") or 0.0, 2),
                # Odoo's dialogs and tills may send one along; its points have their last days.
                expiration_date=False,
            )
            if program in served
            else vals
            for vals, program in zip(vals_list, program_ids, strict=True)
        ]

    @api.model
    def _find_service_cards(self, keys):
        """Return ``{(program id, partner id): card}`` of those of ``keys`` that have one."""
        if not keys:
            return {}
        # sudo: that a client has one card is a fact of the database; a record rule that hides
        # the card must not lead to a second one.
        cards_sudo = self.sudo().search_fetch(
            [
                ("service_points", "=", True),
                ("active", "=", True),
                ("program_id", "in", [program_id for program_id, _partner_id in keys]),
                ("partner_id", "in", [partner_id for _program_id, partner_id in keys]),
            ],
            ["program_id", "partner_id"],
        )
        return dict(
            zip(
                rows(cards_sudo, "program_id", "partner_id"),
                cards_sudo.with_env(self.env),
                strict=True,
            )
        )

    @api.model
    def _ensure_service_cards(self, partners, program):
        """Return ``{partner: card}`` for commercial partners, cards made where missing."""
        known = self._find_service_cards([(program.id, partner.id) for partner in partners])
        cards = {partner: known.get((program.id, partner.id)) for partner in partners}
        missing = [partner for partner, card in cards.items() if card is None]
        if missing:
            # The history of a card is its ledger; a second one by tracking would cost more
            # than the booking. Whose event it follows from has no say in what the card holds.
            card_model = self.with_context(clean_context(self.env.context), tracking_disable=True)
            created = card_model.create(
                [{"program_id": program.id, "partner_id": partner.id} for partner in missing]
            )
            cards.update(zip(missing, created.with_env(self.env), strict=True))
        return cards

    def _link_clients(self):
        """Have the loyalty records of the cards' partners point at their card."""
        Client = self.env["loyalty.service.client"]
        Program = self.env["loyalty.program"]
        # sudo: the link follows the card, whoever made it; the loyalty records of exactly these
        # partners in the companies that use the card's programme.
        Client_sudo = Client.sudo().with_context(active_test=False)
        stale = Client_sudo.search([("card_id", "in", self.ids)]).filtered(
            lambda client: (
                not client.card_id.active or client.card_id.partner_id != client.partner_id
            )
        )
        stale.card_id = False
        owned = self.filtered(lambda card: card.active and card.partner_id)
        by_company = owned.grouped(lambda card: card.company_id or self.env.company)
        for company, cards in by_company.items():
            Client._ensure(cards.partner_id, company)
        clients = Client_sudo.search(
            [("partner_id", "in", owned.partner_id.ids), ("card_id", "=", False)]
        )
        programs = {
            company: Program._get_service_program(company) for company in clients.company_id
        }
        cards = {(card.program_id.id, card.partner_id.id): card for card in owned}
        for client in clients:
            client.card_id = cards.get((programs[client.company_id].id, client.partner_id.id))

    # ------------------------------------------------------------------
    # Whatever changes the points is booked
    # ------------------------------------------------------------------

    def write(self, vals):
        """Book every change of ``points`` of a card with a ledger, whoever makes it.

        Such a card counts in hundredths of a point.
        """
        self._check_not_kept(vals)
        if "program_id" in vals:
            self._check_program_stays(vals["program_id"])
        if MANAGED & set(vals):
            self.filtered("service_points")._check_manager()
        if vals.get("expiration_date"):
            self._check_never_ends()
        if "partner_id" in vals:
            self._check_client_stays(vals["partner_id"])
        if vals.get("partner_id"):
            # sudo: only the link to the company is read.
            partner_sudo = self.env["res.partner"].sudo().browse(vals["partner_id"])
            served = self.filtered("service_points")
            if served and partner_sudo.commercial_partner_id != partner_sudo:
                super(LoyaltyCard, self - served).write(vals)
                return served.write(dict(vals, partner_id=partner_sudo.commercial_partner_id.id))
        if "points" in vals:
            served = self.filtered("service_points")
            if served:
                super(LoyaltyCard, self - served).write(vals)
                vals = dict(vals, points=round(vals["points"] or 0.0, 2))
                booked = served._book_changes({card.id: vals["points"] for card in served})
                for points, cards in served.grouped(lambda card: booked[card.id]).items():
                    super(LoyaltyCard, cards).write(dict(vals, points=points))
                served._after_write(vals)
                return True
        result = super().write(vals)
        self._after_write(vals)
        return result

    def _after_write(self, vals):
        if {"active", "partner_id"} & set(vals):
            served = self.filtered("service_points")
            if "partner_id" in vals:
                with handing_over(self.env):
                    self.env["loyalty.service.move"].flush_model(["partner_id"])
            served._link_clients()
            if "partner_id" in vals:
                # What cards hold that have found their owner counts for its tier.
                self.env["loyalty.service.client"]._update_tiers_of(served)

    def _check_not_kept(self, vals):
        """Refuse to write by hand what follows from the programme and from the ledger.

        Whether a card has a ledger decides what is booked; who could take it away for a moment
        could change the balance meanwhile.
        """
        if not self.env.su and KEPT.intersection(vals):
            raise AccessError(
                self.env._("Company, ledger and next expiry of a card are kept by the system.")
            )

    def _check_program_stays(self, program_id):
        """Refuse to take a card out of its ledger, and to bring points into one with a card."""
        moved = self.filtered(lambda card: card.program_id.id != program_id)
        # sudo: whether a programme keeps a ledger matters to whoever names it.
        kept = self.env["loyalty.program"].sudo().browse(program_id or []).service_points
        if moved and (kept or any(moved.mapped("service_points"))):
            raise UserError(
                self.env._(
                    "A card cannot go over to another programme if one of the two keeps a ledger "
                    "of points."
                )
            )

    def _check_never_ends(self):
        if any(self.mapped("service_points")):
            raise UserError(
                self.env._(
                    "An account of points has no last day: its points have, each as they were "
                    "earned."
                )
            )

    def _check_client_stays(self, partner_id):
        """Refuse to give the points of one client, and their history, to another.

        What they were earned by stays with the client that earned them, and its tier with it.
        A card of nobody may find its owner: by an order of that client, or a manager says so.
        """
        # sudo: only whose card it is, and whether it was ever used.
        partners_sudo = self.env["res.partner"].sudo()
        company_sudo = partners_sudo.browse(partner_id).commercial_partner_id
        moved = self.sudo().filtered(
            lambda card: (
                card.service_points
                and card.partner_id
                and not card.partner_id.is_public
                and card.partner_id.commercial_partner_id != company_sudo
            )
        )
        found = self.sudo().filtered(
            lambda card: (
                card.service_points
                and (not card.partner_id or card.partner_id.is_public)
                and card.partner_id.commercial_partner_id != company_sudo
                and card.service_move_ids
            )
        )
        source = self.env.context.get("loyalty_service_source")
        if not (isinstance(source, Source) and source.origin):
            found.with_env(self.env)._check_manager()
        used = moved.filtered("service_move_ids")[:1]
        if used:
            raise UserError(
                self.env._(
                    "Card %(code)s keeps what %(client)s earned, and cannot go over to another "
                    "client. If the two are one company, merge the contacts. To give the points "
                    "away, change both balances, with a reason.",
                    code=used.code,
                    client=used.partner_id.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_ledger(self):
        # sudo: a row of the ledger keeps its card, whether or not the user may read it.
        if (
            self.env["loyalty.service.move"]
            .sudo()
            .search_count([("card_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                self.env._("A card with a ledger of points cannot be deleted. Archive it instead.")
            )

    def _open_accounts(self):
        """Book what cards hold that were not kept in the ledger so far.

        From now on they count in hundredths, too: a reward of Odoo's may have taken thirds.
        """
        self._add_points(dict.fromkeys(self, 0.0), opening=True)

    def action_loyalty_update_balance(self):
        """Of a client's account ask how many points, and why, instead of a new balance."""
        client = self.service_client_ids.filtered(
            lambda client: client.company_id == self.env.company
        )
        client = client or self.service_client_ids
        if not self.service_points or not client:
            return super().action_loyalty_update_balance()
        return client[0].action_adjust_points()

    def _check_manager(self):
        """Refuse to touch the accounts in ``self`` to who merely sells."""
        if self and not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only managers of Client Loyalty change accounts of points by hand.")
            )

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    def _absorb(self, others, repoint):
        """Make the accounts of ``others`` part of this one, with every lot as it is.

        So what is undone later finds its lot as if it had always been here.

        :param repoint: function that points all references to ``others`` at this card
        """
        self.ensure_one()
        points = (self + others)._lock_accounts()
        # sudo: as the points themselves, whoever joins the accounts.
        nexts = (self + others).sudo().mapped("service_next_expiry")
        self.env.flush_all()
        with handing_over(self.env):
            repoint(others, self)
            self.env.invalidate_all()
            # What is kept of the client on the rows.
            self.modified(["partner_id"])
        others._set_points(points, dict.fromkeys(others.ids, 0.0))
        self._note_expiry({self.id: min(filter(None, nexts), default=None)})
        others.action_archive()
        self._post(
            [
                Posting(
                    self.id,
                    lambda account: account.settle(),
                    {"company_id": (self.company_id or self.env.company).id},
                )
            ]
        )

from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import identity, referral

# How long after a reward credit notes of the new client are looked for.
WATCHED_DAYS = 90
BURST_DAYS, BURST_SIZE = 7, 5
PROBING_DAYS, PROBING_SIZE = 30, 3


class Referral(models.Model):
    """What staff should look at before points are paid: named signals, which add up."""

    _inherit = "loyalty.service.referral"

    score = fields.Integer(
        compute="_compute_score",
        store=True,
        index=True,
        aggregator="avg",
        help="The sum of the signals. From the score on that the programme sets, the reward "
        "waits until somebody has looked at it.",
    )
    signal_text = fields.Char(string="Signals", compute="_compute_signal_text")
    hold_state = fields.Selection(
        [("none", "Not Needed"), ("held", "Held"), ("released", "Released")],
        string="Check",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    to_check = fields.Boolean(
        compute="_compute_to_check",
        store=True,
        help="Somebody has to say whether the reward may be paid, or may stay paid.",
    )
    _to_check_idx = models.Index("(company_id) WHERE to_check IS TRUE")

    @api.depends("finding_ids.points", "finding_ids.code", "finding_ids.kind")
    def _compute_score(self):
        for record in self:
            signals = record.finding_ids.filtered(lambda finding: finding.kind == "signal")
            record.score = referral.score(signals.mapped("code"))

    @api.depends("finding_ids.code")
    @api.depends_context("lang")
    def _compute_signal_text(self):
        for record in self:
            signals = record.finding_ids.filtered(lambda finding: finding.kind == "signal")
            record.signal_text = " ".join(signals.mapped("text")) or False

    @api.depends("score", "hold_state", "state")
    def _compute_to_check(self):
        least_of = self._hold_scores()
        for record in self:
            least = least_of.get(record.company_id, 0)
            open_ones = record.state in ("invited", "contacted", "won")
            record.to_check = (record.hold_state == "held" and open_ones) or (
                record.hold_state == "none"
                and record.state == "rewarded"
                and bool(record.score)
                and record.score >= least
            )

    def _hold_scores(self):
        """Return ``{company: score from which on a reward waits}``."""
        return {
            company: company._loyalty_referral_program().referral_hold_score
            for company in self.company_id
        }

    @api.model
    def _watched_since(self):
        return fields.Datetime.now() - timedelta(days=WATCHED_DAYS)

    def _find_signals(self):
        """Look for signals anew, and hold what adds up to too much and is not paid yet.

        A signal stays as it was found: that the trace is gone, such as a connection that is
        no longer kept, does not make it untrue.
        """
        records = self.filtered(lambda record: record.state in referral.STANDING)
        found = []
        for company, of_company in records.grouped("company_id").items():
            # What comes in later tells nothing about what has been rewarded before.
            fresh = of_company.filtered(lambda record: not record.rewarded_date)
            found += fresh._connection_signals(company)
            found += fresh._number_signals(company)
            found += of_company._detail_signals(company)
            found += of_company._credit_signals()
        records._add_findings(found)
        least_of = records._hold_scores()
        records.filtered(
            lambda record: (
                record.hold_state == "none"
                and record.state != "rewarded"
                and record.score
                and record.score >= least_of[record.company_id]
            )
        ).hold_state = "held"

    def _connection_signals(self, company):
        """Find those that were sent from one internet connection for several companies."""
        hashed = self.filtered("ip_hash")
        if not hashed:
            return []
        others = self.search(
            [("company_id", "=", company.id), ("ip_hash", "in", hashed.mapped("ip_hash"))]
        )
        companies = defaultdict(set)
        referrers = defaultdict(set)
        for other in others:
            companies[other.ip_hash].add(other.name_key or other.id)
            if other.source == "portal":
                referrers[other.ip_hash].add(other.referrer_client_id.id)
        result = []
        for record in hashed.filtered(lambda record: record.source == "link"):
            number = len(companies[record.ip_hash])
            # Sent by the referrer itself, or by one who speaks for several companies.
            if number > 1 or record.referrer_client_id.id in referrers[record.ip_hash]:
                result.append((record, "signal", "same_connection", {"value": str(number)}))
        return result

    def _number_signals(self, company):
        """Find referrers who name many in a short time, or many that are known already."""
        now = fields.Datetime.now()
        rows = self.env["loyalty.service.referral"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("referrer_client_id", "in", self.referrer_client_id.ids),
                ("date", ">=", now - timedelta(days=PROBING_DAYS)),
            ],
            ["referrer_client_id", "date", "state"],
        )
        week = now - timedelta(days=BURST_DAYS)
        many = Counter(row.referrer_client_id for row in rows if row.date >= week)
        known = Counter(
            row.referrer_client_id
            for row in rows
            if referral.told(row._standing_reasons().mapped("code")) == "known"
        )
        result = []
        for record in self:
            client = record.referrer_client_id
            if record.date >= week and many[client] >= BURST_SIZE:
                result.append((record, "signal", "burst", {"value": str(many[client])}))
            if known[client] >= PROBING_SIZE:
                result.append((record, "signal", "probing", {"value": str(known[client])}))
        return result

    def _detail_signals(self, company):
        """Find details that a new client shares with anybody else, and contacts and addresses
        that it shares with the client who named it."""
        known = self.filtered("partner_id")
        if not known:
            return []
        Partner = self.env["res.partner"].with_context(active_test=False)
        sides = known.partner_id | known.referrer_partner_id
        people = self._people_of(sides)
        others = self._sharing(
            Partner.union(*(people[partner] for partner in known.partner_id)), company
        )
        result = []
        for record in known:
            mine, theirs = people[record.partner_id], people[record.referrer_partner_id]
            for code, by_key, read in (
                (
                    "same_bank",
                    others["bank"],
                    lambda some: some.bank_ids.mapped("sanitized_acc_number"),
                ),
                ("same_phone", others["phone"], lambda some: some.mapped("loyalty_phone_key")),
            ):
                shared = [
                    (key, owner)
                    for key in sorted(set(filter(None, read(mine))))
                    for owner in by_key.get(key, ())
                    if owner != record.partner_id
                ]
                if shared:
                    key, owner = shared[0]
                    result.append(
                        (
                            record,
                            "signal",
                            code,
                            {"partner": owner, "value": identity.masked(key)},
                        )
                    )
            if record._addresses(mine) & record._addresses(theirs):
                result.append(
                    (record, "signal", "same_address", {"partner": record.referrer_partner_id})
                )
            if record._names_of(mine) & record._names_of(theirs):
                result.append(
                    (record, "signal", "shared_contact", {"partner": record.referrer_partner_id})
                )
        return result

    @api.model
    def _sharing(self, people, company):
        """Return ``{"bank" or "phone": {key: [commercial partner]}}`` of all who share a number
        with ``people``."""
        here = Domain("company_id", "in", [False, company.id])
        banks, phones = defaultdict(list), defaultdict(list)
        accounts = set(filter(None, people.bank_ids.mapped("sanitized_acc_number")))
        if accounts:
            Bank = self.env["res.partner.bank"].with_context(active_test=False)
            for bank in Bank.search(Domain("sanitized_acc_number", "in", list(accounts)) & here):
                banks[bank.sanitized_acc_number].append(bank.partner_id.commercial_partner_id)
        numbers = set(filter(None, people.mapped("loyalty_phone_key")))
        if numbers:
            Partner = self.env["res.partner"].with_context(active_test=False)
            for partner in Partner.search(Domain("loyalty_phone_key", "in", list(numbers)) & here):
                phones[partner.loyalty_phone_key].append(partner.commercial_partner_id)
        return {"bank": banks, "phone": phones}

    @api.model
    def _addresses(self, people):
        return {
            identity.address(person.city, person.street, person.street2)
            for person in people
            if person.street
        } - {""}

    @api.model
    def _names_of(self, people):
        """Return the names of the people of a company, not of the company itself."""
        contacts = people.filtered(lambda person: person.parent_id and person.type == "contact")
        return {identity.fold(person.name).casefold() for person in contacts} - {""}

    def _credit_signals(self):
        """Find new clients whose invoices were credited soon after the reward."""
        rewarded = self.filtered("rewarded_date")
        if not rewarded:
            return []
        first = min(rewarded.mapped("rewarded_date"))
        credits_of = self.env["account.move"].search_fetch(
            [
                ("move_type", "=", "out_refund"),
                ("state", "=", "posted"),
                ("commercial_partner_id", "in", rewarded.partner_id.ids),
                ("company_id", "in", rewarded.company_id.ids),
                ("invoice_date", ">=", first.date()),
            ],
            ["commercial_partner_id", "invoice_date", "company_id"],
        )
        result = []
        for record in rewarded:
            day = record.company_id._loyalty_day(record.rewarded_date)
            number = len(
                credits_of.filtered(
                    lambda move, record=record, day=day: (
                        move.commercial_partner_id == record.partner_id
                        and move.company_id == record.company_id
                        and day <= move.invoice_date <= day + timedelta(days=WATCHED_DAYS)
                    )
                )
            )
            if number:
                result.append((record, "signal", "credited_soon", {"value": str(number)}))
        return result

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import identity, referral
from .account_move_settlement import SALES

# Field of the referral -> field of the contact by which a company is recognised, the surest
# first, and the name of the detail in findings.
KEYS = (
    ("tax_key", "loyalty_tax_key", "tax"),
    ("phone_key", "loyalty_phone_key", "phone"),
    ("email_key", "email_normalized", "email"),
    ("name_key", "loyalty_name_key", "name"),
)
# An agreement or invoice may be dated back to the start of the period in which a client came.
DATED_BACK = timedelta(days=31)


class Referral(models.Model):
    """Who may not be recommended: what is compared, and with whom."""

    _inherit = "loyalty.service.referral"

    def _find_reasons(self):
        """Find what speaks against new invitations: the same number of queries for any number."""
        found = []
        for company, records in self.grouped("company_id").items():
            matches = records._match_partners(company)
            everybody = self.env["res.partner"].union(
                *(partner for of in matches.values() for partner, _by in of)
            )
            clients = self._first_business(everybody.commercial_partner_id, company)
            people = self._people_of(records.referrer_partner_id)
            for record in records:
                found += record._reasons_of(
                    matches[record], clients, people[record.referrer_partner_id]
                )
        found += self._rival_reasons()
        self._add_findings(found)

    def _match_partners(self, company):
        """Return ``{referral: [(partner, detail)]}`` of all contacts that share a detail.

        Archived ones count, too: a former client is known. The surest detail comes first.
        """
        result = {record: [] for record in self}
        Partner = self.env["res.partner"].with_context(active_test=False)
        for name, partner_name, detail in KEYS:
            by_key = self.filtered(name).grouped(name)
            if not by_key:
                continue
            partners = Partner.search(
                [
                    (partner_name, "in", list(by_key)),
                    ("company_id", "in", [False, company.id]),
                ]
            )
            for partner in partners:
                for record in by_key[partner[partner_name]]:
                    result[record].append((partner, detail))
        for record in self.filtered("partner_id"):
            result[record].insert(0, (record.partner_id, "partner"))
        return result

    def _reasons_of(self, matches, clients, own_people):
        """Return what speaks against the referral, as findings.

        :param matches: ``[(partner, detail)]`` who share a detail with it
        :param clients: ids of those of them that are clients
        :param own_people: the client who names it, and its contacts
        """
        self.ensure_one()
        own = self.referrer_partner_id
        codes = {
            "tax": "same_tax_id",
            "phone": "same_phone",
            "email": "same_email",
            "name": "self",
            "partner": "self",
        }
        found = []
        for partner, detail in matches:
            if partner.commercial_partner_id == own:
                key = {"tax": self.tax_key, "phone": self.phone_key, "email": self.email_key}
                mask = identity.masked_email if detail == "email" else identity.masked
                value = mask(key.get(detail) or "")
                found.append((self, "reason", codes[detail], {"partner": own, "value": value}))
        domain = identity.email_domain(self.email)
        if domain and domain in {identity.email_domain(person.email) for person in own_people}:
            found.append((self, "reason", "same_email", {"partner": own, "value": f"@{domain}"}))
        for partner, detail in matches:
            client = partner.commercial_partner_id
            if client != own and client.id in clients:
                found.append(
                    (self, "reason", "existing_client", {"partner": client, "value": detail})
                )
                break
        return found

    @api.model
    def _people_of(self, clients):
        """Return ``{commercial partner: it and its contacts}``, in one query."""
        People = self.env["res.partner"].with_context(active_test=False)
        people = People.search([("commercial_partner_id", "in", clients.ids)]).grouped(
            "commercial_partner_id"
        )
        return {client: people.get(client, client) for client in clients}

    @api.model
    def _first_business(self, partners, company):
        """Return ``{id: (entered, began)}`` of those of ``partners`` that do, or did, business.

        :param partners: commercial partners
        :return: the moment at which the first agreement or invoice was entered, and the day on
            which the first one began
        """
        agreements = self.env["loyalty.service.agreement"]._read_group(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("state", "!=", "draft"),
            ],
            ["partner_id"],
            ["create_date:min", "date_start:min"],
        )
        invoices = self.env["account.move"]._read_group(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("move_type", "in", SALES),
                ("state", "=", "posted"),
            ],
            ["commercial_partner_id"],
            ["create_date:min", "invoice_date:min"],
        )
        result = {}
        for partner, entered, began in [*agreements, *invoices]:
            known = result.get(partner.id, (entered, began))
            result[partner.id] = min(known[0], entered), min(known[1], began)
        return result

    # ------------------------------------------------------------------
    # Two that name one company
    # ------------------------------------------------------------------

    def _rival_reasons(self):
        """Return findings against those in ``self`` whose company was named before."""
        found = []
        for record, rival in self._earlier_rivals().items():
            twice = rival.referrer_client_id == record.referrer_client_id
            found.append(
                (
                    record,
                    "reason",
                    "named_twice" if twice else "already_referred",
                    {"partner": rival.referrer_partner_id, "rival": rival},
                )
            )
        return found

    def _earlier_rivals(self):
        """Return ``{referral: the referral of the same company that came first}``.

        It is a standing one, or one by the same client that was refused because the company is
        known: who names a company twice is told so at once, and must not learn by it whether
        the first one stands. Those by the same client go first, for the same reason.
        """
        keys = {name: set(self.filtered(name).mapped(name)) for name, *_rest in KEYS}
        same = Domain.OR(
            Domain(name, "in", list(values)) for name, values in keys.items() if values
        )
        if self.partner_id:
            same |= Domain("partner_id", "in", self.partner_id.ids)
        if same.is_false():
            return {}
        others = self.search(
            same
            & Domain("company_id", "in", self.company_id.ids)
            & (
                Domain("state", "in", referral.STANDING)
                | (
                    Domain("state", "=", "refused")
                    & Domain("referrer_client_id", "in", self.referrer_client_id.ids)
                )
            ),
            order="date, id",
        )
        others = others.filtered(
            lambda other: other.state in referral.STANDING or other._is_refused_as_known()
        )
        by_key = defaultdict(self.browse)
        for other in others:
            for about in other._identities():
                by_key[about] |= other
        result = {}
        for record in self:
            rivals = self.browse().union(*(by_key[about] for about in record._identities()))
            earlier = rivals.filtered(
                lambda rival, record=record: (
                    (rival.date, rival.id) < (record.date, record.id)
                    and (
                        rival.state in referral.STANDING
                        or rival.referrer_client_id == record.referrer_client_id
                    )
                )
            )
            if earlier:
                result[record] = earlier.sorted(
                    lambda rival, record=record: (
                        rival.referrer_client_id != record.referrer_client_id,
                        rival.date,
                        rival.id,
                    )
                )[0]
        return result

    def _is_refused_as_known(self):
        """Say whether the referrer is told, late, that the company was known before.

        One that is refused for the referrer's own details as well is told of those at once, as
        it would be of a company that nobody knows: it counts for nothing, and for no rival.
        """
        self.ensure_one()
        codes = self._standing_reasons().mapped("code")
        return self.state == "refused" and referral.told(codes) == "known"

    def _identities(self):
        """Return by what the company of the referral can be recognised."""
        self.ensure_one()
        keys = [(self.company_id.id, name, self[name]) for name, *_rest in KEYS if self[name]]
        if self.partner_id:
            keys.append((self.company_id.id, "partner", self.partner_id.id))
        return keys

    def _settle_rivals(self):
        """Of several standing referrals of one client or lead, let only the first go on."""
        standing = self.filtered(lambda record: record.state in referral.STANDING)
        if not standing.partner_id and not standing.lead_id:
            return
        rivals = standing | self.search(
            Domain("state", "in", referral.STANDING)
            & (
                Domain("partner_id", "in", standing.partner_id.ids)
                | Domain("lead_id", "in", standing.lead_id.ids)
            )
        )
        late = self.browse()
        found = []
        for name in ("partner_id", "lead_id"):
            for _about, records in (
                (rivals - late)
                .filtered(name)
                .grouped(lambda record, name=name: (record.company_id, record[name]))
                .items()
            ):
                # A reward that was paid is not taken back because somebody else turns up.
                first = records.sorted(
                    lambda record: (record.state != "rewarded", record.date, record.id)
                )[:1]
                for record in records - first:
                    code = (
                        "named_twice"
                        if record.referrer_client_id == first.referrer_client_id
                        else "already_referred"
                    )
                    found.append(
                        (
                            record,
                            "reason",
                            code,
                            {"partner": first.referrer_partner_id, "rival": first},
                        )
                    )
                late += records - first
        late._add_findings(found)
        (late - self)._write_states()

    def _free_rivals(self):
        """Give those a turn that came second to a referral which turned out to be none."""
        invalid = self.filtered(
            lambda record: (
                record.state == "cancelled"
                or (
                    record.state == "refused"
                    and referral.told(record._standing_reasons().mapped("code"))
                    in ("own", "twice", "known")
                )
            )
        )
        if not invalid:
            return
        findings = self.env["loyalty.service.referral.finding"].search(
            [
                ("rival_id", "in", invalid.ids),
                ("code", "in", ("already_referred", "named_twice")),
                ("is_overruled", "=", False),
                ("referral_id.state", "=", "refused"),
                ("referral_id.anonymised_date", "=", False),
            ]
        )
        # One after the other: the first of them comes before the next ones again.
        by_record = findings.grouped("referral_id")
        for freed in findings.referral_id.sorted(lambda record: (record.date, record.id)):
            by_record[freed].unlink()
            freed._add_findings(freed._rival_reasons())
            freed._follow()
            freed._make_leads()

    # ------------------------------------------------------------------
    # Once the new client is known
    # ------------------------------------------------------------------

    def _note_partner(self):
        """Look at the client that a referral turned out to be, and go on from there."""
        self._check_partner()
        self._find_signals()
        self._follow()

    def _check_partner(self):
        """Compare what is known of the new client by now with the client who named it."""
        known = self.filtered("partner_id")
        found = []
        for company, records in known.grouped("company_id").items():
            people = self._people_of(records.partner_id | records.referrer_partner_id)
            clients = self._first_business(records.partner_id, company)
            for record in records:
                own, partner = record.referrer_partner_id, record.partner_id
                found += [
                    (record, "reason", code, {"partner": own, "value": value})
                    for code, value in self._shared_details(people[own], people[partner])
                ]
                entered, began = clients.get(partner.id, (None, None))
                if entered and (
                    entered < record.create_date or began < (record.date - DATED_BACK).date()
                ):
                    values = {"partner": partner, "value": "partner"}
                    found.append((record, "reason", "existing_client", values))
        known._add_findings(found)

    @api.model
    def _shared_details(self, *sides):
        """Return ``[(code, value)]`` of what two clients share, each with all its people."""
        if sides[0] & sides[1]:
            return [("self", "")]
        details = (
            ("same_tax_id", lambda people: set(people.mapped("loyalty_tax_key"))),
            ("same_phone", lambda people: set(people.mapped("loyalty_phone_key"))),
            ("same_email", lambda people: set(people.mapped("email_normalized"))),
            (
                "same_email",
                lambda people: {
                    domain and f"@{domain}"
                    for domain in (identity.email_domain(person.email) for person in people)
                },
            ),
            ("same_bank", lambda people: set(people.bank_ids.mapped("sanitized_acc_number"))),
        )
        found = {}
        for code, read in details:
            shared = (read(sides[0]) & read(sides[1])) - {False, ""}
            if shared:
                value = min(shared)
                mask = identity.masked_email if code == "same_email" else identity.masked
                found.setdefault(code, mask(value))
        return list(found.items())

    @api.model
    def _domain_lost(self, company):
        """Return the domain of referrals that business can still win: those whose opportunity was
        lost, as long as an invitation holds."""
        lost = Domain("state", "=", "refused") & Domain(
            "finding_ids", "any", [("code", "=", "lead_lost"), ("is_overruled", "=", False)]
        )
        days = company._loyalty_referral_program().referral_validity_days
        if days:
            lost &= Domain("date", ">=", fields.Datetime.now() - timedelta(days=days))
        return lost

    @api.model
    def _recognise(self, partners, company):
        """Find the referrals that speak of ``partners``, which become clients.

        The salesperson need not have worked with the lead that the referral made: an invoice or
        an opportunity of the same company counts as well.

        :param partners: commercial partners
        """
        open_ones = Domain("company_id", "=", company.id) & (
            Domain("state", "in", referral.OPEN) | self._domain_lost(company)
        )
        if not partners or not self.search_count(open_ones, limit=1):
            return self.browse()
        people = self.env["res.partner"].search([("commercial_partner_id", "in", partners.ids)])
        by_key = {}
        for name, partner_name, _detail in KEYS:
            for person in people.filtered(partner_name):
                by_key[name, person[partner_name]] = person.commercial_partner_id
        same = Domain.OR(
            Domain(name, "in", [key for field, key in by_key if field == name])
            for name in {field for field, _key in by_key}
        )
        records = self.search(open_ones & Domain("partner_id", "=", False) & same, order="date, id")
        for record in records:
            record.partner_id = next(
                by_key[name, record[name]]
                for name, *_rest in KEYS
                if (name, record[name]) in by_key
            )
        if records:
            records._note_partner()
        return records

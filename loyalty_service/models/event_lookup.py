import re
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, email_normalize

from .loyalty_program import MANAGER

# The first of them that a row gives names its client.
CLIENT_KEYS = ("client", "client_id", "client_vat", "client_phone", "client_email")
# Who the rows of the templates for imports are about: clients of the demo firm, so that a
# template can be tried there as it is.
EXAMPLES = {
    "韦伯精密技术（上海）有限公司 Weber Precision",
    "樱之味食品（上海）有限公司 Sakura Foods",
    "上海嘉禾进出口有限公司",
    "上海致远文化传播有限公司",
}
# Longer than any name, number or address; an id beyond this is none of PostgreSQL's.
LONGEST_NAME = 300
LARGEST_ID = 2**31 - 1


class RowError(Exception):
    """What is wrong with a row, worded for its sender."""


class Event(models.Model):
    """Find what rows from elsewhere call by names: a few queries for all of them."""

    _inherit = "loyalty.service.event"

    @api.model
    def _lookup(self, rows):
        """Return what the names in ``rows`` stand for: types, channels, clients, users, companies.

        :param rows: whatever was sent; what cannot be a name is left out
        """
        told = defaultdict(set)
        for row in rows:
            if isinstance(row, dict):
                for key in (*CLIENT_KEYS, "user"):
                    name = self._as_name(row.get(key))
                    if name:
                        told[key].add(name)
        return {
            "types": self._lookup_types(),
            "channels": self._lookup_channels(),
            "clients": self._lookup_clients(told),
            "users": self._lookup_users(told["user"]),
            "companies": self._lookup_companies(),
            "is_manager": self.env.su or self.env.user.has_group(MANAGER),
        }

    @api.model
    def _as_name(self, value):
        """Return a name or number as the text that is looked up, or None if it cannot be one."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or len(value) > LONGEST_NAME or "\x00" in value:
            return None
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return None
        return value.strip() or None

    @api.model
    def _each_language(self):
        """Yield an environment for each language that is installed."""
        for code, _name in self.env["res.lang"].get_installed():
            yield self.with_context(lang=code).env

    @api.model
    def _lookup_types(self):
        """Return ``{name: types}`` by codes, external ids and names of any language."""
        types = self.env["loyalty.service.event.type"].search([("active", "=", True)])
        names = defaultdict(types.browse)
        for env in self._each_language():
            for event_type in types.with_env(env):
                names[event_type.name.casefold()] |= types.browse(event_type.id)
        # sudo: the external ids of the types, by which a file may name them.
        for type_id, xml_id in types.sudo().get_external_id().items():
            names[xml_id.casefold()] = types.browse(type_id)
        # A code is one type's, whatever others are called.
        for event_type in types:
            names[event_type.code.casefold()] = event_type
        return dict(names)

    @api.model
    def _lookup_channels(self):
        field = self._fields["channel"]
        return {
            name.casefold(): value
            for env in self._each_language()
            for value, label in field._description_selection(env)
            for name in (label, value)
        }

    @api.model
    def _lookup_companies(self):
        """Return ``{name or number: company}`` of the companies that the caller works for."""
        names = {}
        # sudo: the names of the caller's own companies.
        for company in self.env.companies.sudo():
            names[str(company.id)] = names[company.name] = company.sudo(False)
        return names

    @api.model
    def _lookup_users(self, names):
        """Return ``{login or name: users}`` of the staff."""
        found = defaultdict(self.env["res.users"].browse)
        if names:
            users = self.env["res.users"].search(
                ["|", ("login", "in", list(names)), ("name", "in", list(names))]
            )
            for user in self._as_staff(users):
                found[user.name] |= user
            for user in self._as_staff(users):
                found[user.login] = user
        return dict(found)

    @api.model
    def _lookup_clients(self, told):
        """Return ``{(key, name): partners}`` as far as the caller may see them."""
        Partner = self.env["res.partner"]
        found = defaultdict(Partner.browse)

        def search(key, field, names):
            if names:
                for partner in Partner.search([(field, "in", list(names))]):
                    found[key, partner[field]] |= partner

        ids = {name for name in told["client_id"] if name.isdecimal()}
        ids = {int(name) for name in ids if int(name) <= LARGEST_ID}
        for partner in Partner.search([("id", "in", list(ids))]) if ids else ():
            found["client_id", str(partner.id)] = partner
        search("client_vat", "vat", told["client_vat"])
        self._lookup_phones(found, told["client_phone"])
        addresses = {name: email_normalize(name) for name in told["client_email"]}
        search("address", "email_normalized", set(filter(None, addresses.values())))
        for name, address in addresses.items():
            found["client_email", name] = found["address", address]
        # Of a name without a key the first of these that knows it decides.
        names = told["client"]
        for how in (self._lookup_xml_ids, self._lookup_field("vat"), self._lookup_field("ref")):
            matches = how(names)
            names = names - set(matches)
            for name, partners in matches.items():
                found["client", name] = partners
        for name, partners in self._lookup_field("name")(names).items():
            found["client", name] = partners
        return dict(found)

    @api.model
    def _lookup_field(self, field):
        """Return a function from names to ``{name: partners}`` by one field."""

        def lookup(names):
            matches = defaultdict(self.env["res.partner"].browse)
            if names:
                for partner in self.env["res.partner"].search([(field, "in", list(names))]):
                    matches[partner[field]] |= partner
            return dict(matches)

        return lookup

    @api.model
    def _lookup_xml_ids(self, names):
        """Return ``{external id: partner}``; without an addon's name it is that of an import."""
        split = {name: name.rpartition(".")[::2] for name in names}
        wanted = {(module or "__import__", name): full for full, (module, name) in split.items()}
        if not wanted:
            return {}
        # sudo: external ids are the system's; what they name is searched with the caller's rights.
        data_sudo = self.env["ir.model.data"].sudo()
        rows = data_sudo.search_fetch(
            [
                ("model", "=", "res.partner"),
                ("module", "in", list({module for module, _name in wanted})),
                ("name", "in", list({name for _module, name in wanted})),
            ],
            ["module", "name", "res_id"],
        )
        named = {
            wanted[row.module, row.name]: row.res_id
            for row in rows
            if (row.module, row.name) in wanted
        }
        seen = self.env["res.partner"].search([("id", "in", list(named.values()))])
        return {
            name: seen.browse(partner_id)
            for name, partner_id in named.items()
            if partner_id in seen._ids
        }

    @api.model
    def _lookup_phones(self, found, numbers):
        """Find clients by telephone number, however it is written."""
        Partner = self.env["res.partner"]
        country = self.env.company.country_id
        by_number = {
            number: self._digits(Partner._phone_format(number=number, country=country) or number)
            for number in numbers
        }
        wanted = sorted(filter(None, by_number.values()))
        if not wanted:
            return
        # With or without the library that Odoo takes numbers apart by: by their digits.
        digits = SQL(r"ltrim(regexp_replace(COALESCE(phone_sanitized, phone), '\D', '', 'g'), '0')")
        partners = Partner.search(
            [("id", "in", SQL("(SELECT id FROM res_partner WHERE %s = ANY(%s))", digits, wanted))]
        )
        by_phone = defaultdict(Partner.browse)
        for partner in partners:
            by_phone[self._digits(partner.phone_sanitized or partner.phone)] |= partner
        for number, phone in by_number.items():
            if phone in by_phone:
                found["client_phone", number] = by_phone[phone]

    @api.model
    def _digits(self, number):
        """Return the digits of a telephone number, without the zeros before them."""
        return re.sub(r"\D", "", number, flags=re.ASCII).lstrip("0")

    # ------------------------------------------------------------------
    # One row
    # ------------------------------------------------------------------

    def _read_client(self, row, names, company):
        key = next((key for key in CLIENT_KEYS if key in row), None)
        if not key:
            raise RowError(self.env._("Say with whom: “client” is missing."))
        shown = self._show(row[key])
        name = self._as_name(row[key])
        found = names["clients"].get((key, name), self.env["res.partner"])
        if not found:
            if name in EXAMPLES:
                raise RowError(
                    self.env._(
                        "“%s” is the example of the template: in its place write the name, VAT "
                        "number or reference of a client of yours.",
                        shown,
                    )
                )
            raise RowError(self.env._("There is no client “%s”.", shown))
        clients = found.commercial_partner_id
        if len(clients) > 1:
            raise RowError(
                self.env._(
                    "%(count)s clients match “%(name)s”. Name one by its external id, VAT number "
                    "or reference.",
                    count=len(clients),
                    name=shown,
                )
            )
        if not self._may_serve(company, clients):
            raise RowError(self.env._("“%s” is a client of another company.", shown))
        return found if len(found) == 1 else clients

    def _read_company(self, row, names):
        if "company" not in row:
            return self.env.company
        company = names["companies"].get(self._as_name(row["company"]))
        if not company:
            raise RowError(
                self.env._("You do not work for a company “%s”.", self._show(row["company"]))
            )
        return company

    def _read_user(self, row, names):
        found = names["users"].get(self._as_name(row["user"]), self.env["res.users"])
        if len(found) != 1:
            raise RowError(self.env._("There is no member of staff “%s”.", self._show(row["user"])))
        return found

from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models
from odoo.tools import formatLang

#: Countries of several time zones of which firms work by one.
MAIN_ZONES = {"CN": "Asia/Shanghai"}


class ResCompany(models.Model):
    _inherit = "res.company"

    # ------------------------------------------------------------------
    # The firm's day: points, tiers, agreements and health count days where the firm is
    # ------------------------------------------------------------------

    def _loyalty_tz_name(self):
        """Return the name of the time zone in which the company works.

        Odoo keeps none on the company. That of its own contact was set by somebody. Else its
        working hours and its administrator are asked, whose time zone Odoo takes over from the
        browser, if it is one of the company's country; else that of the country, if firms work
        by one there. Of a country with many nothing is taken: Odoo's own default country is
        one. Who asks makes no difference: a rule must not count another day for the scheduled
        action than for the user.
        """
        self.ensure_one()
        # sudo: the one setting, which whoever records an event need not be allowed to read.
        company_sudo = self.sudo()
        if company_sudo.partner_id.tz:
            return company_sudo.partner_id.tz
        asked = (company_sudo.resource_calendar_id.tz, self._loyalty_admin_sudo().tz)
        # UTC is what Odoo fills in unasked.
        known = [tz for tz in asked if tz and tz != "UTC"]
        code = company_sudo.country_id.code or ""
        of_country = pytz.country_timezones.get(code, [])
        fitting = [tz for tz in known if tz in of_country]
        main = [MAIN_ZONES[code]] if code in MAIN_ZONES else of_country
        return next(iter([*fitting, *(main if len(main) == 1 else []), *known]), "UTC")

    def _loyalty_admin_sudo(self):
        # sudo: of the administrator nothing but language and time zone is read.
        # By its cached id: days are asked for often.
        admin_id = self.env["ir.model.data"]._xmlid_to_res_id("base.user_admin")
        return self.env["res.users"].sudo().browse(admin_id or ())

    def _loyalty_day(self, moment=None):
        """Return the day that it is in the company at ``moment``, in UTC; without one, now."""
        tz = pytz.timezone(self._loyalty_tz_name())
        return pytz.utc.localize(moment or fields.Datetime.now()).astimezone(tz).date()

    def _loyalty_days(self, moments):
        """Return ``{moment: day in the company}``, at the price of one for all of them."""
        tz = pytz.timezone(self._loyalty_tz_name())
        return {moment: pytz.utc.localize(moment).astimezone(tz).date() for moment in set(moments)}

    def _loyalty_moment(self, day, hour=0):
        """Return the moment, in UTC, at which ``day`` begins in the company.

        :param int hour: local hour of the day instead of midnight. At noon it is the same day
            for nearly all who look at it from elsewhere.
        """
        tz = pytz.timezone(self._loyalty_tz_name())
        local = datetime.combine(day, time()) + timedelta(hours=hour)
        return tz.localize(local).astimezone(pytz.utc).replace(tzinfo=None)

    def _loyalty_happened(self, day):
        """Return the moment that stands for ``day``, as the date of an event.

        Of today it is now, in the order in which things happen; of an earlier day its noon.
        """
        now = fields.Datetime.now()
        return now if day >= self._loyalty_day(now) else self._loyalty_moment(day, hour=12)

    # ------------------------------------------------------------------
    # The firm's language: what is kept as text reads the same, whoever or whatever caused it
    # ------------------------------------------------------------------

    def _loyalty_lang(self, *readers):
        """Return the code of the language in which texts of the company are kept.

        The only one that is installed or, of several, that of the company's own contact. A
        scheduled action has no language, and a client's click in the portal has the client's.

        :param readers: users or contacts for whom the text is: the language of the first that
            has one comes before the company's
        """
        self.ensure_one()
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        for reader in readers:
            # sudo: the one setting, of who is told something, whoever or whatever causes it.
            lang = reader.sudo()[:1].lang
            if lang in installed:
                return lang
        # sudo: the one setting, which whoever records an event need not be allowed to read.
        own = self.sudo().partner_id.lang
        if own in installed and len(installed) > 1:
            return own
        return installed[0] if len(installed) == 1 else self.env.lang or installed[0]

    def _loyalty_say(self, text, *readers):
        """Return a text in the language of its readers, see :meth:`_loyalty_lang`.

        :param text: made by ``LazyTranslate``, or a str, which is left as it is
        """
        if isinstance(text, str):
            return text
        return text._translate(self._loyalty_lang(*readers))

    def _loyalty_texts(self, text):
        """Return a text in each language that is installed, as ``{code: text}``.

        :param text: made by ``LazyTranslate``, or a record and the name of its field
        """
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        if isinstance(text, tuple):
            record, name = text
            return {code: record.with_context(lang=code)[name] for code in codes}
        return {code: text._translate(code) for code in codes}

    def _loyalty_name_money(self, name, amount, currency):
        """Return the name of a payment, with what was paid if that was in another currency."""
        if currency == self.currency_id:
            return name
        env = self.with_context(lang=self._loyalty_lang()).env
        return f"{name} · {formatLang(env, amount, currency_obj=currency)}"

    # ------------------------------------------------------------------
    # Currency
    # ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if "currency_id" in vals:
            self._loyalty_follow_currency()
        return result

    def _loyalty_follow_currency(self):
        """Have points be worth money of the company's currency.

        A chart of accounts sets the currency after the programme has been made. The programme
        that companies share follows the main one.
        """
        # sudo: who sets up accounting need not be in the loyalty group; only the currency of the
        # programmes of these companies is written.
        Program_sudo = self.env["loyalty.program"].sudo()
        main = self.env.ref("base.main_company", raise_if_not_found=False)
        for company in self:
            Program_sudo.search(
                [
                    ("service_points", "=", True),
                    ("company_id", "in", [company.id, *([False] if company == main else [])]),
                    ("currency_id", "!=", company.currency_id.id),
                    ("pricelist_ids", "=", False),
                ]
            ).currency_id = company.currency_id

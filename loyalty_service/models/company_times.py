from datetime import datetime

import babel.dates
import pytz

from odoo import models
from odoo.tools import format_time
from odoo.tools.misc import babel_locale_parse, get_lang


class ResCompany(models.Model):
    """Days and times of a firm in the words of the reader."""

    _inherit = "res.company"

    def _loyalty_locale(self):
        return babel_locale_parse(get_lang(self.env).code)

    def _loyalty_day_text(self, day):
        """Return a day with its weekday, as 'Mon, Nov 23' or '11月23日周一'."""
        return babel.dates.format_skeleton("MMMEd", day, locale=self._loyalty_locale())

    def _loyalty_clock_text(self, moment):
        """Return the time of day that it is at the firm at ``moment``, which is in UTC."""
        return format_time(self.env, moment, tz=self._loyalty_tz_name(), time_format="short")

    def _loyalty_zone_text(self, moment):
        """Return the name of the firm's time zone, as 'China Standard Time (UTC+08:00)'."""
        self.ensure_one()
        name = self._loyalty_tz_name()
        zone = pytz.timezone(name)
        local = pytz.utc.localize(moment).astimezone(zone)
        told = babel.dates.get_timezone_name(local, locale=self._loyalty_locale())
        offset = datetime.strftime(local, "%z")
        return f"{told} (UTC{offset[:3]}:{offset[3:]})"

from datetime import datetime

from odoo.tests import tagged

from ..bulk import update
from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestBulk(PointsCommon):
    """Writing many records in one statement, beside what the ORM holds back."""

    def test_another_field_that_waits_to_be_written(self):
        self.record()
        client = self.client_of()
        self.env.flush_all()
        asked, met = datetime(2026, 3, 1, 4), datetime(2026, 3, 2, 4)
        client.referral_asked = asked
        update(client, {"last_contact_date": [met]})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((client.referral_asked, client.last_contact_date), (asked, met))

from odoo.fields import Domain
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon


class StandingEvents:
    """Mixin that looks into the ledger of a client."""

    def standing(self, partner, *codes):
        """Return the standing events of a client, of the given types if any are named."""
        # sudo: the tests look at the whole ledger, whatever the role they act in.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        domain = Domain("partner_id", "=", partner.id) & Domain(Event_sudo._domain_standing())
        if codes:
            domain &= Domain("type_id.code", "in", codes)
        return Event_sudo.search(domain, order="id")


class LoyaltyCommon(StandingEvents, BaseCommon):
    """A client company with a contact, and one user of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Event = cls.env["loyalty.service.event"]
        cls.client_partner = cls.env["res.partner"].create(
            {"name": "Shanghai Lantern Trading", "is_company": True}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Wang Fang", "parent_id": cls.client_partner.id, "email": "wang@example.com"}
        )
        cls.type_call = cls.env.ref("loyalty_service.event_type_call")
        cls.user_loyalty = new_test_user(
            cls.env, "loyalty_user_test", groups="loyalty_service.group_loyalty_user"
        )
        cls.user_manager = new_test_user(
            cls.env, "loyalty_manager_test", groups="loyalty_service.group_loyalty_manager"
        )

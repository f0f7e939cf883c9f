"""Complaints that are tickets already, and what is promised to those to come."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give each company its policy and ladder, and each ticket of that type its record.

    What is closed is recorded as closed. What is open gets its promise when the ticket changes,
    as ever: nothing is late by this upgrade, and no acknowledgement is waited for after the fact.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    # First: a company that has a ladder, this one for instance, is not given the others.
    env["loyalty.service.sla.ladder"]._create_defaults()
    env["loyalty.service.sla.policy"]._create_complaint_defaults()
    env["helpdesk.ticket"]._loyalty_complaint_record_past()

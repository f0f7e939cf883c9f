"""Firms to look at, to test and to measure with.

``demo_firm.load`` makes the demo firm through the public doors of Odoo and of the addons;
``bulk.load`` writes many clients in sets, for benchmarks.
"""

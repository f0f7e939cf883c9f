from datetime import timedelta
from uuid import uuid4

from odoo import Command, fields
from odoo.tests import new_test_user, tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import Committing


@tagged("post_install", "-at_install")
class TestSimulationAtOnce(Committing, BaseCase):
    """Two workers at one run, and one that is killed on the way.

    Company, programme and user are archived at the end.
    """

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            company = env["res.company"].create({"name": f"Simulated by two {uuid4()}"})
            env = env(context={"allowed_company_ids": company.ids})  # noqa: PLW2901
            user = new_test_user(
                env,
                f"simulated_by_two_{company.id}",
                groups="loyalty_service.group_loyalty_manager",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            program = env["loyalty.program"].create(
                {
                    "name": "Simulated by two",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "company_id": company.id,
                    "rule_ids": [],
                }
            )
            simulation = env["loyalty.service.simulation"].create(
                {
                    "name": "What if",
                    "company_id": company.id,
                    "program_id": program.id,
                    "run_state": "queued",
                    "run_by_id": user.id,
                    "run_company_ids": [Command.set(company.ids)],
                }
            )
            self.ids = (simulation.id, program.id, user.id, company.id)
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        simulation, program, user, company = self.ids
        with self.committed() as env:
            env["loyalty.service.simulation"].browse(simulation).unlink()
            env["loyalty.program"].browse(program).active = False
            env["res.users"].browse(user).active = False
            env["res.company"].browse(company).active = False

    def worker(self):
        """Return the simulation as a worker sees it that has looked at it already."""
        simulation = self.connect()["loyalty.service.simulation"].browse(self.ids[0])
        self.assertIn(simulation.run_state, ("queued", "running"))
        return simulation

    def state(self):
        with self.committed() as env:
            simulation = env["loyalty.service.simulation"].browse(self.ids[0])
            return simulation.run_state, bool(simulation.ran_on)

    def fall_silent(self):
        with self.committed() as env:
            simulation = env["loyalty.service.simulation"].browse(self.ids[0])
            self.assertNotIn(simulation, simulation.search(simulation._waiting_domain()))
            simulation.run_beat = fields.Datetime.now() - timedelta(minutes=16)

    def work_off(self):
        with self.committed() as env:
            Simulation = env["loyalty.service.simulation"]
            self.assertIn(self.ids[0], Simulation.search(Simulation._waiting_domain()).ids)
            Simulation.browse(self.ids[0])._run_by_itself()

    @mute_logger("odoo.sql_db")
    def test_one_of_two_workers_runs_it(self):
        first, second = self.worker(), self.worker()
        self.assertTrue(first._claim_run())
        second._run_by_itself()
        self.assertEqual(self.state(), ("running", False))

    def test_a_run_that_was_killed_begins_anew(self):
        killed = self.worker()
        self.assertTrue(killed._claim_run())
        killed.env.cr.close()
        self.assertEqual(self.state(), ("running", False))
        self.fall_silent()
        self.work_off()
        self.assertEqual(self.state(), ("idle", True))

    def test_who_stops_it_is_heard(self):
        worker = self.worker()
        with self.committed() as env:
            env["loyalty.service.simulation"].browse(self.ids[0]).action_stop()
        worker.env.cr.rollback()
        worker._run_by_itself()
        self.assertEqual(self.state(), ("idle", False))

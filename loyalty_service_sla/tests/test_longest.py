"""What is promised has an upper bound, so that a slipped finger stops nobody from filing."""

from importlib.util import module_from_spec, spec_from_file_location

from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import SQL, file_path, mute_logger

from .common import SlaCommon

HOURS = (
    "first_response_hours",
    "next_response_hours",
    "resolution_hours",
    "acknowledgement_hours",
)


@tagged("post_install", "-at_install")
class TestLongest(SlaCommon):
    def refused(self, record, name, value):
        with (
            self.subTest(name=name, value=value),
            self.assertRaises(CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            record[name] = value
            record.flush_recordset()

    def test_hours(self):
        for name in HOURS:
            for value in (1e9, 20_000.5, float("nan"), -1):
                self.refused(self.policy, name, value)
            self.policy[name] = 20_000
        for value in (1_200_001, -1):
            self.refused(self.ladder.step_ids[0], "minutes", value)
        self.ladder.step_ids.minutes = 1_200_000
        self.env.flush_all()
        # 20,000 h of 40 h a week are 500 weeks: ten years, less than five minutes of a query.
        ticket = self.file("2026-03-02 09:00")
        self.assertEqual(self.clock(ticket).seconds, 20_000 * 3600)
        self.assertEqual(self.clock(ticket).deadline.year, 2035)

    def test_whatever_a_tier_makes_of_it(self):
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Test tier", "threshold": 987654, "sla_factor": 1000}
        )
        self.policy.resolution_hours = 20_000
        seconds = self.policy._get_seconds(tier)
        self.assertEqual(seconds, {"first_response": 4000 * 3600, "resolution": 20_000 * 3600})

    def test_the_upgrade_mends_what_was_stored(self):
        path = file_path("loyalty_service_sla/migrations/19.0.1.1.0/pre-hours.py")
        spec = spec_from_file_location("pre_hours", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        step = self.ladder.step_ids[0]
        records = {self.policy._table: self.policy, step._table: step}
        self.env.flush_all()
        for record in records.values():
            for constraint in record._table_objects.values():
                self.env.execute_query(
                    SQL(
                        "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                        SQL.identifier(record._table),
                        SQL.identifier(constraint.full_name(record)),
                    )
                )
        for table, name, largest in module.BOUNDS:
            records[table][name] = largest * 3
        self.env.flush_all()
        module.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        for table, name, largest in module.BOUNDS:
            self.assertEqual(records[table][name], largest)

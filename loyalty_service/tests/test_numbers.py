from importlib.util import module_from_spec, spec_from_file_location

from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import SQL, file_path, mute_logger

from .rewards_common import RewardsCommon

NAN, INFINITY = float("nan"), float("inf")


@tagged("post_install", "-at_install")
class TestNumbers(RewardsCommon):
    """What is no number, or no sensible one, does not come into the database.

    PostgreSQL holds NaN to be above every number, so that a lower bound lets it pass.
    """

    def places(self):
        """Return ``[(record, fields)]`` of what people enter and points are counted by."""
        simulation = self.env["loyalty.service.simulation"].create(
            {"name": "What if", "program_id": self.program.id}
        )
        rule = ("points_fixed", "points_per_unit", "cap_points")
        return [
            (self.rule, rule),
            (simulation.rule_ids[:1], rule),
            (self.middle, ("threshold", "multiplier", "sla_factor", "free_hours")),
            (simulation.tier_ids[:1], ("threshold", "multiplier")),
            (self.gift, ("service_cost",)),
            (self.record()[:1], ("hours",)),
        ]

    def store(self, record, name, value):
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s RETURNING id",
                SQL.identifier(record._table),
                SQL.identifier(name),
                value,
                record.id,
            )
        )

    def test_the_database_refuses_what_is_no_number(self):
        for record, names in self.places():
            for name in names:
                for value in (NAN, INFINITY, -INFINITY, 1e13, -1.0):
                    with (
                        self.subTest(model=record._name, name=name, value=value),
                        self.assertRaises(CheckViolation),
                        mute_logger("odoo.sql_db"),
                        self.env.cr.savepoint(),
                    ):
                        self.store(record, name, value)
                self.store(record, name, 7.5)

    def test_the_upgrade_mends_what_was_stored(self):
        path = file_path("loyalty_service/migrations/19.0.1.3.0/pre-numbers.py")
        spec = spec_from_file_location("pre_numbers", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        for record, names in self.places():
            if record._table not in {table for table, *_rest in module.MENDED}:
                continue
            for constraint in record._table_objects.values():
                self.env.execute_query(
                    SQL(
                        "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                        SQL.identifier(record._table),
                        SQL.identifier(constraint.full_name(record)),
                    )
                )
            for name in names:
                self.store(record, name, NAN)
            module.migrate(self.env.cr, "19.0.1.2.0")
            self.env.invalidate_all()
            for name in names:
                wanted = next(row[3] for row in module.MENDED if row[:2] == (record._table, name))
                self.assertEqual(record[name], wanted)

"""A real till beside us: Odoo's point of sale with its rewards, in a database of its own.

It need not be installed, and our addons do not depend on it; what it writes on accounts of points
is booked all the same, by its order.
"""

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip(
    "dev.env.database", reason="these tests make databases of their own: run ./dev/test"
)
from dev.env import database
from dev.env.lock import locked

from .installing import odoo

# 200 points of a client in two lots; an order at the till takes 130 of them, another one 20.
SCRIPT = """
import json
from odoo import Command, fields
from odoo.tests import new_test_user

company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
program = env["loyalty.program"]._get_service_program(company)
reward = program.reward_ids[:1]
partner = env["res.partner"].create({"name": "At the Till", "is_company": True})
card = env["loyalty.card"].create({"program_id": program.id, "partner_id": partner.id})
for points, reason in ((100, "First"), (100, "Second")):
    card.write({"points": card.points + points, "service_reason": reason})
cashier = new_test_user(env, "cashier_till", groups="point_of_sale.group_pos_manager")
product = env["product.product"].create(
    {"name": "Book", "list_price": 200, "taxes_id": False, "available_in_pos": True}
)
config = env["pos.config"].create({"name": "Shop"})
config.with_user(cashier).open_ui()
session = config.current_session_id

def sell(cost):
    def line(**values):
        return Command.create(
            {"product_id": product.id, "qty": 1, "price_subtotal": 0, "price_subtotal_incl": 0}
            | values
        )
    order = env["pos.order"].create(
        {
            "session_id": session.id, "partner_id": partner.id, "company_id": company.id,
            "pricelist_id": False, "amount_tax": 0, "amount_total": 200, "amount_paid": 200,
            "amount_return": 0,
            "lines": [
                line(price_unit=200),
                line(
                    is_reward_line=True, reward_id=reward.id, coupon_id=card.id,
                    points_cost=cost, price_unit=-1, reward_identifier_code=f"R{cost}",
                ),
            ],
        }
    )
    return order.with_user(cashier), {
        str(card.id): {
            "points": -cost, "program_id": program.id, "coupon_id": card.id,
            "partner_id": partner.id, "line_codes": [f"R{cost}"],
        }
    }

def told():
    return [
        [move.kind, move.points, move.origin, move.reason]
        for move in card.service_move_ids.sorted("id") if move.kind != "adjust"
    ]

first, what = sell(130)
first.confirm_coupon_programs(what)
second, what = sell(20)
second.confirm_coupon_programs(what)
# As a till does that gives points back.
card.with_user(cashier).sudo().points += 130
env.cr.commit()
print("TOLD " + json.dumps({
    "orders": [[order.id, order.display_name] for order in (first, second)],
    "rows": told(),
    "points": card.points,
    "unexplained": card.service_move_ids.filtered(lambda move: not move.reason).mapped("kind"),
}))
"""


@pytest.fixture(scope="module")
def shop():
    """A database with our addons and a till."""
    name = f"{database.name('till')}_{os.getpid()}"
    with locked(database.LOCK, "building the test database"):
        database.copy(database.name("template"), name)
    try:
        odoo("module", "install", "-d", name, "pos_loyalty")
        yield name
    finally:
        database.drop(name)


def run(name: str, script: str) -> dict:
    shell = subprocess.run(
        [sys.executable, "-P", "-m", "odoo", "shell", "-d", name, "--no-http"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    told = [line for line in shell.stdout.splitlines() if line.startswith("TOLD ")]
    assert told, (shell.stdout + shell.stderr)[-5000:]
    return json.loads(told[-1].removeprefix("TOLD "))


def test_what_a_till_takes_is_spent_by_its_order_and_comes_back(shop):
    told = run(shop, SCRIPT)
    (first, first_name), (second, second_name) = told["orders"]
    assert told["rows"] == [
        ["spend", -100, f"pos.order,{first}", first_name],
        ["spend", -30, f"pos.order,{first}", first_name],
        ["spend", -20, f"pos.order,{second}", second_name],
        ["reverse", 30, f"pos.order,{first}", "Point of sale"],
        ["reverse", 100, f"pos.order,{first}", "Point of sale"],
    ]
    assert told["points"] == 180
    assert told["unexplained"] == []

"""A question that the partners of the demo firm ask themselves, and its answer."""

from .world import World

NAME = "按时付款积分提高一半，金卡门槛提高到 4,000"


def ask(world: World) -> None:
    """Keep a simulation: half as many points again for punctual payment, Gold at 4,000."""
    env = world.env
    simulation = env["loyalty.service.simulation"].create(
        {
            "name": NAME,
            "user_id": world.users["chen"].id,
            "program_id": env["loyalty.program"]._get_service_program(env.company).id,
        }
    )
    punctual = env.ref("loyalty_service.earning_rule_paid_on_time")
    late = env.ref("loyalty_service.earning_rule_paid_late")
    gold = env.ref("loyalty_service.tier_gold")
    copies = simulation.rule_ids.grouped("rule_id")
    copies[punctual].points_per_unit = 0.15
    copies[late].enabled = False
    simulation.tier_ids.grouped("tier_id")[gold].threshold = 4000
    simulation.action_run()

"""What the firm has learned from its tickets by the end of the walk."""

from .world import World


def learn(world: World) -> None:
    """Let it learn, as the scheduled action does each night."""
    predictions = world.env["loyalty.service.sla.prediction"].search(
        [("company_id", "=", world.env.company.id)]
    )
    predictions._learn()

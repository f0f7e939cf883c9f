"""Tickets that come due one after the other, for the test that looks how late they are noticed.

Runs in a process of its own, see `dev.env.database.call`.
"""

from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

PROMISED = 3600  # seconds


def plan(env, seconds: list[int]) -> list[int]:
    """Create a ticket due in so many seconds, for each of them; return their clocks."""
    calendar = env["resource.calendar"].create(
        {
            "name": "Always",
            "tz": "UTC",
            "attendance_ids": [
                (
                    0,
                    0,
                    {
                        "name": str(day),
                        "dayofweek": str(day),
                        "day_period": "full_day",
                        "hour_from": 0,
                        "hour_to": 24,
                    },
                )
                for day in range(7)
            ],
        }
    )
    admin = env.ref("base.user_admin")
    partner = env["res.partner"].create({"name": "Punctual", "is_company": True})
    now = datetime.now(UTC).replace(tzinfo=None).replace(microsecond=0)
    # There since long before, so that nothing counts as a change of today.
    with freeze_time(now - timedelta(days=30)):
        policy = env["loyalty.service.sla.policy"].create(
            {
                "name": "Punctual",
                "sequence": -99,
                "partner_ids": [(6, 0, partner.ids)],
                "calendar_id": calendar.id,
                "first_response_hours": PROMISED / 3600,
            }
        )
        env["loyalty.service.sla.ladder"].create(
            {
                "name": "Punctual",
                "sequence": -99,
                "policy_ids": [(6, 0, policy.ids)],
                "step_ids": [(0, 0, {"moment": "at", "anytime": True})],
            }
        )
        env.flush_all()
    tickets = env["helpdesk.ticket"]
    for second in seconds:
        with freeze_time(now + timedelta(seconds=second - PROMISED)):
            tickets += tickets.create(
                {
                    "name": f"Due in {second} s",
                    "description": "x",
                    "partner_id": partner.id,
                    "user_id": admin.id,
                    "team_id": False,
                }
            )
            env.flush_all()
    clocks = tickets.loyalty_sla_clock_ids.filtered("deadline")
    assert len(clocks) == len(seconds)
    return clocks.ids

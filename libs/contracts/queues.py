"""Names that ingest and the writers must agree on."""

from typing import get_args

from libs.contracts.jobs import Lane

LANES: tuple[Lane, ...] = get_args(Lane)
"""The lanes, a tenant's first one first. A lane is one Dramatiq queue of the same name."""

LANE_WEIGHT: dict[Lane, int] = {"high": 4, "normal": 2, "low": 1}
"""How many chunks of a lane are written in the time of one of `low`, where all have some."""


def actor_name(lane: Lane) -> str:
    """The writer's actor for a lane; one a lane, because an actor's queue is its own in Dramatiq."""
    return f"write_chunk_{lane}"


POISON_ACTOR = "drop_poison"
"""The actor that messages nobody can read are given to."""


def dramatiq_namespace(namespace: str) -> str:
    """The prefix of Dramatiq's keys; the hash tag keeps them in the slot of all others."""
    return f"{{{namespace}}}:dramatiq"


def wake_channel(namespace: str) -> str:
    """The channel on which publishers say that there is something to fetch."""
    return f"{{{namespace}}}:wake"

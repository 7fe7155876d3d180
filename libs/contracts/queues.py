"""Names that ingest and the writers must agree on."""

from typing import get_args

from libs.contracts.jobs import Lane

LANES: tuple[Lane, ...] = get_args(Lane)
"""The lanes, first served first. A lane is one Dramatiq queue of the same name."""

LANE_PRIORITY: dict[Lane, int] = {lane: rank for rank, lane in enumerate(LANES)}
"""Dramatiq's actor priority: smaller goes first."""


def actor_name(lane: Lane) -> str:
    """The writer's actor for a lane; one a lane, because priority is an actor's in Dramatiq."""
    return f"write_chunk_{lane}"


POISON_ACTOR = "drop_poison"
"""The actor that messages nobody can read are given to."""


def dramatiq_namespace(namespace: str) -> str:
    """The prefix of Dramatiq's keys; the hash tag keeps them in the slot of all others."""
    return f"{{{namespace}}}:dramatiq"


def wake_channel(namespace: str) -> str:
    """The channel on which publishers say that there is something to fetch."""
    return f"{{{namespace}}}:wake"

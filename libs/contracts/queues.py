"""Names that ingest, the writers and the processors must agree on."""

from typing import get_args

from libs.contracts.jobs import Lane

LANES: tuple[Lane, ...] = get_args(Lane)
"""The lanes, a tenant's first one first. A lane of chunks is one Dramatiq queue of the same name."""

LANE_WEIGHT: dict[Lane, int] = {"high": 4, "normal": 2, "low": 1}
"""How many chunks or tasks of a lane are begun in the time of one of `low`, where all have some."""

TASK_QUEUE: dict[Lane, str] = {lane: f"tasks-{lane}" for lane in LANES}
"""The queue of a lane's tasks."""

CHUNK_WEIGHTS: dict[str, int] = {lane: LANE_WEIGHT[lane] for lane in LANES}
TASK_WEIGHTS: dict[str, int] = {TASK_QUEUE[lane]: LANE_WEIGHT[lane] for lane in LANES}
"""What writers and processors consume, by queue: its part of the turns."""


def actor_name(lane: Lane) -> str:
    """The writer's actor for a lane; one a lane, because an actor's queue is its own in Dramatiq."""
    return f"write_chunk_{lane}"


def task_actor_name(lane: Lane) -> str:
    """The processor's actor for a lane."""
    return f"run_task_{lane}"


POISON_ACTOR = "drop_poison"
"""The actor that messages nobody can read are given to."""


def dramatiq_namespace(namespace: str) -> str:
    """The prefix of Dramatiq's keys; the hash tag keeps them in the slot of all others."""
    return f"{{{namespace}}}:dramatiq"


def wake_channel(namespace: str) -> str:
    """The channel on which publishers say that there is something to fetch."""
    return f"{{{namespace}}}:wake"

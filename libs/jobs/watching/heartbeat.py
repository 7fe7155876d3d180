"""Processes say that they are there, and what they do; others see who works, who has stopped and who has died."""

import datetime
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import redis
from msgspec import Struct

from libs.contracts.jobs import Lane
from libs.contracts.system.workers import Doing, LaneWork, WorkerKind, WorkerState, WorkerView
from libs.jobs.keys import Keys
from libs.jobs.scripts import Scripts

BEAT_EVERY_S = 2.0
DEAD_AFTER_S = 12.0
"""Longer than Redis may be away for a restart, or a process be stopped for a moment."""
KEPT_S = 3_600
"""How long one that has died or stopped is remembered."""


class Beat(Struct, frozen=True, kw_only=True):
    """What a process says. Durations and no times: clocks of hosts differ, and Redis has one."""

    kind: WorkerKind
    name: str
    host: str
    pid: int
    version: str
    state: WorkerState
    running_s: float
    threads: int
    doing: list[Doing]
    tasks: dict[Lane, LaneWork] = {}
    """What processors see waiting; of writers nothing."""


class Heart:
    """Beats for one process."""

    def __init__(
        self,
        client: redis.Redis,
        namespace: str,
        *,
        kind: WorkerKind,
        name: str,
        version: str,
        threads: int,
        doing: Callable[[], Sequence[Doing]],
        draining: Callable[[], bool],
        tasks: Callable[[], dict[Lane, LaneWork]] = dict,
    ) -> None:
        self._scripts = Scripts(client, Keys(namespace).prefix)
        self._id = uuid.uuid4().hex
        self._began = time.monotonic()
        self._kind, self._name, self._version, self._threads = kind, name, version, threads
        self._doing, self._draining, self._tasks = doing, draining, tasks

    def beat(self) -> None:
        """Say so now. Raises redis.RedisError."""
        self._say("draining" if self._draining() else "working")

    def stop(self) -> None:
        """Say that this was the end; where Redis is away, it will look as if the process had died."""
        with suppress(redis.RedisError):
            self._say("stopped")

    def _say(self, state: WorkerState) -> None:
        beat = Beat(
            kind=self._kind, name=self._name, host=socket.gethostname(), pid=os.getpid(), version=self._version,
            state=state, running_s=time.monotonic() - self._began, threads=self._threads, doing=list(self._doing()),
            tasks=self._tasks(),
        )  # fmt: skip
        self._scripts.run("beat", self._id, msgspec.json.encode(beat), KEPT_S)


class Heartbeats:
    """Who has been heard of. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._client: Any = client
        self._keys = Keys(namespace)

    def workers(self) -> list[WorkerView]:
        """All that have been heard of within the hour, by kind and name, the newest of a name first."""
        now, heard = self._heard()
        views = [_view(beat, at, now) for beat, at in heard]
        return sorted(views, key=lambda each: (each.kind, each.name, -each.started_at.timestamp()))

    def tasks(self) -> dict[Lane, LaneWork]:
        """What the processor that was heard of last has seen waiting."""
        _, heard = self._heard()
        seen = [(at, beat.tasks) for beat, at in heard if beat.tasks]
        return max(seen, key=lambda each: each[0])[1] if seen else {}

    def _heard(self) -> tuple[float, list[tuple[Beat, float]]]:
        """Now, and each beat with its time, seconds of Redis' clock."""
        pipe = self._client.pipeline(transaction=False)
        pipe.time().zrange(self._keys.workers, 0, -1, withscores=True)
        (seconds, microseconds), names = pipe.execute()
        for name, _ in names:
            pipe.get(self._keys.worker(name.decode()))
        beats = [(_read(raw), at / 1000) for raw, (_, at) in zip(pipe.execute(), names, strict=True)]
        return seconds + microseconds / 1e6, [(beat, at) for beat, at in beats if beat]


def _read(raw: bytes | None) -> Beat | None:
    """None where it is forgotten, or of a version that says it otherwise."""
    try:
        return msgspec.json.decode(raw, type=Beat) if raw else None
    except msgspec.MsgspecError:
        return None


def _view(beat: Beat, at: float, now: float) -> WorkerView:
    dead = now - at > DEAD_AFTER_S and beat.state != "stopped"
    return WorkerView(
        kind=beat.kind, name=beat.name, host=beat.host, pid=beat.pid, version=beat.version,
        state="dead" if dead else beat.state, started_at=_moment(at - beat.running_s), seen_at=_moment(at),
        threads=beat.threads, doing=[] if beat.state == "stopped" else beat.doing,
    )  # fmt: skip


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(round(seconds, 3), datetime.UTC)

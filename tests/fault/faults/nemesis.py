"""The nemesis: carries out a schedule of faults on a rig, and heals it afterwards."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from operator import itemgetter

import psycopg
import redis

from tests.fault.faults.ballast import Ballast
from tests.fault.faults.schedule import Fault
from tests.fault.running.rig import Rig
from tests.fault.running.runner import children, send

DELAYS_S = (0.02, 0.2, 1.0)
ANSWERS = {
    "redis": (b"EVALSHA", b"WAITAOF", b"enqueue", b"fetch"),
    "postgres": (b"COMMIT", b"INSERT INTO ingest.chunk", b"COPY", b"UPDATE work.task", b"INSERT INTO work.file"),
}
"""Requests whose answers are worth losing."""
LITTLE_MEMORY = "1"


class Nemesis:
    """Strikes at one rig; its methods belong to the main thread."""

    def __init__(self, rig: Rig) -> None:
        self._place = rig.place
        self._runner = rig.runner
        self._proxies = {"redis": rig.redis_proxy, "postgres": rig.postgres_proxy}
        self._memory = ""
        self._ballast = {name: Ballast(disk) for name, disk in rig.disks.items()}
        self.struck: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        """Faults that met nobody, because their victim was down already, or that this machine does not allow."""

    def torment(self, faults: list[Fault], seconds: float) -> None:
        """Carry out the schedule; what dies is started again by the runner all the while."""
        began = time.monotonic()
        turns: list[tuple[float, Callable[[], None]]] = []
        for fault in faults:
            undo: list[Callable[[], None]] = []
            turns += (fault.begin, partial(self._begin, fault, undo)), (fault.end, partial(_end, undo))
        for at, turn in sorted(turns, key=itemgetter(0)):
            self._runner.watch_until(began + at)
            turn()
        self._runner.watch_until(began + seconds)

    def heal(self, timeout: float = 90.0) -> float:
        """End every fault; seconds until all programs serve again."""
        for name in self._runner.names():
            self._runner.let_up(name)
        for ballast in self._ballast.values():
            ballast.drop()
        self._runner.resume_all()
        for proxy in self._proxies.values():
            proxy.heal()
        seconds = self._runner.wait_ready(timeout)
        self._restore_memory()
        return seconds

    def _begin(self, fault: Fault, undo: list[Callable[[], None]]) -> None:
        """Begin a fault; what ends it is put into `undo`."""
        strike: Callable[[Fault], Callable[[], None] | None] = getattr(self, f"_{fault.kind}")
        end = None
        with suppress(psycopg.Error, redis.RedisError):
            end = strike(fault)
        (self.struck if end else self.missed)[f"{fault.kind} {fault.target}"] += 1
        undo.append(end or _nothing)

    # Processes.

    def _victims(self, fault: Fault) -> list[int]:
        runner = self._runner
        match fault.target:
            case "everything":
                return [runner.pid(name) for name in runner.names()]
            case "ingest-worker":
                found = children(runner.pid("ingest")) if runner.pid("ingest") else []
            case "backend":
                found = self._backends()
            case "postmaster":
                found = [runner.pid("postgres")]
            case name:
                found = [runner.pid(name)]
        return [found[fault.detail % len(found)]] if found else []

    def _backends(self) -> list[int]:
        query = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'sluice-%' ORDER BY pid"
        with suppress(psycopg.Error), psycopg.connect(self._place.database_url, connect_timeout=2) as connection:
            return [pid for (pid,) in connection.execute(query)]
        return []

    def _kill(self, fault: Fault) -> Callable[[], None] | None:
        hit = [send(pid, signal.SIGKILL) for pid in self._victims(fault)]
        return _nothing if any(hit) else None

    def _drain(self, fault: Fault) -> Callable[[], None] | None:
        """An orderly end, as when a new version is rolled out."""
        return _nothing if self._runner.send(fault.target, signal.SIGTERM) else None

    def _pause(self, fault: Fault) -> Callable[[], None] | None:
        victims = [pid for pid in self._victims(fault) if send(pid, signal.SIGSTOP)]

        def go_on() -> None:
            for pid in victims:
                send(pid, signal.SIGCONT)

        return go_on if victims else None

    def _terminate(self, fault: Fault) -> Callable[[], None] | None:
        victims = self._backends()[: 1 + fault.detail % 4]
        if not victims:
            return None
        with psycopg.connect(self._place.database_url, connect_timeout=2, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [victims])
        return _nothing

    # Wires.

    def _cut(self, fault: Fault) -> Callable[[], None]:
        self._proxies[fault.target].cut()
        return _nothing

    def _refuse(self, fault: Fault) -> Callable[[], None]:
        proxy = self._proxies[fault.target]
        proxy.refuse()
        return proxy.accept

    def _delay(self, fault: Fault) -> Callable[[], None]:
        proxy = self._proxies[fault.target]
        proxy.delay(DELAYS_S[fault.detail % len(DELAYS_S)])
        return lambda: proxy.delay(0)

    def _lose_answer(self, fault: Fault) -> Callable[[], None]:
        proxy, marks = self._proxies[fault.target], ANSWERS[fault.target]
        proxy.lose_answer(marks[fault.detail % len(marks)])
        return _nothing

    def _half_close(self, fault: Fault) -> Callable[[], None]:
        self._proxies[fault.target].half_close()
        return _nothing

    def _swallow(self, fault: Fault) -> Callable[[], None]:
        proxy = self._proxies[fault.target]
        proxy.swallow()
        return lambda: proxy.release(cut=fault.detail % 2 == 1)

    # Room.

    def _maxmemory(self, fault: Fault) -> Callable[[], None]:
        client = self._place.redis()
        try:
            self._memory = self._memory or client.config_get("maxmemory")["maxmemory"]
            client.config_set("maxmemory", LITTLE_MEMORY)
        finally:
            client.close()
        return self._restore_memory

    def _restore_memory(self) -> None:
        """Valkey that was killed meanwhile has read its configuration again."""
        client = self._place.redis()
        with suppress(redis.RedisError):
            if self._memory:
                client.config_set("maxmemory", self._memory)
        client.close()

    def _full_disk(self, fault: Fault) -> Callable[[], None] | None:
        ballast = self._ballast.get(fault.target)
        if ballast is None:
            return None
        ballast.fill()
        return ballast.drop


def _end(undo: list[Callable[[], None]]) -> None:
    undo.pop()()


def _nothing() -> None:
    pass

"""When which fault strikes: all of it follows from the seed and the length, before the first one strikes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

PROCESSES = ("ingest", "ingest-worker", "writer-1", "writer-2", "processor-1", "valkey", "postmaster", "backend")
DECK = (
    *(("kill", name) for name in PROCESSES),
    *(("pause", name) for name in PROCESSES),
    *(("drain", name) for name in ("ingest", "writer-1", "processor-1", "valkey")),
    ("terminate", "backends"),
    *((trouble, wire) for trouble in ("cut", "refuse", "delay", "lose_answer", "half_close", "swallow")
      for wire in ("redis", "postgres")),
    ("maxmemory", "valkey"),
    ("full_disk", "valkey"),
    ("full_disk", "postgres"),
    ("full_disk", "files"),
    ("kill", "everything"),
)  # fmt: skip
"""Every fault that there is. A run goes through the deck, shuffled, again and again."""


@dataclass(frozen=True)
class Fault:
    """One fault: when it begins and ends, in seconds from the start, what it does and to whom."""

    begin: float
    end: float
    kind: str
    target: str
    detail: int
    """Chooses among the victims or ways of the fault."""

    def __str__(self) -> str:
        return f"{self.begin:6.1f} s to {self.end:6.1f} s  {self.kind} {self.target}"


def schedule(seed: str, seconds: float, *, every_s: float, spare: tuple[str, ...] = ()) -> list[Fault]:
    """The faults of a run, by their beginning. They overlap: each lasts up to three times the mean time between two.

    Processes in `spare` are not ended, nor is everything.
    """
    chance = random.Random(seed)
    faults: list[Fault] = []
    now = 0.5
    for kind, target in _deal(chance):
        begin, now = now, now + chance.uniform(0.4, 1.6) * every_s
        end = begin + chance.uniform(0.3, 3.0) * every_s
        detail = chance.randrange(1_000)
        if end > seconds:
            return faults
        if kind not in ("kill", "drain") or (target not in spare and not (spare and target == "everything")):
            faults.append(Fault(round(begin, 2), round(end, 2), kind, target, detail))
    raise AssertionError("the deck never ends")


def _deal(chance: random.Random) -> Iterator[tuple[str, str]]:
    while True:
        yield from chance.sample(DECK, len(DECK))

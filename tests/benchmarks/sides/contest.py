"""Sides take turns: the first round of each, then the second of each, so that no side gets a better hour."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.benchmarks.batches import Workload
from tests.benchmarks.results import Series

LONGEST_REASON = 160


@dataclass(frozen=True)
class Timing:
    """One pass of a workload."""

    records: int
    seconds: float


@dataclass(frozen=True)
class Side:
    """One that writes the records of a workload into an empty database."""

    title: str
    run: Callable[[Workload], dict[str, Timing]]
    """By pass; a side may do the first passes only. Raises where rows are missing afterwards."""
    part: bool = False
    """Whether it gets a part of the records, because all of them would take minutes."""


@dataclass
class Outcome:
    """What a side did, by pass and round, or why it could not."""

    side: Side
    timings: dict[str, list[Timing]] = field(default_factory=dict)
    failure: str = ""

    def rates(self, name: str) -> Series | None:
        """Records a second in a pass, a value for each round."""
        timings = self.timings.get(name)
        return Series.of([timing.records / timing.seconds for timing in timings]) if timings else None

    def records(self, name: str) -> int:
        """Records a round in a pass."""
        return self.timings[name][0].records


def compete(
    sides: list[Side], workload: Workload, *, rounds: int, part: int, say: Callable[[str], None]
) -> list[Outcome]:
    """Let the sides run in turn; some get `part` records. One that fails is left out of the rounds that follow."""
    outcomes = [Outcome(side) for side in sides]
    smaller = workload.part(part)
    for number in range(1, rounds + 1):
        for outcome in outcomes:
            if not outcome.failure:
                _take_turn(outcome, smaller if outcome.side.part else workload, f"round {number}", say)
    return outcomes


def _take_turn(outcome: Outcome, workload: Workload, label: str, say: Callable[[str], None]) -> None:
    try:
        done = outcome.side.run(workload)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is this side's result
        outcome.failure = f"{type(error).__name__}: {error}".partition("\n")[0][:LONGEST_REASON]
        say(f"  {label}  {outcome.side.title}: failed: {outcome.failure}")
        return
    for name, timing in done.items():
        outcome.timings.setdefault(name, []).append(timing)
        rate = timing.records / timing.seconds
        say(f"  {label}  {outcome.side.title}, {name}: {timing.records:,} in {timing.seconds:.1f} s, {rate:,.0f}/s")

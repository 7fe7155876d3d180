"""For how long company is waited for: until enough will have come, where so many come at all."""

from types import SimpleNamespace

import pytest

from libs.broker.arrivals import ENOUGH, LONGEST_S, SHORTEST_S, Arrivals


@pytest.mark.parametrize(
    ("count", "seconds", "rest"),
    [
        (0, 5.0, (0, SHORTEST_S)), (3, 1.0, (0, SHORTEST_S)), (159, 1.0, (0, SHORTEST_S)),
        (160, 1.0, (SHORTEST_S, LONGEST_S)), (320, 1.0, (SHORTEST_S, LONGEST_S)), (640, 1.0, (SHORTEST_S, 0.025)),
        (160, 0.25, (SHORTEST_S, 0.025)), (5_000, 1.0, (SHORTEST_S, SHORTEST_S)),
    ],
)  # fmt: skip
def test_it_is_as_long_as_enough_take_to_come(
    monkeypatch: pytest.MonkeyPatch, count: int, seconds: float, rest: tuple[float, float]
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("libs.broker.arrivals.time", SimpleNamespace(monotonic=lambda: clock.now))
    arrivals = Arrivals()
    for _ in range(2):  # what came before the last rest counts no more
        for _ in range(count):
            arrivals.note()
        clock.now += seconds
        assert arrivals.rest_s() == pytest.approx(rest)


def test_a_moment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("libs.broker.arrivals.time", SimpleNamespace(monotonic=lambda: clock.now))
    arrivals = Arrivals()
    rests = []
    for count, seconds in [(100, 0.1), (0, 0.1), (60, 0.06), (0, 0.2), (0, 0.06)]:
        for _ in range(count):
            arrivals.note()
        clock.now += seconds
        rests.append(arrivals.rest_s())
    busy = (SHORTEST_S, pytest.approx(ENOUGH * 0.26 / 160))
    assert rests == [(0, SHORTEST_S), (0, SHORTEST_S), busy, busy, (0, SHORTEST_S)]

"""How often a tenant's share is looked at: seldom while it holds little, and at once when much has come."""

import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from libs.contracts.refusals import Refusal
from libs.intake.admission import Admission
from libs.intake.settings import IntakeSettings
from libs.jobs.store import JobStore
from libs.jobs.values import Load, Share

LIMIT = 1_000_000
FAR, NEAR = LIMIT // 10, LIMIT // 2


class Clock:
    """Tells any time, and counts looks at a tenant that holds so much."""

    def __init__(self, store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.looks, self.waiting, self.retained = 1_000.0, 0, 0, 0
        self.tenant = uuid.uuid4()
        monkeypatch.setattr("libs.intake.admission.time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(store, "share", self._share)
        self.admission = Admission(
            store, IntakeSettings(tenant_backlog_max_bytes=LIMIT, tenant_retained_max_bytes=LIMIT)
        )

    def _share(self, tenant_id: uuid.UUID) -> Share:
        self.looks += 1
        return Share(self.waiting, {10.0: self.retained} if self.retained else {})

    def looks_after(self, seconds: float) -> int:
        """How often the tenant is looked at, when it sends a batch so much later."""
        self.now += seconds
        before = self.looks
        self.admission.check(self.tenant)
        return self.looks - before


@pytest.fixture
def clock(store: JobStore) -> Iterator[Clock]:
    with pytest.MonkeyPatch.context() as patch:
        yield Clock(store, patch)


def test_a_tenant_that_holds_little_is_looked_at_once_a_second(clock: Clock) -> None:
    assert [clock.looks_after(seconds) for seconds in (0, 0.2, 0.7, 0.2, 0.2)] == [1, 0, 0, 1, 0]


@pytest.mark.parametrize("kept", ["waiting", "retained"])
def test_a_tenant_that_holds_much_is_looked_at_as_soon_as_ever(clock: Clock, kept: str) -> None:
    setattr(clock, kept, NEAR)
    assert [clock.looks_after(seconds) for seconds in (0, 0.05, 0.1, 0.1)] == [1, 0, 1, 1]


def test_what_has_come_since_counts(clock: Clock) -> None:
    clock.waiting = FAR
    assert [clock.looks_after(seconds) for seconds in (0, 0.2)] == [1, 0]
    clock.admission.took(clock.tenant, LIMIT // 8 - FAR)
    assert clock.looks_after(0.0) == 1
    assert clock.looks_after(0.2) == 0


@pytest.mark.parametrize(
    ("waiting", "used_memory", "looks"),
    [
        (0, 0, 0),
        (LIMIT - 1, 0, 0),
        (LIMIT, 0, 1),
        (0, LIMIT * 4 // 5 - 1, 0),
        (0, LIMIT * 4 // 5, 1),
        (0, 2 * LIMIT, 1),
    ],
)
def test_nobody_is_looked_at_while_all_hold_less_than_one_may(
    clock: Clock, store: JobStore, monkeypatch: pytest.MonkeyPatch, waiting: int, used_memory: int, looks: int
) -> None:
    monkeypatch.setattr(store, "load", lambda: Load(waiting, 0, used_memory, 0))
    assert clock.looks_after(0) == looks


def test_what_all_hold_is_asked_again_in_a_tenth_of_a_second(
    clock: Clock, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "load", lambda: Load(0, 0, 0, 0))
    assert clock.looks_after(0) == 0
    monkeypatch.setattr(store, "load", lambda: Load(LIMIT, 0, 0, 0))
    clock.waiting = LIMIT
    with pytest.raises(Refusal, match="TENANT_BACKLOG"):
        clock.looks_after(0.11)

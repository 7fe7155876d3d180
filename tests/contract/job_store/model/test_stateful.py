"""Any interleaving of what can happen to jobs leaves the store true to the ledger, and no chunk stuck.

Leases and waits run out when a rule says so, by an edit of their times in Redis; by themselves they last for minutes.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import RetryStrategy
from libs.jobs.reading import Lease
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Idempotency, Timing
from tests.contract.job_store.model.model import Entry, ModelJob
from tests.contract.job_store.model.twin import Twin
from tests.contract.job_store.support.view import Place

EXAMPLES = 40
STEPS = 40
MOST_JOBS = 4
MOST_ROUNDS = 50
"""In each round of healing the store hands out a window at least."""
TENANTS = [uuid.UUID(int=1), uuid.UUID(int=2)]
PLACES = [Place(tenant, lane) for tenant in TENANTS for lane in ("normal", "high")]  # type: ignore[arg-type]
LONG_MS = 600_000

Item = TypeVar("Item")
PICK = st.integers(0, 1_000)
MARK = st.builds(Idempotency, st.just("route"), st.sampled_from("kl"), st.sampled_from("fg"))
FAILURE = st.sampled_from(["", "transient", "permanent", "aborted"])
UNTIL = st.sampled_from(["end", "settled", "written", "leased", "leased"])


class JobStoreMachine(RuleBasedStateMachine):
    """Scanners, writers and sweepers at once, one step at a time; `lost` is what somebody has not said before dying."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__()
        self.client = client
        self.messages: list[ChunkRef] = []
        self.held: list[Lease] = []
        self.written: list[tuple[Lease, Entry]] = []

    @initialize(window=st.sampled_from([1, 2, 8]))
    def begin(self, window: int) -> None:
        timing = Timing(window_chunks=window, grace_ms=LONG_MS, longest_grace_ms=2 * LONG_MS, lease_ms=LONG_MS)
        self.twin = Twin(JobStore(self.client, f"machine-{uuid.uuid4().hex}", timing, waitaof=False), PLACES)
        self.model = self.twin.model

    # Clients.

    @precondition(lambda self: len(self.model.jobs) < MOST_JOBS)
    @rule(
        place=st.sampled_from([PLACES[0], *PLACES]), mark=st.none() | MARK, lost=st.booleans(),
        sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    )  # fmt: skip
    def open(self, place: Place, mark: Idempotency | None, lost: bool, sizes: list[int]) -> None:
        self._publish(self.twin.open(place, sizes, mark), lost)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK)
    def open_again(self, pick: int) -> None:
        self.twin.open_again(_take(self._jobs(), pick))

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        self.twin.cancel(_take(self._jobs(), pick))

    @precondition(lambda self: any(known.status.ended for known in self._jobs()))
    @rule(pick=PICK, strategy=st.sampled_from(["transient", "all"]), ended=st.booleans(), lost=st.booleans())
    def retry(self, pick: int, strategy: RetryStrategy, ended: bool, lost: bool) -> None:
        known = _take([known for known in self._jobs() if known.status.ended or not ended], pick)
        self._publish(self.twin.retry(known, strategy), lost)
        # What was under way from before comes now: messages of chunks that wait for their turn, and settlements.
        for number in known.todo:
            self._start(known.chunks[number].ref)
        for lease, entry in self.written:
            if lease.job.id == known.job.id:
                self._publish(self.twin.settle(lease, entry), lost)

    # Writers: they take a chunk, write it and settle it in one go, or stop anywhere in between.

    @precondition(lambda self: self.messages)
    @rule(pick=PICK, again=st.booleans(), failure=FAILURE, until=UNTIL)
    def deliver(self, pick: int, again: bool, failure: str, until: str) -> None:
        if (lease := self._start(_take(self.messages, pick, again=again))) and until != "leased":
            self.held.remove(lease)
            self._write(lease, failure, until)

    @precondition(lambda self: self.messages)
    @rule(pick=PICK, failure=FAILURE)
    def work_off(self, pick: int, failure: str) -> None:
        """All that comes of one job, until nothing does."""
        job_id = self.messages[pick % len(self.messages)].job_id
        while refs := [ref for ref in self.messages if ref.job_id == job_id]:
            self.messages.remove(refs[0])
            if lease := self._start(refs[0]):
                self.held.remove(lease)
                self._write(lease, failure, "end")

    @precondition(lambda self: self.held)
    @rule(pick=PICK, failure=FAILURE, until=st.sampled_from(["end", "written"]))
    def write(self, pick: int, failure: str, until: str) -> None:
        self._write(_take(self.held, pick), failure, until)

    @precondition(lambda self: self.written)
    @rule(pick=PICK, again=st.booleans(), lost=st.booleans())
    def settle(self, pick: int, again: bool, lost: bool) -> None:
        self._publish(self.twin.settle(*_take(self.written, pick, again=again)), lost)

    @precondition(lambda self: self.held)
    @rule(pick=PICK, again=st.booleans())
    def defer(self, pick: int, again: bool) -> None:
        lease = _take(self.held, pick)
        self.twin.defer(lease)
        if again:
            self._start(lease.ref)

    @precondition(lambda self: self.held)
    @rule()
    def extend(self) -> None:
        self.twin.extend(self.held)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK, late=st.booleans())
    def close(self, pick: int, late: bool) -> None:
        self.twin.close(_take(self._jobs(), pick), late=late)

    # Time and sweepers. What was delivered to a writer that has died is in nobody's hands until its time has come.

    @precondition(lambda self: self.model.chunks("running", "deferred"))
    @rule(pick=PICK, taken_over=st.booleans())
    def time_passes(self, pick: int, taken_over: bool) -> None:
        chunk = _take(self.model.chunks("running", "deferred"), pick)
        self.twin.ripen(chunk)
        if taken_over:
            self._start(chunk.ref)
        for lease in self.held:
            if lease.ref == chunk.ref:
                self.twin.note_suspect(lease)
                self.twin.extend([] if self.twin.holds(lease) else [lease])
        for lease in [lease for lease in self.held if not self.twin.holds(lease)]:
            self.twin.defer(lease)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK, limit=st.integers(1, 4), lost=st.booleans())
    def sweep(self, pick: int, limit: int, lost: bool) -> None:
        view = self.twin.view
        due, soon = view.due(), view.now_ms() + LONG_MS / 2
        names = sorted(due, key=str)
        overdue = {*names[pick % (len(names) + 1) :], *(ref for ref in names if due[ref] < soon)}
        view.fall_due(*overdue)
        claimed, rest = (self.twin.store.claim_due(most) for most in (limit, 1_000))
        assert len(claimed) == min(limit, len(overdue))
        assert sorted(claimed + rest, key=str) == sorted(overdue, key=str)
        self._publish(claimed + rest, lost)

    @invariant()
    def the_store_agrees_with_its_model(self) -> None:
        self.twin.compare()

    def teardown(self) -> None:
        """Everybody has died. What is due comes, what comes is written: every job ends, and nothing is left."""
        if not hasattr(self, "twin"):
            return
        view, rounds = self.twin.view, 0
        while view.open_jobs():
            rounds += 1
            assert rounds < MOST_ROUNDS, "some job never ends"
            for chunk in self.model.chunks("running", "deferred"):
                self.twin.ripen(chunk)
            view.fall_due(*view.due())
            for ref in self.twin.store.claim_due(1_000):
                if lease := self._start(ref):
                    self._write(lease, "", "end")
        self.twin.compare()
        assert all(known.status.ended for known in self._jobs())
        assert (view.due(), view.open_jobs(), view.backlog()) == ({}, set(), {})

    def _start(self, ref: ChunkRef) -> Lease | None:
        """What a message is for; returns the lease where there is one."""
        if ref.is_end:
            self.twin.close(self.model.jobs[ref.job_id])
        elif lease := self.twin.start(ref):
            self.held.append(lease)
            return lease
        return None

    def _write(self, lease: Lease, failure: str, until: str) -> None:
        entry = self.twin.write(lease, failure)
        self.written.append((lease, entry))  # and may be settled again, whatever becomes of it
        if until in ("settled", "end"):
            self._publish(self.twin.settle(lease, entry), lost=False)
        if until == "end":
            self.twin.close(self.model.jobs[lease.job.id], late=True)

    def _publish(self, refs: list[ChunkRef], lost: bool) -> None:
        self.messages += [] if lost else refs

    def _jobs(self) -> list[ModelJob]:
        return list(self.model.jobs.values())


def _take(items: list[Item], pick: int, *, again: bool = False) -> Item:
    """One of them, which stays if it is to come `again`."""
    return items[pick % len(items)] if again else items.pop(pick % len(items))


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[redis.Redis]:
    """A server without a disk: at thousands of steps, waiting for an fsync would take the longest."""
    with (
        ValkeyServer(tmp_path / "valkey", free_port()) as server,
        closing(connect(server.url, durable=False)) as client,
    ):
        client.config_set("appendonly", "no")
        yield client


def test_any_interleaving_ends_in_the_ledgers_counters(forgetful: redis.Redis) -> None:
    def machine() -> Any:
        return JobStoreMachine(forgetful)

    bounded = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=bounded)

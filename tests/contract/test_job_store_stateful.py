"""Any interleaving of what can happen to jobs leaves the store true to the ledger, and no chunk stuck.

Leases and waits run out when a rule says so, by an edit of their times in Redis; by themselves they last for minutes.
"""

import uuid
from typing import Any, TypeVar

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane, RetryStrategy
from libs.jobs.reading import Lease
from libs.jobs.store import Idempotency, JobStore, Timing
from tests.contract.job_store_model import Entry, ModelJob
from tests.contract.job_store_twin import Twin
from tests.contract.store_view import Place

EXAMPLES = 40
STEPS = 40
TENANTS = [uuid.UUID(int=1), uuid.UUID(int=2)]
LANES: list[Lane] = ["high", "normal"]
TIMING = Timing(window_chunks=2, grace_ms=600_000, longest_grace_ms=900_000, lease_ms=600_000)
MOST_ROUNDS = 50
"""In each round of healing the store hands out a window at least."""

Item = TypeVar("Item")
PICK = st.integers(0, 1_000)
MARK = st.builds(Idempotency, st.just("route"), st.sampled_from("kl"), st.sampled_from("fg"))


class JobStoreMachine(RuleBasedStateMachine):
    """Scanners, writers and sweepers at once, one step at a time; `lost` and `crash` are where one of them dies."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__()
        store = JobStore(client, f"machine-{uuid.uuid4().hex}", TIMING)
        self.twin = Twin(store, [Place(tenant, lane) for tenant in TENANTS for lane in LANES])
        self.messages: list[ChunkRef] = []
        self.held: list[Lease] = []
        self.written: list[tuple[Lease, Entry]] = []

    @rule(
        tenant=st.sampled_from(TENANTS), lane=st.sampled_from(LANES), mark=st.none() | MARK, lost=st.booleans(),
        sizes=st.lists(st.integers(1, 3), min_size=1, max_size=5),
    )  # fmt: skip
    def open(self, tenant: uuid.UUID, lane: Lane, mark: Idempotency | None, lost: bool, sizes: list[int]) -> None:
        self._publish(self.twin.open(tenant, lane, sizes, mark), lost)

    @precondition(lambda self: self.twin.model.jobs)
    @rule(pick=PICK)
    def open_again(self, pick: int) -> None:
        self.twin.open_again(self._job(pick))

    @precondition(lambda self: self.twin.model.jobs)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        self.twin.cancel(self._job(pick))

    @precondition(lambda self: any(job.status.ended for job in self.twin.model.jobs.values()))
    @rule(pick=PICK, strategy=st.sampled_from(["transient", "all"]), lost=st.booleans())
    def retry(self, pick: int, strategy: RetryStrategy, lost: bool) -> None:
        self._publish(self.twin.retry(self._job(pick), strategy), lost)

    @precondition(lambda self: self.messages)
    @rule(pick=PICK, again=st.booleans())
    def deliver(self, pick: int, again: bool) -> None:
        self._deliver(_take(self.messages, pick, again=again))

    @precondition(lambda self: self.messages)
    @rule(pick=PICK)
    def lose_message(self, pick: int) -> None:
        _take(self.messages, pick)

    @precondition(lambda self: self.held)
    @rule(pick=PICK, failure=st.sampled_from(["", "", "transient", "permanent"]))
    def write(self, pick: int, failure: str) -> None:
        lease = _take(self.held, pick)
        self.written.append((lease, self.twin.write(lease, failure)))

    @precondition(lambda self: self.written)
    @rule(pick=PICK, again=st.booleans(), lost=st.booleans())
    def settle(self, pick: int, again: bool, lost: bool) -> None:
        self._publish(self.twin.settle(*_take(self.written, pick, again=again)), lost)

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def defer(self, pick: int) -> None:
        self.twin.defer(_take(self.held, pick))

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def note_suspect(self, pick: int) -> None:
        self.twin.note_suspect(_take(self.held, pick, again=True))

    @precondition(lambda self: self.held)
    @rule()
    def extend(self) -> None:
        self.twin.extend(self.held)

    @precondition(lambda self: self.held or self.written)
    @rule(pick=PICK)
    def crash(self, pick: int) -> None:
        _take(self.held or self.written, pick)

    @precondition(lambda self: self.twin.model.jobs)
    @rule(pick=PICK)
    def close(self, pick: int) -> None:
        self.twin.close(self._job(pick))

    @precondition(lambda self: any(job.generation for job in self.twin.model.jobs.values()))
    @rule(pick=PICK)
    def close_as_before(self, pick: int) -> None:
        retried = [job for job in self.twin.model.jobs.values() if job.generation]
        self.twin.close_as_before(_take(retried, pick))

    @precondition(lambda self: self.twin.model.chunks("running", "deferred"))
    @rule(pick=PICK)
    def time_passes(self, pick: int) -> None:
        self.twin.ripen(_take(self.twin.model.chunks("running", "deferred"), pick))

    @precondition(lambda self: self.twin.model.jobs)
    @rule(pick=PICK, limit=st.integers(1, 4), lost=st.booleans())
    def sweep(self, pick: int, limit: int, lost: bool) -> None:
        due = sorted(self.twin.view.due(), key=str)
        overdue = due[pick % (len(due) + 1) :]
        self.twin.view.fall_due(*overdue)
        claimed = self.twin.store.claim_due(limit)
        assert len(claimed) == len(set(claimed)) >= min(limit, len(overdue))
        self.messages += [] if lost else claimed

    @invariant()
    def the_store_agrees_with_its_model(self) -> None:
        self.twin.compare()

    def teardown(self) -> None:
        """Everybody has died. What is due comes, what comes is written: every job ends, and nothing is left."""
        self.held.clear()
        self.written.clear()
        view = self.twin.view
        rounds = 0
        while view.open_jobs():
            rounds += 1
            assert rounds < MOST_ROUNDS, "some job never ends"
            for chunk in self.twin.model.chunks("running", "deferred"):
                self.twin.ripen(chunk)
            view.fall_due(*view.due())
            for ref in self.twin.store.claim_due(1_000):
                self._deliver(ref)
            for lease in self.held:
                self.twin.settle(lease, self.twin.write(lease, ""))
            self.held.clear()
        self.twin.compare()
        assert all(job.status.ended for job in self.twin.model.jobs.values())
        assert (view.due(), view.open_jobs(), view.backlog()) == ({}, set(), {})

    def _deliver(self, ref: ChunkRef) -> None:
        if ref.is_end:
            self.twin.close(self.twin.model.jobs[ref.job_id])
        elif lease := self.twin.start(ref):
            self.held.append(lease)

    def _publish(self, refs: list[ChunkRef], lost: bool) -> None:
        self.messages += [] if lost else refs

    def _job(self, pick: int) -> ModelJob:
        return _take(list(self.twin.model.jobs.values()), pick)


def _take(items: list[Item], pick: int, *, again: bool = False) -> Item:
    """One of them, which stays if it is to come `again`."""
    return items[pick % len(items)] if again else items.pop(pick % len(items))


def test_any_interleaving_ends_in_the_ledgers_counters(redis_client: redis.Redis) -> None:
    def machine() -> Any:
        return JobStoreMachine(redis_client)

    bounded = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=bounded)

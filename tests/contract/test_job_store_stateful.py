"""Any interleaving of what can happen to jobs leaves the store true to the ledger, and no chunk stuck.

Leases and waits run out when a rule says so, by an edit of their times in Redis; by themselves they last for minutes.
"""

import uuid
from typing import Any, TypeVar

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from libs.contracts.chunks import END_OF_JOB, ChunkRef
from libs.contracts.jobs import ChunkCounts, JobStatus, Lane, NewJob, RecordCounts, RetryStrategy
from libs.jobs.reading import Lease
from libs.jobs.store import ChunkBlob, Idempotency, JobStore, Mismatch, Opened, Replay, Timing
from tests.contract.job_samples import audit, end_of, new_job
from tests.contract.job_store_model import Chunk, Entry, Model, ModelJob
from tests.contract.store_view import StoreView

EXAMPLES = 40
STEPS = 40
WINDOW = 2
TENANTS = [uuid.UUID(int=1), uuid.UUID(int=2)]
LANES: list[Lane] = ["high", "normal"]
FATES = ["", "", "transient", "permanent"]
TIMING = Timing(window_chunks=WINDOW, grace_ms=600_000, longest_grace_ms=900_000, lease_ms=600_000)

Item = TypeVar("Item")
PICK = st.integers(0, 1_000)


class JobStoreMachine(RuleBasedStateMachine):
    """Scanners, writers and sweepers at once, one step at a time."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__()
        self.store = JobStore(client, f"machine-{uuid.uuid4().hex}", TIMING)
        self.view = StoreView(self.store)
        self.model = Model()
        self.messages: list[ChunkRef] = []
        self.held: list[Lease] = []
        self.written: list[tuple[Lease, Entry]] = []

    # What clients ask for.

    @rule(
        tenant=st.sampled_from(TENANTS), lane=st.sampled_from(LANES), lost=st.booleans(),
        sizes=st.lists(st.integers(1, 3), min_size=1, max_size=5),
        mark=st.none() | st.builds(Idempotency, st.just("route"), st.sampled_from("kl"), st.sampled_from("fg")),
    )  # fmt: skip
    def open(self, tenant: uuid.UUID, lane: Lane, lost: bool, sizes: list[int], mark: Idempotency | None) -> None:
        job = new_job(tenant, lane=lane, total=sum(sizes))
        answer = self.store.open(job, _blobs(sizes), mark, None)
        if mark and (known := self.model.marks.get((tenant, mark.key))):
            assert answer == (Replay(known[0]) if known[1] == mark.fingerprint else Mismatch())
            return
        assert isinstance(answer, Opened)
        if mark:
            self.model.marks[tenant, mark.key] = (job.id, mark.fingerprint)
        self.model.jobs[job.id] = _model_of(job, sizes)
        self._publish(answer.refs, lost)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK)
    def open_again(self, pick: int) -> None:
        known = self._job(pick).job
        assert self.store.open(known, _blobs([1]), None, None) == Replay(known.id)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        known = self._job(pick)
        answer = self.store.cancel(known.job.tenant_id, known.job.id, audit(known.job))
        if known.status.ended:
            assert (answer.result, answer.status) == ("ended", known.status)
            return
        assert answer.result == "cancelling"
        if not known.cancelling:
            for chunk in known.chunks:
                chunk.ripe |= chunk.state == "deferred"
        known.cancelling = True

    @precondition(lambda self: any(job.status.ended for job in self.model.jobs.values()))
    @rule(pick=PICK, strategy=st.sampled_from(["transient", "all"]), lost=st.booleans())
    def retry(self, pick: int, strategy: RetryStrategy, lost: bool) -> None:
        known = self._job(pick)
        answer = self.store.retry(known.job.tenant_id, known.job.id, strategy, audit(known.job))
        reopened = [c for c in known.chunks if c.failure and (strategy == "all" or c.failure == "transient")]
        if not known.status.ended or not reopened:
            assert (answer.result, answer.status) == ("nothing" if known.status.ended else "open", known.status)
            return
        assert answer.result == "retrying"
        known.status, known.cancelling = JobStatus.PROCESSING, False
        known.generation += 1
        for chunk in reopened:
            chunk.state, chunk.generation, chunk.failure, chunk.attempts, chunk.crashes = "todo", known.generation, "", 0, 0
        self._publish(answer.refs, lost)

    # What writers do.

    @precondition(lambda self: self.messages)
    @rule(pick=PICK, again=st.booleans())
    def deliver(self, pick: int, again: bool) -> None:
        ref = self._take(self.messages, pick, again)
        if ref.chunk_no == END_OF_JOB:
            self._close(self.model.jobs[ref.job_id])
        else:
            self._start(ref)

    @precondition(lambda self: self.messages)
    @rule(pick=PICK)
    def lose_message(self, pick: int) -> None:
        self._take(self.messages, pick)

    @precondition(lambda self: self.held)
    @rule(pick=PICK, fate=st.sampled_from(FATES))
    def write(self, pick: int, fate: str) -> None:
        self._write(self._take(self.held, pick), fate)

    @precondition(lambda self: self.written)
    @rule(pick=PICK, again=st.booleans(), lost=st.booleans())
    def settle(self, pick: int, again: bool, lost: bool) -> None:
        self._settle(*self._take(self.written, pick, again), lost)

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def defer(self, pick: int) -> None:
        lease = self._take(self.held, pick)
        chunk, holds = self.model.chunk(lease.ref), self._holds(lease)
        assert self.store.defer(lease, 600.0, "08006") == holds
        if holds:
            chunk.state, chunk.ripe = "deferred", self.model.jobs[lease.job.id].cancelling and False

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def note_suspect(self, pick: int) -> None:
        lease = self.held[pick % len(self.held)]
        assert self.store.note_suspect(lease, 0, 1, []) == self._holds(lease)

    @precondition(lambda self: self.held)
    @rule()
    def extend(self) -> None:
        holding = [lease for lease in self.held if self._holds(lease)]
        assert self.store.extend(self.held) == len(holding)
        for lease in holding:
            self.model.chunk(lease.ref).ripe = False

    @precondition(lambda self: self.held or self.written)
    @rule(pick=PICK)
    def crash(self, pick: int) -> None:
        self._take(self.held or self.written, pick)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK)
    def close(self, pick: int) -> None:
        self._close(self._job(pick))

    @precondition(lambda self: any(job.generation for job in self.model.jobs.values()))
    @rule(pick=PICK)
    def close_of_before(self, pick: int) -> None:
        known = self._job(pick)
        if known.generation:
            late = known.generation - 1
            assert self.store.close(end_of(known.job), late, JobStatus.FAILED, NOTHING, retryable=True) == "open"

    # What time does.

    @precondition(lambda self: self.model.chunks("running"))
    @rule(pick=PICK)
    def expire_lease(self, pick: int) -> None:
        self._ripen(_choose(self.model.chunks("running"), pick))

    @precondition(lambda self: self.model.chunks("deferred"))
    @rule(pick=PICK)
    def reach_retry(self, pick: int) -> None:
        self._ripen(_choose(self.model.chunks("deferred"), pick))

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK, limit=st.integers(1, 4), lost=st.booleans())
    def sweep(self, pick: int, limit: int, lost: bool) -> None:
        due = sorted(self.view.due(), key=str)
        overdue = set(due[pick % (len(due) + 1) :])
        for ref in overdue:
            self.view.fall_due(ref)
        claimed = self.store.claim_due(limit)
        assert len(claimed) == len(set(claimed)) <= limit
        if not lost:
            self.messages += claimed

    # What is always true.

    @invariant()
    def the_store_agrees_with_the_ledger(self) -> None:
        for known in self.model.jobs.values():
            stored = self.store.job(known.job.tenant_id, known.job.id)
            assert stored is not None
            assert stored.records == self.model.sums(known)
            assert min(getattr(stored.records, name) for name in stored.records.__struct_fields__) >= 0
            assert stored.chunks == ChunkCounts(
                total=len(known.chunks), available=known.count("todo", "available"), running=known.count("running"),
                deferred=known.count("deferred"), settled=known.count("settled"), failed=self.model.failed(known),
            )  # fmt: skip
            assert (stored.status, stored.generation) == (known.status, known.generation)
            assert self.view.todo(known.job.tenant_id, known.job.id) == _numbers(known, "todo")
        assert self.view.backlog() == self.model.backlog()

    @invariant()
    def nothing_is_stuck(self) -> None:
        jobs = self.model.jobs.values()
        out = {chunk.ref for chunk in self.model.chunks("available", "running", "deferred")}
        ends = {end_of(job.job) for job in jobs if job.done and not job.status.ended}
        assert self.view.due().keys() == out | ends
        assert self.view.open_jobs() == {(job.job.tenant_id, job.job.id) for job in jobs if not job.status.ended}
        for tenant in TENANTS:
            for lane in LANES:
                window = {ref for ref in out if (ref.tenant_id, ref.lane) == (tenant, lane)}
                turns = [job.job.id for job in jobs if (job.job.tenant_id, job.job.lane) == (tenant, lane) and job.count("todo")]
                assert self.view.window(tenant, lane) == window
                assert sorted(self.view.waiting(tenant, lane)) == sorted(turns)
                assert len(window) == WINDOW if turns else len(window) <= WINDOW

    def teardown(self) -> None:
        """Heal: what is due comes, what comes is written. Then every job ends."""
        rounds = 0
        while open_jobs := self.view.open_jobs():
            rounds += 1
            assert rounds < 50, f"never ended: {open_jobs}"
            for chunk in self.model.chunks("running", "deferred"):
                self._ripen(chunk)
            for ref in self.view.due():
                self.view.fall_due(ref)
            for ref in self.store.claim_due(1_000):
                if ref.chunk_no == END_OF_JOB:
                    self._close(self.model.jobs[ref.job_id])
                elif (lease := self._start(ref)) is not None:
                    self._settle(lease, self._write(lease, ""), lost=True)
        self.the_store_agrees_with_the_ledger()
        self.nothing_is_stuck()
        assert self.view.due() == {}
        assert self.view.backlog() == {}

    # The steps, as the writer takes them.

    def _start(self, ref: ChunkRef) -> Lease | None:
        known, chunk = self.model.jobs[ref.job_id], self.model.chunk(ref)
        expected, answer = chunk.answer_to_start(), self.store.start(ref)
        if isinstance(answer, str):
            assert answer == expected
            return None
        chunk.attempts += 1
        chunk.crashes += expected == "lost"
        assert expected == ("lost" if answer.lost else "run")
        assert (answer.generation, answer.attempts, answer.crashes) == (chunk.generation, chunk.attempts, chunk.crashes)
        assert answer.job.cancelling == known.cancelling
        assert len(answer.payload) + len(answer.rejects) == chunk.size
        chunk.state, chunk.holder, chunk.ripe = "running", answer.token, False
        known.status = JobStatus.PROCESSING
        self.held.append(answer)
        return answer

    def _write(self, lease: Lease, fate: str) -> Entry:
        outcome = "cancelled" if lease.job.cancelling else "failed" if fate else "created"
        failure = "" if lease.job.cancelling else fate
        counts = RecordCounts(total=lease.records, **{outcome: lease.records})
        entry = self.model.write(lease.ref, Entry(lease.generation, counts, failure))
        self.written.append((lease, entry))
        return entry

    def _settle(self, lease: Lease, entry: Entry, lost: bool) -> None:
        known, chunk = self.model.jobs[lease.job.id], self.model.chunk(lease.ref)
        answer = self.store.settle(lease.ref, lease.generation, entry.counts, b"", failure=entry.failure)
        if lease.generation != chunk.generation:
            assert (answer.first, answer.finished, answer.refs) == (False, False, [])
            return
        assert answer.first == (chunk.state != "settled")
        if answer.first:
            chunk.state, chunk.failure = "settled", entry.failure
        assert answer.finished == (known.done and not known.status.ended)
        self._publish(answer.refs, lost)

    def _close(self, known: ModelJob) -> None:
        sums, status = self.model.sums(known), self.model.end_of(known)
        retryable = self.model.failed(known) > 0
        answer = self.store.close(end_of(known.job), known.generation, status, sums, retryable=retryable)
        assert answer == ("closed" if known.done else "open")
        if known.done:
            known.status = status

    def _ripen(self, chunk: Chunk) -> None:
        chunk.ripe = True
        ripen = self.view.expire_lease if chunk.state == "running" else self.view.reach_retry
        ripen(chunk.ref)

    def _publish(self, refs: list[ChunkRef], lost: bool) -> None:
        self.model.hand_out(refs)
        if not lost:
            self.messages += refs

    def _holds(self, lease: Lease) -> bool:
        chunk = self.model.chunk(lease.ref)
        return chunk.state == "running" and chunk.holder == lease.token

    def _job(self, pick: int) -> ModelJob:
        return _choose(list(self.model.jobs.values()), pick)

    def _take(self, items: list[Any], pick: int, again: bool = False) -> Any:
        """One of them, which stays if it comes `again`."""
        return items[pick % len(items)] if again else items.pop(pick % len(items))


NOTHING = RecordCounts()


def _choose(items: list[Item], pick: int) -> Item:
    return items[pick % len(items)]


def _blobs(sizes: list[int]) -> list[ChunkBlob]:
    return [ChunkBlob(size, 0, b"p" * 10 * size, b"r" * size) for size in sizes]


def _model_of(job: NewJob, sizes: list[int]) -> ModelJob:
    refs = [ChunkRef(job.tenant_id, job.id, number, job.lane) for number in range(len(sizes))]
    return ModelJob(job, [Chunk(ref, size, 11 * size) for ref, size in zip(refs, sizes, strict=True)])


def _numbers(known: ModelJob, *states: Any) -> list[int]:
    return [chunk.ref.chunk_no for chunk in known.chunks if chunk.state in states]


def test_any_interleaving_ends_in_the_ledgers_counters(redis_client: redis.Redis) -> None:
    run_state_machine_as_test(
        lambda: JobStoreMachine(redis_client),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip

"""The job store and its model, taking every step together and compared at each."""

import itertools
import uuid
from collections.abc import Sequence

from msgspec.structs import replace

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus, NewJob, RecordCounts, RetryStrategy
from libs.contracts.queues import LANES
from libs.jobs.costs import places
from libs.jobs.delivering import ABORTED
from libs.jobs.reading import COUNTERS, Lease
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Idempotency, Mismatch, Opened, Replay
from tests.contract.job_store.model.model import OUTCOME, Chunk, Entry, Model, ModelJob
from tests.contract.job_store.support.samples import audit, end_of, new_job
from tests.contract.job_store.support.view import Place, StoreView

LARGE = 3
"""Records of a chunk that takes two places of the window."""
MOST_PLACES = 2


class Twin:
    """A method takes a step in both, and fails where they differ. Refs that it returns are the caller's to publish."""

    def __init__(self, store: JobStore, places: Sequence[Place]) -> None:
        self.store = store
        self.view = StoreView(store)
        self.model = Model()
        self._ids = itertools.count(1)
        self._places = places

    def open(self, place: Place, sizes: list[int], mark: Idempotency | None) -> list[ChunkRef]:
        # Redis orders by name what is due at the same time: random ids would make a run impossible to repeat.
        job = replace(new_job(place.tenant, lane=place.lane, total=sum(sizes)), id=uuid.UUID(int=next(self._ids)))
        answer = self.store.open(job, _blobs(sizes), mark, None)
        if mark and (known := self.model.marks.get((place.tenant, mark.key))):
            assert answer == (Replay(known[0]) if known[1] == mark.fingerprint else Mismatch())
            return []
        assert isinstance(answer, Opened)
        if mark:
            self.model.marks[place.tenant, mark.key] = (job.id, mark.fingerprint)
            name = self.store.keys.idempotency(place.tenant, mark.route, mark.key)
            self.model.key_sizes[place.tenant].append(len(name) + len(f"{job.id} {mark.fingerprint}") + 100)
        self.model.jobs[job.id] = _model_of(job, sizes)
        self.model.hand_out(answer.refs)
        return answer.refs

    def open_again(self, known: ModelJob) -> None:
        assert self.store.open(known.job, _blobs([1]), None, None) == Replay(known.job.id)

    def cancel(self, known: ModelJob) -> None:
        answer = self.store.cancel(known.job.tenant_id, known.job.id, audit(known.job))
        expected = ("ended", known.status) if known.status.ended else ("cancelling", None)
        assert (answer.result, answer.status) == expected
        if known.status.ended or known.cancelling:
            return
        known.cancelling = True
        for chunk in known.chunks:
            chunk.ripe |= chunk.state == "deferred"

    def retry(self, known: ModelJob, strategy: RetryStrategy) -> list[ChunkRef]:
        answer = self.store.retry(known.job.tenant_id, known.job.id, strategy, audit(known.job))
        reopened = ("transient", "permanent") if strategy == "all" else (strategy,)
        failed = [chunk for chunk in known.chunks if chunk.failure in reopened]
        if not known.status.ended or not failed:
            assert (answer.result, answer.status) == ("nothing" if known.status.ended else "open", known.status)
            return []
        assert answer.result == "retrying"
        known.status, known.cancelling, known.generation = JobStatus.PROCESSING, False, known.generation + 1
        for chunk in failed:
            chunk.reopen(known.generation)
        self.model.hand_out(answer.refs)
        return answer.refs

    def start(self, ref: ChunkRef) -> Lease | None:
        known, chunk = self.model.jobs[ref.job_id], self.model.chunk(ref)
        expected, answer = chunk.answer_to_start(), self.store.start(ref)
        if isinstance(answer, str):
            assert answer == expected
            return None
        assert expected == ("lost" if answer.lost else "run")
        known.status = JobStatus.PROCESSING
        chunk.state, chunk.holder, chunk.ripe = "running", answer.token, False
        chunk.attempts += 1
        chunk.crashes += answer.lost
        assert (answer.generation, answer.attempts, answer.crashes) == (chunk.generation, chunk.attempts, chunk.crashes)
        assert answer.job.cancelling == known.cancelling
        assert (answer.payload, answer.rejects) == (chunk.blob.payload, chunk.blob.rejects)
        return answer

    def write(self, lease: Lease, failure: str) -> Entry:
        """The writer's transaction, which the model alone knows; of a cancelled job nothing is written any more."""
        failure = "" if lease.job.cancelling else failure
        outcome = "cancelled" if lease.job.cancelling else "failed" if failure else "created"
        counts = RecordCounts(total=lease.records, **{outcome: lease.records})
        return self.model.write(lease.ref, Entry(lease.generation, counts, failure))

    def settle(self, lease: Lease, entry: Entry) -> list[ChunkRef]:
        known, chunk = self.model.jobs[lease.job.id], self.model.chunk(lease.ref)
        failure, error = ("permanent", ABORTED) if entry.failure == "aborted" else (entry.failure, "")
        answer = self.store.settle(lease.ref, lease.generation, entry.counts, OUTCOME, failure=failure, error=error)
        if lease.generation != chunk.generation:
            assert (answer.first, answer.finished, answer.refs) == (False, False, [])
            return []
        assert answer.first == (chunk.state != "settled")
        if answer.first:
            chunk.state, chunk.failure = "settled", entry.failure
        assert answer.finished == (known.done and not known.status.ended)
        self.model.hand_out(answer.refs)
        return answer.refs

    def holds(self, lease: Lease) -> bool:
        chunk = self.model.chunk(lease.ref)
        return chunk.state == "running" and chunk.holder == lease.token

    def defer(self, lease: Lease) -> None:
        chunk, holds = self.model.chunk(lease.ref), self.holds(lease)
        assert self.store.defer(lease, 600.0, "08006") == holds
        if holds:
            chunk.state, chunk.ripe = "deferred", False

    def note_suspect(self, lease: Lease) -> None:
        assert self.store.note_suspect(lease, 0, 1, []) == self.holds(lease)

    def extend(self, leases: Sequence[Lease]) -> None:
        holding = [lease for lease in leases if self.holds(lease)]
        assert self.store.extend(leases) == len(holding)
        for lease in holding:
            self.model.chunk(lease.ref).ripe = False

    def close(self, known: ModelJob, *, late: bool = False) -> None:
        """End the job; a `late` closer is there first, which read the job before its last retry."""
        if late and known.generation:
            answer = self._close(known, known.generation - 1, JobStatus.FAILED, RecordCounts())
            assert answer == "open"
        sums, status = self.model.sums(known), self.model.end_of(known)
        assert self._close(known, known.generation, status, sums) == ("closed" if known.done else "open")
        known.status = status if known.done else known.status

    def ripen(self, chunk: Chunk) -> None:
        """Its lease runs out, or its time comes."""
        chunk.ripe = True
        (self.view.expire_lease if chunk.state == "running" else self.view.reach_retry)(chunk.ref)

    def compare(self) -> None:
        """Look at all of it, and at what must hold whatever the model says."""
        jobs, model = self.model.jobs.values(), self.model
        seen = self.view.snapshot([(known.job.tenant_id, known.job.id) for known in jobs], self._places)
        for known in jobs:
            job = seen.jobs[known.job.id]
            assert job.records == model.sums(known)
            assert min(getattr(job.records, name) for name in (*COUNTERS, "pending")) >= 0
            assert job.chunks == known.chunk_counts()
            assert (job.status, job.generation) == (known.status, known.generation)
            assert seen.todo[job.id] == known.todo
        assert seen.backlog == model.backlog()
        assert seen.chunks == model.open_chunks()

        out = {chunk.ref for chunk in model.chunks("available", "running", "deferred")}
        ends = {end_of(known.job) for known in jobs if known.done and not known.status.ended}
        assert seen.due == out | ends
        still_open = [known for known in jobs if not known.status.ended]
        assert seen.open_jobs == {(known.job.tenant_id, known.job.id) for known in still_open}
        assert seen.listed == {(known.job.tenant_id, known.status, known.job.id) for known in still_open}
        for place in self._places:
            turns = [known.job.id for known in jobs if _place(known.job) == place and known.todo]
            assert sorted(seen.waiting[place]) == sorted(turns)
            assert seen.windows[place] == {ref for ref in out if _place(ref) == place}
            assert seen.taken[place] == sum(places(model.chunk(ref).blob) for ref in seen.windows[place])
            room = self._room(place)
            assert room <= 0 if turns else room > -MOST_PLACES - 1
        for tenant in {place.tenant for place in self._places}:
            assert self.store.share(tenant).retained == model.retained(tenant)

    def _room(self, place: Place) -> int:
        """Places of the tenant's window that the lane may still take; below none where a large chunk went out last."""
        window, out = self.store.timing.window_chunks, self.model.chunks("available", "running", "deferred")
        taken = sum(places(chunk.blob) for chunk in out if chunk.ref.tenant_id == place.tenant)
        return window - taken + (1 - LANES.index(place.lane)) * (window // 8)

    def _close(self, known: ModelJob, generation: int, status: JobStatus, sums: RecordCounts) -> str:
        return self.store.close(end_of(known.job), generation, status, sums)


def _place(one: ChunkRef | NewJob) -> Place:
    return Place(one.tenant_id, one.lane)


def _blobs(sizes: list[int]) -> list[ChunkBlob]:
    """Chunks of so many records; those of three have many links."""
    return [ChunkBlob(size, 0, b"p" * 100 * size, b"r" * size, 20_000 if size == LARGE else 0) for size in sizes]


def _model_of(job: NewJob, sizes: list[int]) -> ModelJob:
    refs = [ChunkRef(job.tenant_id, job.id, number, job.lane) for number in range(len(sizes))]
    return ModelJob(job, [Chunk(ref, blob) for ref, blob in zip(refs, _blobs(sizes), strict=True)])

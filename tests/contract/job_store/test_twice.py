"""Every script may be run twice with the same arguments, as redis-py does where an answer is lost.

Two stores live the same life; in one of them each script runs twice and only its second answer is heard. They must hold
the same, and say the same.
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import redis
from msgspec.structs import replace

from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus, NewJob, RecordCounts
from libs.jobs.reading import Lease
from libs.jobs.scripts import SCRIPTS, Call, Scripts
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.contract.cutting_proxy import CuttingProxy
from tests.contract.job_store.support.samples import (
    CREATED,
    FAILED,
    audit,
    blobs,
    end,
    end_of,
    idempotency,
    new_job,
    open_job,
    take,
)
from tests.contract.job_store.support.view import StoreView

RANDOM = {"nonce", "lease", "given_back", "goes"}
CLOCK = {"created_at", "started_at", "updated_at", "finished_at", "lease_until", "not_before", "since_ms"}
NEAR_MS = 2_000.0
ACTIONS = ("batch.accept", "job.retry", "job.cancel", "job.retry", "lane.pause", "lane.resume")


class _Twice(Scripts):
    """Runs each script twice and says what the second run says."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        super().__init__(client, prefix)
        self.ran: set[str] = set()

    def run(self, name: str, *args: Any) -> Any:
        self.ran.add(name)
        super().run(name, *args)
        return super().run(name, *args)

    def run_durably(self, *calls: Call, **options: Any) -> Any:
        self.ran |= {call[0] for call in calls}
        super().run_durably(*calls, **options)
        return super().run_durably(*calls, **options)


class Life:
    """The life of one job, a step at a time, in one store."""

    def __init__(self, store: JobStore, job: NewJob) -> None:
        self.store, self.view, self.job = store, StoreView(store), job
        self.audits = [audit(job, action) for action in ACTIONS]
        self.mark = idempotency(key="k")
        self.held: dict[int, Lease] = {}

    def ref(self, number: int) -> ChunkRef:
        return ChunkRef(self.job.tenant_id, self.job.id, number, self.job.lane)

    def start(self, number: int) -> Any:
        lease = take(self.store, self.ref(number))
        self.held[number] = lease
        return lease.attempts, lease.crashes, lease.generation, lease.payload, lease.suspect, lease.quarantined

    def settle(self, number: int, counts: RecordCounts, failure: str = "") -> bool:
        lease = self.held[number]
        return self.store.settle(self.ref(number), lease.generation, counts, b"o", failure=failure).finished

    def defer(self, number: int) -> bool:
        return self.store.defer(self.held[number], 5.0, "40001", strike="contended")

    def take_over(self, number: int) -> Any:
        self.view.expire_lease(self.ref(number))
        return self.start(number)

    def sweep(self, number: int) -> Any:
        self.view.fall_due(self.ref(number))
        self.store.claim_due(10)
        return sorted(self.store.claim_due(10), key=str)

    def open(self) -> Any:
        job = replace(self.job, total=30)
        return self.store.open(job, blobs(3), self.mark, self.audits[0])

    def retry(self, entry: int) -> Any:
        answer = self.store.retry(self.job.tenant_id, self.job.id, "all", self.audits[entry])
        return answer.result, answer.status

    def steps(self) -> list[tuple[str, Callable[[], Any]]]:
        ten, thirty = FAILED, RecordCounts(total=30, created=9, failed=18, rejected=3)
        return [
            ("open", self.open),
            ("list", self.listed),
            ("read", self.read),
            ("turn", self.give_turn_back),
            ("start", lambda: self.start(0)),
            ("agree", lambda: self.store.agree_opening(self.view_job(), 3)),
            ("note", lambda: self.store.note_suspect(self.held[0], 1, 3, [7])),
            ("extend", lambda: self.store.extend([self.held[0]])),
            ("take over", lambda: self.take_over(0)),
            ("defer", lambda: self.defer(0)),
            ("ripen", lambda: self.view.reach_retry(self.ref(0))),
            ("start again", lambda: self.start(0)),
            ("settle", lambda: self.settle(0, CREATED)),
            ("pause", lambda: self.store.pause("normal", self.audits[4])),
            ("start while paused", lambda: self.store.start(self.ref(1))),
            ("resume", lambda: self.store.resume("normal", self.audits[5])),
            ("bring back", self.bring_back),
            ("sweep", lambda: self.sweep(1)),
            ("forget", self.forget_gone),
            ("lanes", lambda: [lane.jobs for lane in self.store.waiting().values()]),
            ("under way", lambda: self.store.under_way(self.job.tenant_id)),
            ("beat", self.beat),
            ("start 1", lambda: self.start(1)),
            ("settle 1", lambda: self.settle(1, ten, "transient")),
            ("start 2", lambda: self.start(2)),
            ("settle 2", lambda: self.settle(2, ten, "permanent")),
            ("close", lambda: end(self.store, self.job, JobStatus.FAILED, thirty)),
            ("retry", lambda: self.retry(1)),
            ("cancel", lambda: self.store.cancel(self.job.tenant_id, self.job.id, self.audits[2])),
            ("start 1 again", lambda: self.start(1)),
            ("settle 1 again", lambda: self.settle(1, ten, "transient")),
            ("start 2 again", lambda: self.start(2)),
            ("settle 2 again", lambda: self.settle(2, CREATED)),
            ("close again", lambda: end(self.store, self.job, JobStatus.FAILED, thirty, generation=1)),
            ("retry again", lambda: self.retry(3)),
        ]

    def bring_back(self) -> None:
        self.store.claim_due(10)

    def forget_gone(self) -> None:
        """How many they were is for the log."""
        self.store.client.zadd(self.store.keys.open, {f"{self.job.tenant_id}|of nobody": 1})
        self.store.forget_gone(10)

    def beat(self) -> None:
        self.store._scripts.run("beat", "worker", b"{}", 60)

    def view_job(self) -> Any:
        return self.store.job(self.job.tenant_id, self.job.id)

    def contents(self) -> dict[str, Any]:
        """All that the store holds, without what is random, and the clock's values apart."""
        client, prefix = self.store.client, self.view.keys.prefix
        return {key.removeprefix(prefix): _value(client, key) for key in self.view.all_keys()}

    def read(self) -> list[tuple[uuid.UUID, JobStatus]]:
        return [(job.id, job.status) for job in self.store.jobs_by_id([(self.job.tenant_id, self.job.id)])]

    def give_turn_back(self) -> None:
        """Whoever gives it back asks for no answer."""
        self.store.client.set(self.store.keys.turn("look"), "token")
        self.store._scripts.run("give_turn_back", "look", "token")

    def listed(self) -> list[uuid.UUID]:
        asked = {"statuses": list(JobStatus)[:2], "entities": [self.job.entity], "limit": 10}
        return [job.id for job in self.store.list_open(self.job.tenant_id, before=None, **asked)]


def _value(client: Any, key: str) -> Any:  # noqa: PLR0911 -- one case a type of key
    match client.type(key):
        case b"hash" if key.endswith(":retained"):  # by the time at which it goes
            return sorted(client.hvals(key))
        case b"zset" if ":open:" in key:  # a name begins with a time
            return {name.partition(b"|")[2] for name in client.zrange(key, 0, -1)}
        case b"hash" if key.endswith(":paused"):
            return [{**json.loads(value), "at": 0} for value in client.hvals(key)]
        case b"hash":
            fields = {name.decode(): value for name, value in client.hgetall(key).items()}
            return {n: float(v) if n in CLOCK else v for n, v in fields.items() if n not in RANDOM}
        case b"zset":
            return dict(client.zrange(key, 0, -1, withscores=True))
        case b"list":
            return client.lrange(key, 0, -1)
        case b"set":
            return client.smembers(key)
        case _:
            return client.get(key)


def _near(one: Any, other: Any) -> bool:
    """Whether two stores hold the same, give or take the time between them."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_near(one[name], other[name]) for name in one)
    if isinstance(one, float):
        return abs(one - other) < NEAR_MS
    return bool(one == other)


def test_a_life_in_which_every_script_runs_twice_is_the_same_life(redis_client: redis.Redis, tenant: uuid.UUID) -> None:
    once, twice = (JobStore(redis_client, f"{name}-{uuid.uuid4().hex}", Timing(window_chunks=2)) for name in ("1", "2"))
    doubled = _Twice(redis_client, twice.keys.prefix)
    twice._scripts = doubled
    job = new_job(tenant)
    lives = [Life(store, job) for store in (once, twice)]
    lives[1].audits = lives[0].audits

    for (name, step), (_, same_step) in zip(*(life.steps() for life in lives), strict=True):
        assert step() == same_step(), name
        one, other = (life.contents() for life in lives)
        assert one.keys() == other.keys(), name
        different = {key: (one[key], other[key]) for key in one if not _near(one[key], other[key])}
        assert not different, name

    assert doubled.ran == {path.name.removesuffix(".lua") for path in SCRIPTS.iterdir()} - {"prelude"}


def test_a_lost_answer_to_a_start_gives_the_same_lease(
    store: JobStore, namespace: str, tenant: uuid.UUID, valkey: ValkeyServer
) -> None:
    _, (ref, other) = open_job(store, tenant, 2)
    take(store, other)  # the script is known to the server from here on
    with CuttingProxy(valkey.url, cut_answer_to=str(ref.job_id).encode()) as proxy:
        client = connect(proxy.url)
        lease = JobStore(client, namespace, Timing()).start(ref)
        client.close()

    assert proxy.cuts == 1
    assert isinstance(lease, Lease), lease
    assert (lease.attempts, lease.crashes) == (1, 0)
    assert store.extend([lease]) == 1
    assert store.start(ref) == "busy"


def test_a_lost_answer_to_an_open_hands_the_chunks_out_again(store: JobStore, tenant: uuid.UUID) -> None:
    """Those that nobody has begun: else they would wait for the sweeper."""
    store._scripts = _Twice(store.client, store.keys.prefix)
    job, refs = open_job(store, tenant, 3)

    assert refs == [replace(end_of(job), chunk_no=number) for number in range(3)]


def test_a_job_that_somebody_has_deleted_is_open_no_longer(store: JobStore, tenant: uuid.UUID) -> None:
    store._scripts = _Twice(store.client, store.keys.prefix)
    jobs = [open_job(store, tenant)[0] for _ in range(3)]
    names = [f"{tenant}|{job.id}".encode() for job in jobs]
    store.client.zadd(store.keys.open, {name: at for at, name in enumerate(names)})
    for job in jobs[:2]:
        store.client.delete(store.keys.job(tenant, job.id))

    store.forget_gone(1)  # in both runs, the oldest of then
    assert store.client.zrange(store.keys.open, 0, -1) == names[2:]
    store.forget_gone(10)
    assert store.client.zrange(store.keys.open, 0, -1) == names[2:]
    assert store.client.hget(store.keys.backlog, "total")

    store.client.delete(store.keys.job(tenant, jobs[2].id))
    store.forget_gone(10)
    assert store.client.exists(store.keys.open, store.keys.backlog, store.keys.chunks) == 0


@pytest.mark.parametrize("strategy", ["all", "transient"])
def test_a_repeated_retry_does_not_retry_what_has_failed_since(
    store: JobStore, tenant: uuid.UUID, strategy: Any
) -> None:
    job, (ref,) = open_job(store, tenant)
    for generation in range(2):
        lease = take(store, ref)
        store.settle(ref, generation, FAILED, b"", failure="transient")
        end(store, job, JobStatus.FAILED, FAILED, generation)
        if not generation:
            entry = audit(job, "job.retry")
            assert store.retry(tenant, job.id, strategy, entry).result == "retrying"
    assert lease.generation == 1

    assert store.retry(tenant, job.id, strategy, entry).result == "retrying"

    ended = store.job(tenant, job.id)
    assert ended is not None
    assert (ended.status, ended.generation) == (JobStatus.FAILED, 1)

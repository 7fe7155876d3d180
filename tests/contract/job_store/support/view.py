"""The job store's keys as they lie in Redis, and ways to make its times pass without waiting."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from libs.contracts.chunks import ChunkRef
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Job, Lane
from libs.jobs.reading import parse_job, parse_ref
from libs.jobs.store import JobStore

THEIR_TURN = b"-"
"""Stands at the head of the short jobs of a lane where it is the others' turn."""


@dataclass(frozen=True)
class Place:
    """A tenant's lane."""

    tenant: uuid.UUID
    lane: Lane


@dataclass(frozen=True)
class Snapshot:
    """All that the store holds of some jobs and lanes."""

    jobs: dict[uuid.UUID, Job]
    todo: dict[uuid.UUID, list[int]]
    due: set[ChunkRef]
    open_jobs: set[tuple[uuid.UUID, uuid.UUID]]
    listed: set[tuple[uuid.UUID, str, uuid.UUID]]
    """By tenant and state: what the lists of the tenants in `places` name."""
    backlog: Counter[str]
    chunks: Counter[str]
    """By "lane|state"."""
    windows: dict[Place, set[ChunkRef]]
    taken: dict[Place, int]
    """Places of the window."""
    waiting: dict[Place, list[uuid.UUID]]


class StoreView:
    """Reads what `keys.py` documents."""

    def __init__(self, store: JobStore) -> None:
        self.client = store.client
        self.keys = store.keys

    def now_ms(self) -> float:
        """The server's clock."""
        seconds, microseconds = self.client.time()
        return float(seconds * 1000 + microseconds / 1000)

    def all_keys(self) -> set[str]:
        return {key.decode() for key in self.client.scan_iter(match=f"{self.keys.prefix}*", count=1000)}

    def due(self) -> dict[ChunkRef, float]:
        return {parse_ref(raw): score for raw, score in self.client.zrange(self.keys.due, 0, -1, withscores=True)}

    def chunk(self, ref: ChunkRef) -> dict[str, bytes]:
        return {name.decode(): value for name, value in self.client.hgetall(self.chunk_key(ref)).items()}

    def chunk_key(self, ref: ChunkRef) -> str:
        return self.keys.chunk(ref.tenant_id, ref.job_id, ref.chunk_no)

    def ttl_s(self, key: str) -> int:
        """Seconds left; -1 for ever, -2 where there is no such key."""
        return int(self.client.ttl(key))

    def open_jobs(self) -> set[tuple[uuid.UUID, uuid.UUID]]:
        return self.snapshot([], []).open_jobs

    def backlog(self) -> Counter[str]:
        """Bytes by "total" and by tenant, zeros left out."""
        return self.snapshot([], []).backlog

    def todo(self, tenant: uuid.UUID, job_id: uuid.UUID) -> list[int]:
        return [int(raw) for raw in self.client.lrange(f"{self.keys.job(tenant, job_id)}:todo", 0, -1)]

    def waiting(self, tenant: uuid.UUID, lane: Lane = "normal") -> list[uuid.UUID]:
        return self.snapshot([], [Place(tenant, lane)]).waiting[Place(tenant, lane)]

    def window(self, tenant: uuid.UUID, lane: Lane = "normal") -> set[ChunkRef]:
        return self.snapshot([], [Place(tenant, lane)]).windows[Place(tenant, lane)]

    def snapshot(self, jobs: Iterable[tuple[uuid.UUID, uuid.UUID]], places: Iterable[Place]) -> Snapshot:
        """Read it all in one go; jobs are named by tenant and id."""
        jobs, places = list(jobs), list(places)
        pipe = self.client.pipeline(transaction=False)
        pipe.zrange(self.keys.due, 0, -1).zrange(self.keys.open, 0, -1).hgetall(self.keys.backlog)
        pipe.hgetall(self.keys.chunks)
        for name in jobs:
            pipe.hgetall(self.keys.job(*name)).lrange(f"{self.keys.job(*name)}:todo", 0, -1)
        for place in places:
            lane = f"{self.keys.prefix}:{place.tenant}:lane:{place.lane}"
            pipe.smembers(f"{lane}:window").lrange(f"{lane}:waiting", 0, -1).lrange(f"{lane}:short", 0, -1)
        lists = list(product({place.tenant for place in places}, ("pending", "processing"), ENTITIES))
        for each in lists:
            pipe.zrange(self.keys.open_list(*each), 0, -1)
        due, open_jobs, backlog, chunks, *rest = pipe.execute()
        rest, names = rest[: len(rest) - len(lists)], rest[len(rest) - len(lists) :]
        of_jobs, of_places = rest[: 2 * len(jobs)], rest[2 * len(jobs) :]
        return Snapshot(
            jobs={job: parse_job(_text(raw)) for (_, job), raw in zip(jobs, of_jobs[::2], strict=True) if raw},
            todo={job: [int(n) for n in raw] for (_, job), raw in zip(jobs, of_jobs[1::2], strict=True)},
            due={parse_ref(raw) for raw in due},
            open_jobs={_pair(raw) for raw in open_jobs},
            listed={
                (tenant, status, _id(name.split(b"|")[1]))
                for (tenant, status, _), members in zip(lists, names, strict=True)
                for name in members
            },
            backlog=Counter({name: int(value) for name, value in _text(backlog).items() if int(value)}),
            chunks=Counter({name: int(value) for name, value in _text(chunks).items() if int(value)}),
            windows={
                place: {parse_ref(ref) for ref in raw if ref.count(b"|") == 3}
                for place, raw in zip(places, of_places[::3], strict=True)
            },
            taken={place: len(raw) for place, raw in zip(places, of_places[::3], strict=True)},
            waiting={
                place: [_id(raw) for raw in (*short, *long) if raw != THEIR_TURN]
                for place, long, short in zip(places, of_places[1::3], of_places[2::3], strict=True)
            },
        )

    def date(self, tenant: uuid.UUID, job_id: uuid.UUID, created_ms: int) -> None:
        """Have the job created at another time than now."""
        key = self.keys.job(tenant, job_id)
        before, status, entity = (value.decode() for value in self.client.hmget(key, "created_at", "status", "entity"))
        self.client.hset(key, "created_at", created_ms)
        self.client.zadd(self.keys.open, {f"{tenant}|{job_id}": created_ms}, xx=True)
        names = self.keys.open_list(tenant, status, entity)
        if self.client.zrem(names, f"{int(before):015}|{job_id}"):
            self.client.zadd(names, {f"{created_ms:015}|{job_id}": 0})

    # Time that passes for some chunks only.

    def fall_due(self, *refs: ChunkRef) -> None:
        """Their due times have come. Raises AssertionError where one has none."""
        if refs:
            names = [f"{ref.tenant_id}|{ref.job_id}|{ref.chunk_no}|{ref.lane}" for ref in refs]
            self.client.zadd(self.keys.due, dict.fromkeys(names, 0), xx=True)
            assert set(self.client.zmscore(self.keys.due, names)) == {0}, f"not due at all, one of {names}"

    def expire_lease(self, ref: ChunkRef) -> None:
        """Its lease has run out, and with it its due time has come."""
        self.client.hset(self.chunk_key(ref), "lease_until", 0)
        self.fall_due(ref)

    def reach_retry(self, ref: ChunkRef) -> None:
        """The time until which it was put off has come."""
        self.client.hset(self.chunk_key(ref), "not_before", 0)
        self.fall_due(ref)


def _text(raw: dict[bytes, bytes]) -> dict[str, bytes]:
    return {name.decode(): value for name, value in raw.items()}


def _pair(raw: bytes) -> tuple[uuid.UUID, uuid.UUID]:
    tenant, job = raw.split(b"|")
    return _id(tenant), _id(job)


def _id(raw: bytes) -> uuid.UUID:
    return uuid.UUID(raw.decode())

"""The job store's keys as they lie in Redis, and ways to make its times pass without waiting."""

import uuid
from collections import Counter

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from libs.jobs.keys import Keys
from libs.jobs.reading import parse_ref
from libs.jobs.store import JobStore


class StoreView:
    """Reads what `keys.py` documents."""

    def __init__(self, store: JobStore) -> None:
        self.client = store.client
        self.keys: Keys = store.keys

    def now_ms(self) -> float:
        """The server's clock."""
        seconds, microseconds = self.client.time()
        return seconds * 1000 + microseconds / 1000

    def all_keys(self) -> set[str]:
        return {key.decode() for key in self.client.scan_iter(match=f"{self.keys.prefix}*", count=1000)}

    def due(self) -> dict[ChunkRef, float]:
        return {parse_ref(raw): score for raw, score in self.client.zrange(self.keys.due, 0, -1, withscores=True)}

    def open_jobs(self) -> set[tuple[uuid.UUID, uuid.UUID]]:
        pairs = (raw.decode().split("|") for raw in self.client.zrange(self.keys.open, 0, -1))
        return {(uuid.UUID(tenant), uuid.UUID(job)) for tenant, job in pairs}

    def backlog(self) -> Counter[str]:
        """Bytes by "total" and by tenant, zeros left out."""
        raw = self.client.hgetall(self.keys.backlog)
        return Counter({name.decode(): int(value) for name, value in raw.items() if int(value)})

    def todo(self, tenant: uuid.UUID, job_id: uuid.UUID) -> list[int]:
        return [int(raw) for raw in self.client.lrange(f"{self.keys.job(tenant, job_id)}:todo", 0, -1)]

    def waiting(self, tenant: uuid.UUID, lane: Lane = "normal") -> list[uuid.UUID]:
        raw = self.client.lrange(f"{self.keys.prefix}:{tenant}:lane:{lane}:waiting", 0, -1)
        return [uuid.UUID(job_id.decode()) for job_id in raw]

    def window(self, tenant: uuid.UUID, lane: Lane = "normal") -> set[ChunkRef]:
        return {parse_ref(raw) for raw in self.client.smembers(f"{self.keys.prefix}:{tenant}:lane:{lane}:window")}

    def chunk(self, ref: ChunkRef) -> dict[str, bytes]:
        return {name.decode(): value for name, value in self.client.hgetall(self.chunk_key(ref)).items()}

    def chunk_key(self, ref: ChunkRef) -> str:
        return self.keys.chunk(ref.tenant_id, ref.job_id, ref.chunk_no)

    def ttl_s(self, key: str) -> int:
        """Seconds left; -1 for ever, -2 where there is no such key."""
        return int(self.client.ttl(key))

    # Time that passes for one chunk only.

    def fall_due(self, ref: ChunkRef) -> None:
        """Its due time has come. Raises AssertionError where it has none."""
        assert self.client.zadd(self.keys.due, {"|".join(map(str, _parts(ref))): 0}, xx=True, ch=True) is not None
        assert self.due()[ref] == 0

    def expire_lease(self, ref: ChunkRef) -> None:
        """Its lease has run out, and with it its due time has come."""
        self.client.hset(self.chunk_key(ref), "lease_until", 0)
        self.fall_due(ref)

    def reach_retry(self, ref: ChunkRef) -> None:
        """The time until which it was put off has come."""
        self.client.hset(self.chunk_key(ref), "not_before", 0)
        self.fall_due(ref)


def _parts(ref: ChunkRef) -> tuple[object, ...]:
    return ref.tenant_id, ref.job_id, ref.chunk_no, ref.lane

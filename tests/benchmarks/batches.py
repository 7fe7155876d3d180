"""What is sent: requests of tenants with bodies encoded beforehand, so that sending them costs little."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

NAMES = uuid.UUID("5b9f3c52-0d1c-4f0a-9d5e-2f6f0f9b7a10")
Json = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """One request of a tenant."""

    tenant: uuid.UUID
    body: bytes
    records: int
    accepted: int
    """Records that are valid."""


@dataclass(frozen=True)
class Pass:
    """Batches that are sent one after the other, timed together."""

    name: str
    mode: str
    batches: tuple[Batch, ...]

    @property
    def records(self) -> int:
        """Records sent."""
        return sum(batch.records for batch in self.batches)

    @property
    def accepted(self) -> int:
        """Records that are valid."""
        return sum(batch.accepted for batch in self.batches)


@dataclass(frozen=True)
class Workload:
    """What tenants have before, and what is sent for them."""

    name: str
    categories: list[Json]
    recipients: list[Json]
    """Both are the same for every tenant."""
    passes: tuple[Pass, ...]

    @property
    def tenants(self) -> list[uuid.UUID]:
        """In the order of their first batch."""
        return list(dict.fromkeys(batch.tenant for each in self.passes for batch in each.batches))

    def part(self, records: int) -> "Workload":
        """The first batches of each pass: as many as make up `records`, one at least."""
        return replace(self, passes=tuple(replace(p, batches=_first(p.batches, records)) for p in self.passes))

    def under(self, tenant: uuid.UUID) -> "Workload":
        """The same records of one tenant, for another one."""
        return self.among([tenant])

    def among(self, tenants: Sequence[uuid.UUID]) -> "Workload":
        """The same records, whose batches these tenants send in turn."""

        def shared(batches: tuple[Batch, ...]) -> tuple[Batch, ...]:
            return tuple(replace(batch, tenant=tenant) for batch, tenant in zip(batches, itertools.cycle(tenants)))

        return replace(self, passes=tuple(replace(each, batches=shared(each.batches)) for each in self.passes))


def _first(batches: tuple[Batch, ...], records: int) -> tuple[Batch, ...]:
    count, total = 0, 0
    while count < len(batches) and (not count or total + batches[count].records <= records):
        total += batches[count].records
        count += 1
    return batches[:count]


def tenant_named(name: str) -> uuid.UUID:
    """The same tenant in every run."""
    return uuid.uuid5(NAMES, name)


def encode(activities: list[Any]) -> bytes:
    """A request's body."""
    return msgspec.json.encode({"activities": activities})

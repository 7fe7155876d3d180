"""The audit trail: one chain of hashes a tenant, so that an entry which is changed or taken out is missed.

An entry's hash is the SHA-256 of the hash before it (32 zero bytes before the first) and of its content: a JSON array
of its tenant, number, id, time (µs since 1970, UTC), actor, action, job, entity, request id, a list of its counts by
name, and the reason if one was given; UTF-8, no spaces. Numbers count from 1 without a gap.
"""

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from libs.contracts.jobs import AuditEntry
from libs.database.queries import QUERIES
from libs.database.server.session import Connection

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Head(Struct, frozen=True):
    """The last entry of a tenant's chain."""

    seq: int
    hash: bytes


NOTHING_YET = Head(0, bytes(32))


def following(head: Head, entry: AuditEntry) -> Head:
    """The head of a chain once the entry is added to it."""
    seq = head.seq + 1
    content = (
        entry.tenant_id, seq, entry.id, (entry.at - EPOCH) // datetime.timedelta(microseconds=1), entry.actor,
        entry.action, entry.job_id, entry.entity, entry.request_id, sorted(entry.counts.items()),
        *((entry.reason,) if entry.reason else ()),
    )  # fmt: skip
    return Head(seq, hashlib.sha256(head.hash + msgspec.json.encode(content)).digest())


def append(connection: Connection, entries: Sequence[AuditEntry]) -> set[uuid.UUID]:
    """Add entries to the chains of their tenants, in one transaction; returns the ids of those that are stored.

    One that is there already stays as it is. Where another session is adding to a tenant's chain, that tenant's entries
    are left out: nobody waits for a session that may have stalled, and most often it adds the very same.
    """
    with connection.transaction():
        locked = _lock(connection, {entry.tenant_id for entry in entries})
        # Each statement that follows sees what the last holder of the lock has committed.
        mine = {(entry.tenant_id, entry.id): entry for entry in entries if entry.tenant_id in locked}
        known = _known(connection, mine)
        fresh = sorted((mine[name] for name in mine.keys() - known), key=lambda entry: (entry.at, entry.id))
        _insert(connection, fresh, _heads(connection, {entry.tenant_id for entry in fresh}))
    return {entry.id for entry in mine.values()}


def append_at_once(connection: Connection, entry: AuditEntry) -> None:
    """Add the entry of what this transaction does, once others who add to the tenant's chain are done."""
    connection.execute(QUERIES["lock_trail"], {"tenant": entry.tenant_id})
    append(connection, [entry])


def set_aside(connection: Connection, tenant_id: uuid.UUID, raw: bytes, reason: str) -> None:
    """Keep an entry that cannot be stored, as it came, in a transaction of its own."""
    with connection.transaction():
        connection.execute(QUERIES["set_audit_aside"], {"tenant": tenant_id, "raw": raw, "reason": reason})


def _lock(connection: Connection, tenants: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    return {tenant for (tenant,) in connection.execute(QUERIES["lock_trails"], {"tenants": list(tenants)})}


def _known(connection: Connection, names: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    tenants, ids = zip(*names, strict=True) if names else ((), ())
    return set(connection.execute(QUERIES["known_audit"], {"tenants": list(tenants), "ids": list(ids)}))


def _heads(connection: Connection, tenants: Iterable[uuid.UUID]) -> dict[uuid.UUID, Head]:
    rows = connection.execute(QUERIES["trail_heads"], {"tenants": list(tenants)})
    return {tenant: Head(seq, bytes(digest)) for tenant, seq, digest in rows}


def _insert(connection: Connection, entries: Iterable[AuditEntry], heads: dict[uuid.UUID, Head]) -> None:
    rows = []
    for entry in entries:
        head = heads[entry.tenant_id] = following(heads.get(entry.tenant_id, NOTHING_YET), entry)
        rows.append({
            **msgspec.structs.asdict(entry), "audit_id": entry.id, "seq": head.seq, "hash": head.hash,
        })  # fmt: skip
    if rows:
        connection.execute(QUERIES["insert_audit"], {"entries": msgspec.json.encode(rows).decode()})

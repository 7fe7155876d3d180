"""`python -m tests.benchmarks.warming`: what a re-scan's look-ups take of PostgreSQL after a restart, warmed and not.

Cold is cold: what the system has of PostgreSQL's files in its own cache is dropped, too.
"""

import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ENTITIES
from libs.database.inventory.warming import STRETCH_ROWS, WALKS, TenantPages
from libs.database.migrations import migrate
from libs.database.server.pool import open_pool, options
from tests.benchmarks.measured.rules import fill

ACTIVITIES, OTHERS = 200_000, 10
"""Of the tenant; and other tenants, each with a tenth of that."""
CHUNK = 2_000
ROUNDS = 3
LOOK_UP = """
EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON)
SELECT e.id, e.print FROM unnest(%(names)s::text[]) AS wanted (name)
LEFT JOIN LATERAL (SELECT activity_id AS id, fingerprint AS print FROM inventory.processing_activity
                   WHERE tenant_id = %(tenant)s AND external_id = wanted.name OFFSET 0) AS e ON true
"""
RELATIONS = """
SELECT sum(pg_prewarm(relation)) FROM (
    SELECT format('inventory.%%I', name)::regclass AS relation FROM unnest(%(tables)s::text[]) AS name
    UNION ALL
    SELECT indexrelid::regclass FROM pg_index JOIN unnest(%(tables)s::text[]) AS name
    ON indrelid = format('inventory.%%I', name)::regclass
) AS relations
"""
Warm = Callable[[str, uuid.UUID], None]


class Looked(Struct):
    """How the look-ups of a whole re-scan went."""

    warmed_s: float
    seconds: float
    slowest_ms: float
    """The ninety-fifth of a hundred chunks."""
    missed: int


def nothing(_url: str, _tenant: uuid.UUID) -> None:
    """Do not warm."""


def by_key(url: str, tenant: uuid.UUID) -> None:
    """As a task of type `warm` does, without its second look."""
    with open_pool(url, "sluice_processor", name="warm", size=1, statement_timeout_s=60, timeout_s=5) as pool:
        pages = TenantPages(pool, tenant)
        for walk in WALKS:
            after, rows = walk.start, STRETCH_ROWS
            while rows == STRETCH_ROWS:
                stretch = pages.read(walk, after)
                after, rows = stretch.last, stretch.rows


def prewarm(url: str, _tenant: uuid.UUID) -> None:
    """All tenants' pages, as they lie."""
    with psycopg.connect(url) as connection:
        connection.execute(RELATIONS, {"tables": [entity.table for entity in ENTITIES.values()]})


def main() -> None:
    """Fill a database, then restart it before each turn."""
    with tempfile.TemporaryDirectory(prefix="sluice-warming-") as folder:
        root, port, tenant = Path(folder), free_port(), uuid.uuid4()
        with PostgresServer(root, port) as server:
            _prepare(server.url, tenant)
        for order in ("as they were sent", "in any order"):
            for name, warm in (("cold", nothing), ("by key", by_key), ("pg_prewarm", prewarm)):
                turns = [_turn(root, port, tenant, warm, order) for _ in range(ROUNDS)]
                middle = sorted(turns, key=lambda turn: turn.seconds)[ROUNDS // 2]
                sys.stdout.write(
                    f"{order:18} {name:10} warmed in {middle.warmed_s:5.2f} s, look-ups {middle.seconds:5.2f} s,"
                    f" p95 of a chunk {middle.slowest_ms:5.0f} ms, {middle.missed:6,} pages missed\n"
                )


def _prepare(url: str, tenant: uuid.UUID) -> None:
    migrate(url)
    for number in range(OTHERS):
        fill(url, uuid.uuid4(), ACTIVITIES // 10)
        if number == OTHERS // 2:
            fill(url, tenant, ACTIVITIES)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_prewarm")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _turn(root: Path, port: int, tenant: uuid.UUID, warm: Warm, order: str) -> Looked:
    _drop(root)
    names = [f"a-{n}" for n in range(1, ACTIVITIES + 1)]
    if order == "in any order":
        random.Random(1).shuffle(names)
    with PostgresServer(root, port) as server:
        began = time.perf_counter()
        warm(server.url, tenant)
        warmed_s = time.perf_counter() - began
        return _look_up(server.url, tenant, names, warmed_s)


def _look_up(url: str, tenant: uuid.UUID, names: list[str], warmed_s: float) -> Looked:
    took, missed = [], 0
    with psycopg.connect(url, autocommit=True, options=options("sluice_writer", 60)) as connection:
        for start in range(0, len(names), CHUNK):
            began = time.perf_counter()
            values = {"names": names[start : start + CHUNK], "tenant": tenant}
            row = connection.execute(LOOK_UP, values).fetchone()
            took.append(time.perf_counter() - began)
            missed += _missed(row)
    return Looked(warmed_s, sum(took), 1000 * sorted(took)[len(took) * 95 // 100], missed)


def _missed(row: Any) -> int:
    return int(row[0][0]["Plan"]["Shared Read Blocks"])


def _drop(root: Path) -> None:
    """Have the system forget the files: what is written of them stays, what is read comes from the disk."""
    for path in filter(Path.is_file, (root / "cluster").rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


if __name__ == "__main__":
    main()

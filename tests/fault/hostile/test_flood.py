"""One tenant floods a lane: another tenant, in whatever lane, waits for a window of the flood, not for all of it."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import psycopg
import pytest

from tests.fault.running.trial import quantile, tell
from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY
from tests.waiting import wait_until

GZIP = {"Content-Encoding": "gzip"}
FLOOD_REQUESTS, FLOOD_RECORDS = 40, 10_000
SHORT_REQUESTS = 12
SMALL_RECORDS = 1_000
"""No more than a chunk."""
OTHERS = 3
"""Tenants that post small batches, each one after the other."""
WINDOW_RECORDS = 32_000
"""What a tenant has out in its lanes: SLUICE_WINDOW_CHUNKS times 2,000; an eighth more where it uses several."""
MOST_RECORDS = 3 * WINDOW_RECORDS
"""A small batch finds at most a window of the flood before it, in its lane or in those above: what is handed out later
stands behind it, or takes turns with it. Another window is for what is written while the batch is sent, validated,
stored and answered, and what the six threads of the writers fetch ahead; the third is slack. Without a window all of
the flood would be before it."""
MOST_RECORDS_SHORT = 2 * WINDOW_RECORDS
"""The same where nothing is written while it is sent and stored."""
ACCEPTING_S = 1.0
"""What a batch may take besides its turn, on a machine that does other things too."""
ALL_WRITTEN_S = 240.0


def body_of(count: int) -> bytes:
    """So many records without a name of their own, compressed."""
    return gzip.compress(json.dumps({ACTIVITY.member: [ACTIVITY.full()] * count}).encode(), 1)


def flood(tenant: Tenant, lane: str, requests: int) -> None:
    """Have a backlog accepted."""
    body = body_of(FLOOD_RECORDS)

    def post(_: int) -> int:
        return tenant.send(ACTIVITY, body, background=True, headers=GZIP, lane=lane).status_code

    with ThreadPoolExecutor(2) as senders:
        assert set(senders.map(post, range(requests))) == {202}


class Ledger:
    """How many records of a tenant are written; for one thread."""

    def __init__(self, stack: Stack, tenant: Tenant) -> None:
        self._tenant = tenant.id
        self._database = psycopg.connect(stack.database_url, autocommit=True)

    def written(self) -> int:
        """Records."""
        query = "SELECT coalesce(sum(created), 0) FROM ingest.chunk WHERE tenant_id = %s"
        return int((self._database.execute(query, [self._tenant]).fetchone() or (0,))[0])

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


@dataclass(frozen=True)
class Turn:
    """One small batch."""

    seconds: float
    ahead: int
    """Records of the flood that were written from before it was sent until after it was answered."""


def turns(stack: Stack, flooding: Tenant) -> list[Turn]:
    """Post small batches, each waited for, until the flood is written; the last one ends after it."""
    tenant, body, found = Tenant(stack), body_of(SMALL_RECORDS), []
    with closing(Ledger(stack, flooding)) as ledger:
        while (before := ledger.written()) < FLOOD_REQUESTS * FLOOD_RECORDS:
            began = time.monotonic()
            answer = tenant.send(ACTIVITY, body, headers={**GZIP, "Prefer": "wait=60"})
            seconds = time.monotonic() - began
            assert answer.status_code == 201, answer.text
            found.append(Turn(seconds, ledger.written() - before))
    assert tenant.count(ACTIVITY) % SMALL_RECORDS == 0
    return found


@pytest.mark.parametrize("lane", ["high", "normal"])
def test_a_small_batch_is_written_before_most_of_a_flood(stack: Stack, lane: str) -> None:
    """No clock is asked: it comes while the writers, busy with the flood, stand still; the ledger has the order."""
    flooding, other, total = Tenant(stack), Tenant(stack), SHORT_REQUESTS * FLOOD_RECORDS
    with closing(Ledger(stack, flooding)) as ledger:
        with stack.writers_stopped():
            flood(flooding, lane, SHORT_REQUESTS)
        wait_until(ledger.written, ALL_WRITTEN_S, "the writers are at the flood")
        with stack.writers_stopped():
            assert other.send(ACTIVITY, body_of(SMALL_RECORDS), background=True, headers=GZIP).status_code == 202
            before = ledger.written()
        wait_until(lambda: ledger.written() == total, ALL_WRITTEN_S, "the flood is written")
    query = """
        SELECT sum(created) AS ahead FROM ingest.chunk
        WHERE tenant_id = %s AND written_at < (SELECT written_at FROM ingest.chunk WHERE tenant_id = %s)"""
    found = stack.database.execute(query, [flooding.id, other.id]).fetchone()
    assert found is not None
    ahead = int(found["ahead"]) - before
    tell(lane=lane, records_before=f"{ahead} (at most {MOST_RECORDS_SHORT} of {total - before})")
    assert ahead <= MOST_RECORDS_SHORT < total - before


@pytest.mark.slow
@pytest.mark.parametrize("lane", ["high", "normal"])
def test_a_flood_keeps_another_tenant_waiting_for_its_window_and_no_longer(stack: Stack, lane: str) -> None:
    flooding, total = Tenant(stack), FLOOD_REQUESTS * FLOOD_RECORDS
    with stack.writers_stopped():
        flood(flooding, lane, FLOOD_REQUESTS)
    began = time.monotonic()
    with ThreadPoolExecutor(OTHERS) as others:
        running = [others.submit(turns, stack, flooding) for _ in range(OTHERS)]
        found = [turn for each in running for turn in each.result()]
    query = "SELECT FROM ingest.job WHERE tenant_id = %s AND status = 'completed'"
    wait_until(
        lambda: stack.database.execute(query, [flooding.id]).rowcount == FLOOD_REQUESTS,
        ALL_WRITTEN_S,
        "the flood is written",
    )
    rate = total / (time.monotonic() - began)
    seconds, ahead = sorted(turn.seconds for turn in found), max(turn.ahead for turn in found)
    bound_s = ACCEPTING_S + MOST_RECORDS / rate
    tell(
        flood=f"{total} records",
        written_at=f"{rate:.0f} records/s",
        small_batches=len(found),
        median=f"{quantile(seconds, 0.5):.2f} s",
        p95=f"{quantile(seconds, 0.95):.2f} s",
        worst=f"{seconds[-1]:.2f} s (at most {bound_s:.2f} s)",
        most_records_before_one=f"{ahead} (at most {MOST_RECORDS})",
    )
    assert len(found) >= OTHERS
    assert ahead <= MOST_RECORDS
    assert seconds[-1] <= bound_s
    query = "SELECT count(*) AS stored FROM inventory.processing_activity WHERE tenant_id = %s"
    stored = stack.database.execute(query, [flooding.id]).fetchone()
    assert stored == {"stored": total}

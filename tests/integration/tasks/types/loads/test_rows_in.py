"""Rows into jobs: the same rows are the same job, whatever became of it, and it is known as a part of a task."""

import uuid
from collections.abc import Callable, Iterator

import pytest
import redis

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef, Fault
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.intake.opening import Intake, Ticket
from libs.intake.options import BatchOptions, Origin
from libs.intake.validation.rows import Rows
from tests.writing import Desk, open_desk

GOOD = [b'{"name_vi":"A","recipient_type":"internal"}', b'{"name_vi":"B","recipient_type":"internal"}']
SOME = Rows([GOOD[0], b"", GOOD[1]], {1: [Fault("ENCODING")]})
NONE = Rows([b""], {0: [Fault("ENCODING")]})
Take = Callable[..., Ticket]


@pytest.fixture
def desk(database_url: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on stores of the test's own."""
    with open_desk(database_url, redis_client) as desk:
        yield desk


@pytest.fixture
def task() -> uuid.UUID:
    """A task's id."""
    return uuid.uuid4()


@pytest.fixture
def take(desk: Desk, tenant: uuid.UUID, task: uuid.UUID) -> Take:
    """Makes a job of rows, as one segment of the task."""
    broker = build_broker(desk.store.client, f"rows-{uuid.uuid4().hex}")
    intake = Intake(desk.store, Publisher(broker), 2_000)
    origin = Origin(Caller("tester", tenant, frozenset()), "request-1", "", "load", task)

    def take(rows: Rows, *, dry_run: bool = False) -> Ticket:
        options = BatchOptions(ENTITIES["recipients"], "load", "insert", "continue", "normal", dry_run, f"{task}/0")
        return intake.accept(intake.prepare_rows(origin, options, rows, chunk_records=2_000))

    return take


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("rows", [SOME, NONE], ids=["some", "none is good"])
def test_the_same_rows_are_the_same_job(take: Take, rows: Rows, dry_run: bool) -> None:
    first = take(rows, dry_run=dry_run)
    again = take(rows, dry_run=dry_run)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.job_id == first.job_id


def test_other_rows_under_the_same_key_are_refused(take: Take) -> None:
    take(SOME)
    with pytest.raises(Refusal, match="IDEMPOTENCY_MISMATCH"):
        take(NONE)


def test_a_job_knows_its_task_in_both_stores(desk: Desk, take: Take, tenant: uuid.UUID, task: uuid.UUID) -> None:
    ticket = take(SOME)
    live = desk.store.job(tenant, ticket.job_id)
    assert live is not None
    assert (live.parent_id, live.records.total) == (task, 3)
    desk.deliver(desk.take(ChunkRef(tenant, ticket.job_id, 0, "normal")))
    assert desk.run("SELECT parent_id FROM ingest.job WHERE job_id = %s", ticket.job_id) == [(task,)]
    rows = desk.rows("ingest.reject", tenant)
    assert [(row["record_index"], bytes(row["raw"])) for row in rows] == [(1, b"")]

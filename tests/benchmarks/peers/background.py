"""The same work as background jobs: Celery on Redis, chunks of records in its messages, results in Redis."""

import asyncio
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from celery import Celery, group
from celery.result import GroupResult
from celery.signals import worker_ready
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from tests.benchmarks.peers.records import ActivityIn
from tests.benchmarks.peers.service import insert_activities, make_engine, make_sessions

app = Celery("bench", broker=os.environ.get("BENCH_REDIS_URL"), backend=os.environ.get("BENCH_REDIS_URL"))
app.conf.update(
    # A chunk is acknowledged when it is written, so that a dead worker's chunk comes again.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


@cache
def _sessions() -> async_sessionmaker[AsyncSession]:
    return make_sessions(make_engine(os.environ["BENCH_DATABASE_URL"]))


@app.task
def write_chunk(tenant_id: str, job_id: str, records: list[dict[str, Any]]) -> int:
    """Write one chunk in one transaction, with the service of the API; returns how many records."""
    activities = [ActivityIn.model_validate(record) for record in records]

    async def write() -> int:
        async with _sessions().begin() as session:
            return len(await insert_activities(session, UUID(tenant_id), UUID(job_id), activities))

    return _runner().run(write())


def enqueue(tenant_id: UUID, chunks: Sequence[Sequence[ActivityIn]]) -> str:
    """Send a message for each chunk; returns the job's id."""
    job_id = str(uuid4())
    tasks = (
        write_chunk.s(str(tenant_id), job_id, [activity.model_dump(mode="json") for activity in chunk])
        for chunk in chunks
    )
    result = group(tasks).apply_async()
    result.save()
    return str(result.id)


def look_at(job_id: str) -> tuple[str, int]:
    """A job's state and the records written."""
    result = GroupResult.restore(job_id, app=app)
    if not result.ready():
        return "processing", 0
    return ("completed", sum(result.get())) if result.successful() else ("failed", 0)


@worker_ready.connect
def _say_ready(**_: object) -> None:
    Path(os.environ["BENCH_READY_FILE"]).touch()

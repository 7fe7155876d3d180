"""The design that Sluice replaces: FastAPI, pydantic, SQLAlchemy 2 and asyncpg, one transaction a request.

`POST /tenants/{tenant}/activities` writes and answers 201; `…/activities/async` hands chunks of 1,000 records to Celery
and answers 202.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.ext.asyncio import AsyncSession

from tests.benchmarks.peers.background import enqueue, look_at
from tests.benchmarks.peers.records import ActivityIn, BatchOut, JobOut, RecordError, read_batch
from tests.benchmarks.peers.service import insert_activities, make_engine, make_sessions, upsert_activities

CHUNK = 1_000


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One engine a process."""
    engine = make_engine(os.environ["BENCH_DATABASE_URL"])
    app.state.sessions = make_sessions(engine)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """A session whose transaction is committed when the endpoint returns."""
    async with request.app.state.sessions.begin() as session:
        yield session


async def batch(request: Request) -> tuple[list[ActivityIn], list[RecordError]]:
    """The request's good records, and the errors of the others."""
    return read_batch(await request.body())


Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]
Batch = Annotated[tuple[list[ActivityIn], list[RecordError]], Depends(batch)]


@app.get("/livez")
async def livez() -> str:
    """Whether the process serves."""
    return "ok"


@app.post("/tenants/{tenant_id}/activities", status_code=201)
async def write(
    tenant_id: UUID, records: Batch, session: Transaction, mode: Literal["insert", "upsert"] = "insert"
) -> BatchOut:
    """Write a batch."""
    activities, errors = records
    store = insert_activities if mode == "insert" else upsert_activities
    ids = await store(session, tenant_id, uuid4(), activities)
    return BatchOut(activity_ids=ids, total_created=len(ids), errors=errors[:100])


@app.post("/tenants/{tenant_id}/activities/async", status_code=202)
async def accept(tenant_id: UUID, records: Batch, response: Response) -> JobOut:
    """Have a batch written in the background."""
    activities, errors = records
    chunks = [activities[at : at + CHUNK] for at in range(0, len(activities), CHUNK)]
    job_id = await run_in_threadpool(enqueue, tenant_id, chunks)
    response.headers["Location"] = f"/jobs/{job_id}"
    return JobOut(job_id=job_id, status="pending", errors=errors[:100])


@app.get("/jobs/{job_id}")
def job(job_id: str) -> JobOut:
    """Look at a job."""
    status, created = look_at(job_id)
    return JobOut(job_id=job_id, status=status, total_created=created)

"""The rows of jobs, made before their first chunk and brought on to a later opening."""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import psycopg

from libs.contracts.jobs import Job
from libs.database.queries import QUERIES

Connection = psycopg.Connection[Any]
KNOWN_JOBS = 10_000


class OpeningLostError(Exception):
    """The job was opened again: what this opening still wants to do is done by the later one."""


class JobRows:
    """Opens a job's row before its first chunk, in a transaction of its own.

    Inside the chunk's transaction it would make the chunks of a job wait for one another. The memory of what is there
    saves the statement for the chunks that follow. `agree` settles the number of an opening in Redis; it answers None
    where Redis has another opening of the job by now.
    """

    def __init__(self, namespace: str, agree: Callable[[Job, int], int | None]) -> None:
        self._namespace = namespace
        self._agree = agree
        self._known: OrderedDict[tuple[uuid.UUID, str, int], int] = OrderedDict()
        self._lock = threading.Lock()

    def ensure(self, connection: Connection, job: Job) -> int:
        """Have the job's row in the database, open; returns the number of this opening. Raises OpeningLostError."""
        if (known := self._number(job)) is not None:
            return known
        number = self._open(connection, job)
        self._remember(job, number)
        return number

    def enter(self, connection: Connection, jobs: Sequence[Job]) -> list[Job]:
        """Have rows of those jobs that are new, all in one transaction; returns those for which `ensure` is needed.

        Whoever opens one of these rows meanwhile waits for all of them: give it few. Raises psycopg.Error, ValueError;
        then there is no row more than before.
        """
        # In one order, so that two who do it at once wait for one another and not both for ever.
        unknown = sorted((job for job in jobs if self._number(job) is None), key=lambda job: (job.tenant_id, job.id))
        if not unknown:
            return []
        with connection.transaction():
            numbers = _enter_rows(connection, unknown, self._namespace)
        left = []
        for job, number in zip(unknown, numbers, strict=True):
            if number is None:
                left.append(job)
            else:
                self._remember(job, number)
        return left

    def _number(self, job: Job) -> int | None:
        with self._lock:
            return self._known.get((job.id, job.nonce, job.generation))

    def _remember(self, job: Job, number: int) -> None:
        with self._lock:
            self._known[job.id, job.nonce, job.generation] = number
            while len(self._known) > KNOWN_JOBS:
                self._known.popitem(last=False)

    def _open(self, connection: Connection, job: Job) -> int:
        """Open the row. Where an earlier opening has it, this one takes the next number, in Redis first."""
        number: int | None = job.opening
        while number is not None:
            held, nonce = open_row(connection, job, number, self._namespace)
            if nonce == job.nonce:
                return held
            number = self._agree(job, held + 1)
        raise OpeningLostError


def open_row(connection: Connection, job: Job, opening: int, namespace: str) -> tuple[int, str]:
    """Have the job's row speak of this opening, or leave it to a later one; returns its number and nonce."""
    values = {**values_of(job), "opening": opening, "namespace": namespace}
    with connection.transaction():
        row = connection.execute(QUERIES["open_job"], values).fetchone()
        row = row or connection.execute(QUERIES["read_opening"], values).fetchone()
    assert row is not None
    return row[0], row[1]


def _enter_rows(connection: Connection, jobs: Sequence[Job], namespace: str) -> list[int | None]:
    """Insert the rows that are not there; returns each opening's number, None where a row speaks of another one."""
    rows = msgspec.json.encode([values_of(job) for job in jobs]).decode()
    if connection.execute(QUERIES["enter_jobs"], {"jobs": rows, "namespace": namespace}).rowcount == len(jobs):
        return [job.opening for job in jobs]
    names = {"tenants": [job.tenant_id for job in jobs], "jobs": [job.id for job in jobs]}
    found = connection.execute(QUERIES["read_openings"], names)
    held = {(tenant, job): (nonce, *numbers) for tenant, job, nonce, *numbers in found}
    return [_number_in(held.get((job.tenant_id, job.id)), job) for job in jobs]


def _number_in(row: tuple[str, int, int] | None, job: Job) -> int | None:
    """The number of the opening in its row, which `open_row` would leave as it is."""
    if row is None:
        return None
    nonce, opening, generation = row
    return opening if nonce == job.nonce and opening >= job.opening and generation >= job.generation else None


def values_of(job: Job) -> dict[str, Any]:
    """What statements ask of a job, by the names of its row's columns."""
    return {
        "tenant_id": job.tenant_id, "job_id": job.id, "entity": job.entity, "mode": job.mode, "on_error": job.on_error,
        "lane": job.lane, "created_by": job.created_by, "request_id": job.request_id, "epoch_ms": job.epoch_ms,
        "opening": job.opening, "nonce": job.nonce, "generation": job.generation, "created_at": job.created_at,
        "started_at": job.started_at, "total": job.records.total, "chunks_total": job.chunks.total,
        "parent_id": job.parent_id,
    }  # fmt: skip

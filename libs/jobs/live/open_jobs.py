"""Pages of the jobs that have not ended, from lists that the scripts keep: a page costs what it shows."""

import uuid
from collections.abc import Sequence
from itertools import product

from msgspec import Struct

from libs.contracts.filters import OPEN
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Before, Job, JobStatus
from libs.jobs.reading import readable_job
from libs.jobs.scripts import Scripts

MOST_SUMMED = 200
"""Jobs of a state and an entity whose records are added up: Redis does nothing else meanwhile."""


class UnderWay(Struct, frozen=True):
    """A tenant's open jobs."""

    pending: int
    processing: int
    records: int
    """What they have yet to write or refuse."""
    exact: bool
    """False where there are so many jobs that the records of the newest were added up, and no others."""


def list_open(
    scripts: Scripts,
    tenant_id: uuid.UUID,
    *,
    before: Before | None,
    statuses: Sequence[JobStatus],
    entities: Sequence[str],
    limit: int,
) -> list[Job]:
    """The newest open jobs of these states and entities; `limit` of them, unless there are no more."""
    found: list[Job] = []
    below = f"({_name(before)}" if before else "+"
    lists = [part for each in product(statuses, entities) for part in each]
    while lists and len(found) < limit:
        wanted = limit - len(found)
        answer = scripts.run("list_open", str(tenant_id), below, wanted, *lists)
        names, jobs = answer[::2], answer[1::2]
        found += [
            job for flat in jobs if (job := readable_job(dict(zip(flat[::2], flat[1::2], strict=True)))) is not None
        ]
        if len(names) < wanted:
            break
        below = f"({names[-1].decode()}"
    return found


def sum_open(scripts: Scripts, tenant_id: uuid.UUID) -> UnderWay:
    """How many jobs a tenant has open; no dry runs."""
    lists = [part for each in product(OPEN, ENTITIES) for part in each]
    records, left_out, *jobs = scripts.run("sum_open", str(tenant_id), MOST_SUMMED, *lists)
    half = len(jobs) // 2
    return UnderWay(sum(jobs[:half]), sum(jobs[half:]), records, exact=not left_out)


def _name(before: Before) -> str:
    """A job in a list: names in the order of bytes are jobs in the order of their creation."""
    return f"{round(before.created_at.timestamp() * 1000):015}|{before.job_id}"

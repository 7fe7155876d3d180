"""Pages of the jobs that have not ended, from lists that the scripts keep: a page costs what it shows."""

import uuid
from collections.abc import Sequence
from itertools import product

from libs.contracts.jobs import Before, Job, JobStatus
from libs.jobs.reading import readable_job
from libs.jobs.scripts import Scripts


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


def _name(before: Before) -> str:
    """A job in a list: names in the order of bytes are jobs in the order of their creation."""
    return f"{round(before.created_at.timestamp() * 1000):015}|{before.job_id}"

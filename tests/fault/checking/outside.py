"""What the running system says after a run, over HTTP and in Redis, compared with what PostgreSQL holds."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg

from tests.fault.checking.case import Case
from tests.fault.checking.stored import COUNTERS
from tests.fault.running.api import Api
from tests.fault.running.scanners.workload import MARKER_FIELD, Workload


def jobs_are_open(client: Any, namespace: str, database_url: str) -> bool:
    """Whether any job of the system has not ended, in Redis or in PostgreSQL."""
    if client.zcard(f"{{{namespace}}}:open") or client.hlen(f"{{{namespace}}}:audit"):
        return True
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM ingest.job WHERE finished_at IS NULL)").fetchone()
    return bool(row and row[0])


def segments_are_open(database_url: str) -> bool:
    """Whether it is not yet known of some segment of a load what became of its rows."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM work.segment WHERE records IS NULL)").fetchone()
    return bool(row and row[0])


def api_disagrees(case: Case, api: Api, most_jobs: int = 150) -> Iterator[str]:
    """What GET says of the newest jobs, and what the database says; strangers are told of none of them."""
    jobs = sorted(case.stored.jobs, key=lambda job: job["created_at"])[-most_jobs:]
    tenants = case.workload.tenants
    for job in jobs:
        path, tenant = f"/api/v1/jobs/{job['job_id']}", job["tenant_id"]
        shown = api.get(tenant, path).json()
        counts = {counter: shown["records"][counter] for counter in COUNTERS}
        if counts != {counter: job[counter] for counter in COUNTERS} or shown["status"] != job["status"]:
            yield f"job {job['job_id']} is shown as {shown['status']} {counts}, and is {job}"
        stranger = tenants[(tenants.index(tenant) + 1) % len(tenants)]
        if (status := api.get(stranger, path).status_code) != 404:
            yield f"another tenant asks for job {job['job_id']} and is answered {status}"
        if (rejects := case.stored.rejects.get(job["job_id"])) and not job["parent_id"]:
            yield from _rejects_disagree(case, api, job, rejects)


def _rejects_disagree(case: Case, api: Api, job: Any, rejects: dict[int, Any]) -> Iterator[str]:
    tenant, path = job["tenant_id"], f"/api/v1/jobs/{job['job_id']}"
    lines = api.get(tenant, f"{path}/rejects", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    batch = job["request_id"].partition("-")[2]
    field = MARKER_FIELD[job["entity"]]
    wanted = sorted(case.workload.marker(batch, index) for index in rejects)
    if sorted(json.loads(line)[field] for line in lines) != wanted:
        yield f"job {job['job_id']} hands out {len(lines)} rejects, not {len(wanted)}"
    errors = api.get(tenant, f"{path}/errors").json()["errors"]
    if {error["index"] for error in errors} != set(rejects):
        yield f"job {job['job_id']} shows errors of other records than were rejected"


def strangers_get_in(workload: Workload, api: Api) -> Iterator[str]:
    """A tenant's token opens no other tenant's door."""
    for number, tenant in enumerate(workload.tenants):
        other = workload.tenants[number - 1]
        answer = api.act(tenant, f"/api/v1/tenants/{other}/batch/recipients")
        if answer.status_code != 403:
            yield f"a batch for another tenant is answered {answer.status_code}"


def left_in_redis(client: Any, namespace: str) -> dict[str, Any]:
    """What must be gone once all jobs have ended, and is not."""
    prefix = f"{{{namespace}}}"
    found = {
        "due": client.zrange(f"{prefix}:due", 0, 5),
        "open": client.zrange(f"{prefix}:open", 0, 5),
        "audit": client.hlen(f"{prefix}:audit"),
        "chunks": {k: v for k, v in client.hgetall(f"{prefix}:chunks").items() if v != b"0"},
        "backlog": {k: v for k, v in client.hgetall(f"{prefix}:backlog").items() if (k, v) != (b"total", b"0")},
    }
    for pattern in (f"{prefix}:*:waiting", f"{prefix}:*:short", f"{prefix}:*:window", f"{prefix}:*:todo"):
        found[pattern] = list(client.scan_iter(match=_literally(pattern), count=1_000))[:5]
    for lane in ("high", "normal", "low"):
        for queue in (lane, f"tasks-{lane}"):
            found[queue] = client.llen(f"{prefix}:dramatiq:{queue}")
    return {name: left for name, left in found.items() if left}


def _literally(pattern: str) -> str:
    return pattern.replace("[", "\\[").replace("]", "\\]")

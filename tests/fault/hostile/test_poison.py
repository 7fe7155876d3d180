"""A record that kills every writer that handles it costs nobody else anything: not its chunk, not other chunks."""

import json
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.fault.running.api import Api
from tests.fault.running.rig import Rig, running_rig
from tests.fault.running.trial import tell
from tests.system.samples import RECIPIENT, Json
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
POISON = "poison-1"
NEIGHBOURS = 7
INNOCENTS = 40
END_S = 120.0
KILLS = {"SLUICE_CRASH_RECORD": POISON, "SLUICE_LEASE_MS": "1000", "SLUICE_GRACE_MS": "300"}


def post(api: Api, tenant: uuid.UUID, records: list[Json]) -> str:
    """Post a batch in the background; its job."""
    headers = {**api.bearer(tenant), "Content-Type": "application/json"}
    body = json.dumps({RECIPIENT.member: records}).encode()
    answer = api.send(f"/api/v1/tenants/{tenant}/batch/{RECIPIENT.name}/async", body, headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def test_a_record_that_kills_its_writers_is_set_aside_alone(tmp_path: Path) -> None:
    tenant = uuid.uuid4()
    with running_rig(tmp_path, KILLS) as rig, closing(Api(rig.place.url, rig.place.secret)) as api:
        poisoned = [RECIPIENT.sample(external_id=f"neighbour-{n}") for n in range(NEIGHBOURS)]
        poisoned.insert(4, RECIPIENT.sample(external_id=POISON))
        jobs = [post(api, tenant, poisoned)]
        jobs += [post(api, tenant, [RECIPIENT.sample(external_id=f"innocent-{n}")]) for n in range(INNOCENTS)]
        wait_until(lambda: looked_after(rig) and all_ended(rig, len(jobs)), END_S, "all jobs have ended")
        with psycopg.connect(rig.place.database_url) as connection:
            stored = {name for (name,) in connection.execute("SELECT external_id FROM inventory.recipient")}
            refused = connection.execute("SELECT external_id, faults -> 0 ->> 'code' FROM ingest.reject").fetchall()
        tell(a_deadly_record_killed=f"{rig.runner.deaths.total()} writers")
    assert refused == [(POISON, "WRITER_CRASHED")]
    assert len(stored) == NEIGHBOURS + INNOCENTS


def looked_after(rig: Rig) -> bool:
    """Start again what has died."""
    rig.runner.look_after()
    return True


def all_ended(rig: Rig, jobs: int) -> bool:
    """Whether so many jobs have ended."""
    with psycopg.connect(rig.place.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM ingest.job WHERE finished_at IS NOT NULL").fetchone()
    return bool(row and row[0] == jobs)

"""PostgreSQL does what a request asks of it, and its word on that is lost: whoever repeats the request has it once."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.faults.proxy import Loop, Proxy
from tests.integration.service_process import running_ingest
from tests.integration.uploads.service import Owner
from tests.servers import cloned_database
from tests.waiting import wait_until

DATA = b"name_vi,recipient_type\nSao Mai,processor\n"
MOST_COMMITS = 20
"""More than a request has."""


@pytest.fixture
def database(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database, past the proxy."""
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[Proxy]:
    """What stands between ingest and PostgreSQL."""
    with Loop() as loop, Proxy(loop, postgres.port) as proxy:
        yield proxy


def load(owner: Owner, key: str) -> httpx.Response:
    """Ask for a load with its file beside it."""
    return owner.send(
        "POST", "/api/v1/jobs/load", headers={"Idempotency-Key": key}, data={"entity": "recipients"},
        files={"file": ("a.csv", DATA, "text/csv")},
    )  # fmt: skip


def test_the_answer_to_any_commit_of_a_load_with_its_file_is_lost(
    database: str, proxy: Proxy, valkey: ValkeyServer, tmp_path: Path, namespace: str
) -> None:
    settings = {
        "redis_url": valkey.url, "namespace": namespace, "files_url": (tmp_path / "files").as_uri(),
        "database_url": make_conninfo(database, port=proxy.port),
    }  # fmt: skip
    with running_ingest(tmp_path, **settings) as ingest:
        owner = Owner(ingest)
        for number in range(MOST_COMMITS):
            proxy.lose_answer(b"COMMIT", after=number)
            first = load(owner, f"key-{number}")
            assert first.status_code == 202 or first.json()["code"] == "DATABASE_UNAVAILABLE", first.text
            if proxy.lost_answers == number:
                break
            wait_until(lambda number=number: load(owner, f"key-{number}").status_code == 202, 20, "it is answered")
            opened = load(owner, f"key-{number}").json()
            found = owner.file(f"/api/v1/files/{opened['parameters']['file_id']}")
            assert (found["state"], found["offset"]) == ("complete", len(DATA))
    assert proxy.lost_answers >= 4
    with psycopg.connect(database) as connection:
        keys = connection.execute("SELECT idempotency_key FROM work.task").fetchall()
    assert len(keys) == len(set(keys)) == proxy.lost_answers + 1

"""Every instance of an installation is replaced under load, and no client sees it."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.deploy.installation.fleet import Fleet
from tests.deploy.installation.load import Load
from tests.deploy.installation.proxy import NEEDS_NGINX
from tests.servers import cloned_database

pytestmark = [pytest.mark.deploy, NEEDS_NGINX]

ORDER = ("writer", "processor", "console", "ingest")
"""Of a release: who does the work goes before who hands it out."""


@pytest.fixture(scope="module")
def database_url(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database of this module's own."""
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, database_url: str, valkey: ValkeyServer) -> Iterator[Fleet]:
    """Two ingests, three writers, a processor and a console behind nginx."""
    shared = {"redis_url": valkey.url, "database_url": database_url, "namespace": f"fleet-{uuid.uuid4().hex[:8]}"}
    with Fleet(tmp_path_factory.mktemp("fleet"), **shared) as running:
        running.start(ingest=2, writer=3, processor=1, console=1)
        yield running


def stored(database_url: str, load: Load) -> tuple[int, int]:
    """How many records of the load there are, and how many different ones."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT count(*), count(DISTINCT external_id) FROM inventory.recipient WHERE tenant_id = %s", (load.tenant,)
        ).fetchone()
    assert found
    return found[0], found[1]


def test_all_are_replaced_and_nothing_is_lost(fleet: Fleet, database_url: str) -> None:
    load = Load(fleet.url)
    first = list(fleet.instances)
    with load.running():
        for kind in ORDER:
            for instance in fleet.of(kind):
                fleet.replace(instance)
                load.beat()
    assert load.faults == []
    assert not {id(one) for one in first} & {id(one) for one in fleet.instances}
    load.wait_for_ends(60)
    assert stored(database_url, load) == (load.records, load.records)
    assert len(load.loads) > 3


def test_an_ingest_that_is_only_told_to_stop_loses_nothing_either(fleet: Fleet, database_url: str) -> None:
    """As `docker compose` does it: nobody takes it from nginx, which finds out by itself."""
    load = Load(fleet.url)
    with load.running():
        fleet.terminate(fleet.of("ingest")[0], load.beat)
        load.beat()
    assert load.faults == []
    load.wait_for_ends(60)
    assert stored(database_url, load) == (load.records, load.records)

"""Acknowledged means on the disk: nobody is told 202 before Valkey has said that the batch is synced.

What is proved here: the services refuse a server that is not told to sync at every write, and each acknowledgement
waits for the server's own word (WAITAOF) on it, even where somebody changes the setting later. Not proved here: that
the server keeps its word, or that the disk does.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.running.place import Place
from tests.fault.running.scanners.scanner import Fleet
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.site import Site, site

UNFIT = [
    ("appendfsync", "everysec"),
    ("appendfsync", "no"),
    ("appendonly", "no"),
    ("maxmemory-policy", "allkeys-lru"),
]
END_S = 60.0


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server of its own, whose settings a test may spoil."""
    with ValkeyServer(tmp_path_factory.mktemp("careless"), free_port()) as server:
        yield server


@pytest.fixture
def here(tmp_path: Path, postgres: PostgresServer, template: str, careless: ValkeyServer) -> Iterator[Site]:
    """Ingest on that server."""
    with site(tmp_path, postgres.url, template, careless.url) as here:
        yield here


@pytest.fixture
def spoilt(here: Site, name: str, value: str) -> Iterator[Place]:
    """The server with one setting that may lose what it has confirmed."""
    with closing(here.place.redis()) as client:
        good = client.config_get(name)[name]
        client.config_set(name, value)
        yield here.place
        client.config_set(name, good)


@pytest.mark.usefixtures("spoilt")
@pytest.mark.parametrize(("name", "value"), UNFIT)
def test_no_service_starts_on_a_server_that_may_forget(here: Site, name: str) -> None:
    with here.ingest("refused-ingest") as ingest, here.writer("refused-writer") as writer:
        for service in (ingest, writer):
            assert service.process.wait(END_S) > 0
            assert service.says(name)


def fleet(place: Place, directory: Path) -> Fleet:
    """Scanners who post in the background."""
    return Fleet(Workload.of("durability", scanners=1, waiting=False), place.url, place.secret, directory)


@pytest.mark.parametrize(("name", "value"), [("appendfsync", "no")])
def test_nothing_is_acknowledged_that_the_server_has_not_synced(spoilt: Place, tmp_path: Path) -> None:
    """The running service has seen good settings at its start; the server does not sync any more."""
    with closing(fleet(spoilt, tmp_path / "history")) as scanners:
        answer = scanners.post(0, 0)
    assert (answer.status, answer.code) in ((503, "QUEUE_UNAVAILABLE"), (503, "QUEUE_NOT_DURABLE"))


@pytest.mark.parametrize(("name", "value"), [("appendfsync", "everysec")])
def test_an_acknowledgement_waits_for_a_sync_that_comes_later(spoilt: Place, tmp_path: Path) -> None:
    with closing(fleet(spoilt, tmp_path / "history")) as scanners:
        answers = [scanners.post(0, number) for number in range(3)]
    assert all(answer.acknowledged for answer in answers)

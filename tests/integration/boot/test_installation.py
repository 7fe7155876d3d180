"""A writer gives up what its own Redis has lost, and nothing else: not another namespace's, not at a wrong address."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local.servers.valkey import ValkeyServer
from libs.boot import joining
from libs.boot.installation import Installation, InstallationError, UnknownInstallationError
from libs.database.server.session import session
from libs.jobs.server.connection import connect
from libs.jobs.server.installation import InstallationKey
from services.writer.promises.audit import store_audit
from services.writer.promises.lost_jobs import end_lost_jobs
from tests.integration.service_process import WRITER, Ingest, ServiceProcess, Writer
from tests.integration.writer.works import LASTING
from tests.waiting import wait_until
from tests.writing import Desk, open_desk, recipient

JOBS = 5
ENDS_S = 20.0


@pytest.fixture
def desk(database_url: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer and its stores."""
    with open_desk(database_url, redis_client, timing=LASTING) as desk:
        yield desk


@pytest.fixture
def wrong(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    """Another Redis: the server's second database, without any key."""
    with connect(f"{valkey.url[:-1]}1") as client:
        client.flushdb()
        yield client


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """A session of the superuser."""
    with session(database_url, "test") as connection:
        yield connection


def open_jobs(desk: Desk) -> None:
    """Jobs that PostgreSQL knows for so long that they are looked for."""
    tenant = uuid.uuid4()
    for _ in range(JOBS):
        desk.open(tenant, [recipient()])
    store_audit(desk.store, desk.pool, desk.jobs)
    desk.run("UPDATE ingest.job SET updated_at = now() - interval '1 minute'")


def still_open(desk: Desk) -> int:
    return int(desk.run("SELECT count(*) FROM ingest.job WHERE status = 'processing'")[0][0])


def lose(desk: Desk) -> None:
    """Redis loses all that it has of the namespace."""
    for key in desk.store.client.scan_iter(f"{desk.store.keys.prefix}*"):
        desk.store.client.delete(key)


def sweeping(desk: Desk, client: redis.Redis | None = None) -> Callable[[], int]:
    """A writer's look for lost jobs, again and again; at another Redis if one is given."""
    store = desk.store if client is None else type(desk.store)(client, desk.namespace, LASTING)
    installation = Installation(store.client, desk.namespace)
    return lambda: end_lost_jobs(store, desk.pool, "desk", installation)


def test_two_namespaces_on_one_database_give_up_their_own_alone(
    desk: Desk, database_url: str, redis_client: redis.Redis
) -> None:
    with open_desk(database_url, redis_client, timing=LASTING) as other:
        sweep, sweep_other = sweeping(desk), sweeping(other)
        for one in (desk, other):
            open_jobs(one)
        assert (sweep(), sweep_other(), still_open(desk)) == (0, 0, 2 * JOBS)
        lose(desk)
        assert (sweep_other(), sweep(), sweep(), sweep_other()) == (0, JOBS, 0, 0)
        assert desk.run("SELECT DISTINCT namespace FROM ingest.job WHERE status = 'processing'") == [(other.namespace,)]


def test_jobs_of_a_version_without_namespaces_end_where_nobody_else_is(
    desk: Desk, database_url: str, redis_client: redis.Redis
) -> None:
    sweep = sweeping(desk)
    open_jobs(desk)
    desk.run("UPDATE ingest.job SET namespace = ''")
    assert sweep() == 0
    lose(desk)
    with open_desk(database_url, redis_client, timing=LASTING) as other:
        assert (sweeping(other)(), sweep()) == (0, 0)
    desk.run("DELETE FROM ingest.installation WHERE namespace <> %s", desk.namespace)
    assert sweep() == JOBS


def test_a_wrong_and_empty_redis_loses_nothing(desk: Desk, wrong: redis.Redis) -> None:
    sweep, sweep_wrong = sweeping(desk), sweeping(desk, wrong)
    open_jobs(desk)
    sweep()
    for _ in range(2):
        with pytest.raises(UnknownInstallationError, match="SLUICE_REDIS_URL"):
            sweep_wrong()
    assert (still_open(desk), sweep()) == (JOBS, 0)
    assert wrong.dbsize() == 0


def test_the_redis_of_another_installation_loses_nothing(desk: Desk, wrong: redis.Redis) -> None:
    sweep, sweep_wrong = sweeping(desk), sweeping(desk, wrong)
    open_jobs(desk)
    sweep()
    InstallationKey(wrong, desk.namespace).plant(uuid.uuid4())
    with pytest.raises(InstallationError, match="another installation"):
        sweep_wrong()
    assert (still_open(desk), sweep()) == (JOBS, 0)


def test_an_address_that_leads_elsewhere_meanwhile_loses_nothing(desk: Desk, connection: psycopg.Connection) -> None:
    """The Redis that is asked after the jobs is not the one that did not know them."""
    installation = Installation(desk.store.client, desk.namespace)
    open_jobs(desk)
    installation.confirm(connection)
    key = InstallationKey(desk.store.client, desk.namespace)
    ours = key.read()
    assert ours

    class Moving(type(desk.store)):  # type: ignore[misc]
        def known_jobs(self, names: object) -> set[uuid.UUID]:
            key.replace(uuid.uuid4())
            return set()

    store = Moving(desk.store.client, desk.namespace, LASTING)
    with pytest.raises(InstallationError):
        end_lost_jobs(store, desk.pool, "desk", installation)
    key.replace(ours)
    assert still_open(desk) == JOBS


def test_what_is_really_lost_is_given_up_and_the_id_comes_back(desk: Desk, connection: psycopg.Connection) -> None:
    sweep = sweeping(desk)
    open_jobs(desk)
    assert sweep() == 0
    before = InstallationKey(desk.store.client, desk.namespace).read()
    lose(desk)
    assert sweep() == JOBS
    assert InstallationKey(desk.store.client, desk.namespace).read() == before
    assert desk.run("SELECT DISTINCT last_error FROM ingest.job") == [("QUEUE_LOST",)]
    Installation(desk.store.client, desk.namespace).compare(connection)


def test_first_starts_at_once_make_one_installation(
    database_url: str, redis_client: redis.Redis, namespace: str
) -> None:
    def confirm(_: int) -> None:
        with session(database_url, "test") as connection:
            Installation(redis_client, namespace).confirm(connection)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(confirm, range(16)))


def test_one_of_two_redis_wins_a_first_start_and_the_other_is_refused(
    connection: psycopg.Connection, redis_client: redis.Redis, wrong: redis.Redis, namespace: str
) -> None:
    refused = 0
    InstallationKey(wrong, namespace).plant(uuid.uuid4())
    for client in (redis_client, wrong):
        with suppress(InstallationError):
            Installation(client, namespace).confirm(connection)
            refused += 1
    assert refused == 1


def test_a_start_that_ended_between_the_two_stores_goes_on(
    connection: psycopg.Connection, redis_client: redis.Redis, namespace: str
) -> None:
    planted = InstallationKey(redis_client, namespace).plant(uuid.uuid4())
    Installation(redis_client, namespace).compare(connection)
    Installation(redis_client, namespace).confirm(connection)
    assert connection.execute("SELECT installation_id FROM ingest.installation").fetchall() == [(planted,)]


def test_an_operators_word_joins_what_is_left_and_bars_what_was(
    desk: Desk, wrong: redis.Redis, connection: psycopg.Connection, valkey: ValkeyServer
) -> None:
    Installation(desk.store.client, desk.namespace).confirm(connection)
    joining.adopt(f"{valkey.url[:-1]}1", desk.database_url, desk.namespace)
    Installation(wrong, desk.namespace).compare(connection)
    with pytest.raises(InstallationError):
        Installation(desk.store.client, desk.namespace).compare(connection)


def test_what_belongs_together_stays_as_it_is(
    desk: Desk, wrong: redis.Redis, connection: psycopg.Connection, valkey: ValkeyServer
) -> None:
    Installation(desk.store.client, desk.namespace).confirm(connection)
    before = InstallationKey(desk.store.client, desk.namespace).read()
    joining.join(valkey.url, desk.database_url, desk.namespace)
    assert InstallationKey(desk.store.client, desk.namespace).read() == before
    joining.join(f"{valkey.url[:-1]}1", desk.database_url, desk.namespace)
    Installation(wrong, desk.namespace).compare(connection)


# As processes.


def test_services_do_not_start_between_two_installations(
    tmp_path: Path, desk: Desk, wrong: redis.Redis, connection: psycopg.Connection, valkey: ValkeyServer
) -> None:
    Installation(desk.store.client, desk.namespace).confirm(connection)
    InstallationKey(wrong, desk.namespace).plant(uuid.uuid4())
    settings = {"redis_url": f"{valkey.url[:-1]}1", "database_url": desk.database_url, "namespace": desk.namespace}
    with ServiceProcess(WRITER, tmp_path, **settings) as writer, Ingest(tmp_path, **settings) as ingest:
        for service, status in ((writer, 2), (ingest, 4)):
            assert service.process.wait(ENDS_S) == status
            assert "sluice config adopt" in service.log
            assert "namespace" in service.log


def test_a_writer_whose_redis_is_another_one_now_ends(
    tmp_path: Path, desk: Desk, valkey: ValkeyServer, connection: psycopg.Connection
) -> None:
    """Although it is never its turn to end lost jobs there."""
    desk.store.client.set(desk.store.keys.turn("lost"), "another's")
    settings = {"redis_url": valkey.url, "database_url": desk.database_url, "namespace": desk.namespace}
    with Writer(tmp_path, **settings) as writer:
        writer.wait_ready(writer.url)
        assert connection.execute("SELECT count(*) FROM ingest.installation").fetchone() == (1,)
        InstallationKey(desk.store.client, desk.namespace).replace(uuid.uuid4())
        wait_until(lambda: writer.process.poll() is not None, ENDS_S, "the writer ends")
        assert writer.process.returncode == 2
        assert "wrong_installation" in writer.log

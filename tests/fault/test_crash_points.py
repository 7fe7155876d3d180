"""Every named crash point: the process is killed there, once, and others make good what it has left behind.

The points are read from the sources, so that a new one cannot be forgotten here.
"""

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from deploy.local.services import ROOT
from tests.fault.running.api import Api
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.site import Service, Site, site
from tests.fault.running.trial import Trial, trial
from tests.waiting import wait_until

BATCHES = 4
MANY = 16
"""Batches of three lanes, so that a writer finds some beside one another."""
DEATH_S = 60.0
POINTS = sorted(
    point
    for folder in ("libs", "services")
    for path in (ROOT / folder).rglob("*.py")
    for point in re.findall(r"crash_point\(\"([^\"]+)\"\)", path.read_text())
)
IN_INGEST = [point for point in POINTS if point.startswith("ingest.")]
IN_WRITER = [point for point in POINTS if point.startswith(("writer.", "sweeper."))]
IN_GROUP = [point for point in POINTS if point.startswith("group.")]
BY_SWEEPER = [point for point in IN_WRITER if point in ("sweeper.after_claim", "sweeper.after_publish")]
IN_TRANSACTION = [f"writer.{name}" for name in ("after_ledger", "mid_copy", "before_commit")]
ZOMBIES = [f"writer.{name}" for name in ("after_lease", "after_commit", "before_settle", "after_settle", "after_end")]


QUICK = {
    "ingest.after_open", "writer.after_ledger", "writer.after_commit", "writer.before_settle", "sweeper.after_claim",
    "group.after_leases", "group.before_commit", "group.after_commit",
}  # fmt: skip
"""The points of the short form: each one's loss would break another promise."""


def short_form(points: list[str]) -> list[Any]:
    """All points as parameters; those that are not of the short form are marked slow."""
    return [pytest.param(point, marks=() if point in QUICK else pytest.mark.slow) for point in points]


class Scene:
    """A site with a writer that takes over, and one trial for all points: each point has a scanner of its own."""

    def __init__(self, here: Site, heir: Service, run: Trial, settings: dict[str, str]) -> None:
        self.here = here
        self.heir = heir
        self.run = run
        self._settings = settings
        self.scanner = -1

    def writer(self, name: str, **settings: str) -> AbstractContextManager[Service]:
        """Another writer, with the settings that all writers of the scene have, and these."""
        return self.here.writer(name, **{**self._settings, **settings})

    def post(self, batches: int = BATCHES) -> None:
        """Have some batches in the queue while no writer moves."""
        self.scanner += 1
        self.heir.send(signal.SIGSTOP)
        wait_until(self.heir.is_stopped, DEATH_S, "the writer that takes over stands still")
        for number in range(batches):
            assert self.run.fleet.post(self.scanner, number).acknowledged

    def lose_messages(self) -> None:
        """Take the messages out of the queues, so that only the sweeper knows of the chunks."""
        with closing(self.run.place.redis()) as client:
            client.delete(*(f"{{{self.run.place.namespace}}}:dramatiq:{lane}" for lane in ("high", "normal", "low")))

    def take_over(self) -> None:
        """Let the other writer work; everything is as promised then."""
        self.heir.send(signal.SIGCONT)
        self.verify()

    def has_forgotten(self) -> bool:
        """Whether Redis knows no job that has ended well."""
        with closing(self.run.place.redis()) as client:
            jobs = client.scan_iter(match=f"*{self.run.place.namespace}*:job:*", count=1_000)
            names = [name for name in jobs if name.count(b":") == 3]
            return all(client.hget(name, "status") != b"completed" for name in names)

    def verify(self) -> None:
        """Everything that was ever posted here is as promised."""
        self.run.verify(self.run.converge())


@pytest.fixture(scope="module")
def servers(postgres: PostgresServer, template: str, valkey: ValkeyServer) -> tuple[str, str, str]:
    """The servers that all scenes share: PostgreSQL, its template, Redis."""
    return postgres.url, template, valkey.url


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, servers: tuple[str, str, str]) -> Iterator[Scene]:
    """One for all points of a process of the tests. Its jobs stay in Redis, where a second settlement would show."""
    with acted(tmp_path_factory.mktemp("crash"), servers) as scene:
        yield scene


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory, servers: tuple[str, str, str]) -> Iterator[Scene]:
    """One whose jobs are soon forgotten by Redis, whichever writer ends them."""
    with acted(tmp_path_factory.mktemp("forgetful"), servers, SLUICE_ENDED_TTL_S="1") as scene:
        yield scene


@pytest.fixture(scope="module")
def lengthy(tmp_path_factory: pytest.TempPathFactory, servers: tuple[str, str, str]) -> Iterator[Scene]:
    """One whose batches are of several chunks each, of which each has a transaction that begins with the ledger."""
    with acted(tmp_path_factory.mktemp("lengthy"), servers, (30, 55)) as scene:
        yield scene


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, servers: tuple[str, str, str]) -> Iterator[Scene]:
    """One whose batches are small, so that they are written together."""
    with acted(tmp_path_factory.mktemp("crowd"), servers, (1, 3, 12)) as scene:
        yield scene


@contextmanager
def acted(
    root: Path, servers: tuple[str, str, str], sizes: tuple[int, ...] = (12, 30, 55), **settings: str
) -> Iterator[Scene]:
    """A scene whose writers all have these settings."""
    workload = Workload.of("crash points", scanners=2 * len(POINTS), sizes=sizes, waiting=False)
    with (
        site(root, *servers) as here,
        here.writer("heir", **settings) as heir,
        trial(here.place, workload, root / "history", here.logs) as run,
    ):
        yield Scene(here, heir, run, settings)


def test_the_steps_of_a_batch_have_crash_points() -> None:
    assert len(POINTS) == len(set(POINTS)) >= 18


@pytest.mark.parametrize("point", short_form(IN_WRITER))
def test_a_writer_that_dies_there_costs_nothing(scene: Scene, point: str) -> None:
    scene.post()
    if point in BY_SWEEPER:
        scene.lose_messages()
    with scene.writer("doomed", SLUICE_CRASH_AT=point) as doomed:
        assert doomed.process.wait(DEATH_S) == -signal.SIGKILL
        assert doomed.says(f"crash point {point}")
    scene.take_over()


@pytest.mark.parametrize("point", short_form(IN_GROUP))
def test_a_writer_that_dies_with_several_jobs_in_hand_costs_nothing(crowd: Scene, point: str) -> None:
    crowd.post(MANY)
    with crowd.writer("doomed", SLUICE_CRASH_AT=point, SLUICE_WRITER_THREADS="1") as doomed:
        assert doomed.process.wait(DEATH_S) == -signal.SIGKILL
        assert doomed.says(f"crash point {point}")
    crowd.take_over()


@pytest.mark.parametrize("point", short_form(IN_GROUP))
def test_a_writer_that_wakes_too_late_with_several_changes_nothing(crowd: Scene, point: str) -> None:
    crowd.post(MANY)
    with sleeper(crowd, point) as late:
        if point in ("group.before_ledger", "group.before_commit"):  # what it has written is in the others' way
            crowd.heir.send(signal.SIGCONT)
            wait_until(lambda: waits_for_a_lock(crowd.run.place.database_url), DEATH_S, "the other writer waits")
        else:
            crowd.take_over()
        finish(late)
    crowd.verify()


@pytest.mark.parametrize("point", short_form(IN_INGEST))
def test_an_ingest_that_dies_there_costs_nothing(scene: Scene, point: str) -> None:
    """Requests with a key are sent again, to another ingest; those without are never heard of again, or whole."""
    scene.post()
    with scene.here.ingest("doomed-ingest", SLUICE_CRASH_AT=point) as doomed:
        doomed.wait_ready()
        api = Api(f"http://127.0.0.1:{doomed.port}", scene.run.place.secret)
        numbers = range(BATCHES, 2 * BATCHES)
        with ThreadPoolExecutor(BATCHES) as senders, closing(api):
            answers = list(senders.map(lambda number: scene.run.fleet.post(scene.scanner, number, api), numbers))
        assert any(answer.unknown for answer in answers)
        assert doomed.says(f"crash point {point}")
        wait_until(lambda: doomed.says("was sent SIGKILL"), DEATH_S, "gunicorn has seen its worker die")
    scene.take_over()


@pytest.mark.parametrize("point", short_form(ZOMBIES))
def test_a_writer_that_wakes_too_late_changes_nothing(scene: Scene, point: str) -> None:
    """It stands still for longer than its lease; another writer does all of its work, and then it goes on."""
    scene.post()
    with sleeper(scene, point) as late:
        scene.take_over()
        finish(late)
    scene.verify()


@pytest.mark.slow
@pytest.mark.parametrize("point", ZOMBIES)
def test_a_writer_that_wakes_after_its_job_is_forgotten_changes_nothing(forgetful: Scene, point: str) -> None:
    """It stands still until Redis no longer knows the job."""
    forgetful.post()
    with sleeper(forgetful, point) as late:
        forgetful.take_over()
        wait_until(forgetful.has_forgotten, DEATH_S, "Redis has forgotten the jobs that have ended")
        finish(late)
    forgetful.verify()


@pytest.mark.parametrize("point", short_form(IN_TRANSACTION))
def test_a_writer_that_sleeps_in_its_transaction_keeps_the_others_waiting(lengthy: Scene, point: str) -> None:
    """The ledger's row lets nobody else in before it is decided whether the first one writes."""
    lengthy.post()
    with sleeper(lengthy, point) as late:
        lengthy.heir.send(signal.SIGCONT)
        wait_until(lambda: waits_for_a_lock(lengthy.run.place.database_url), DEATH_S, "the other writer waits")
        finish(late)
    lengthy.verify()


@contextmanager
def sleeper(scene: Scene, point: str) -> Iterator[Service]:
    """A writer that stands still at a point."""
    settings = {"SLUICE_CRASH_AT": point, "SLUICE_CRASH_SIGNAL": "STOP", "SLUICE_WRITER_THREADS": "1"}
    with scene.writer("sleeper", **settings) as service:
        wait_until(lambda: service.says(f"crash point {point}"), DEATH_S, f"a writer comes to {point}")
        wait_until(service.is_stopped, DEATH_S, "it stands still")
        yield service


def finish(late: Service) -> None:
    """Have it go on, finish what it has begun, and end."""
    late.send(signal.SIGTERM)
    late.send(signal.SIGCONT)
    assert late.process.wait(DEATH_S) == 0


def waits_for_a_lock(database_url: str) -> bool:
    """Whether a service waits for another one's transaction."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'sluice-%'"
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query).fetchone()
    return bool(row and row[0])

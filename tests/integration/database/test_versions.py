"""Which versions have been at work since when: what came is seen, and what was there already is not."""

import datetime
from collections.abc import Iterator

import psycopg
import pytest
import redis

from libs.database.server.pool import open_pool
from libs.database.statistics.versions import VersionNotes
from libs.jobs.watching.heartbeat import DEAD_AFTER_S, Heart, Heartbeats
from services.processor.promises.versions import VersionWatch
from tests.contract.test_heartbeats import later

DAY = datetime.timedelta(days=1)


@pytest.fixture
def notes(database_url: str) -> Iterator[VersionNotes]:
    with open_pool(database_url, "sluice_processor", name="p", size=1, statement_timeout_s=5, timeout_s=5) as pool:
        yield VersionNotes(pool, "ours")


def noted(database_url: str) -> list[list[str]]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT versions FROM ingest.versions_at_work ORDER BY entry").fetchall()
    return [versions for (versions,) in rows]


def came(notes: VersionNotes, since: datetime.datetime, until: datetime.datetime | None = None) -> list[str]:
    return [change.version for change in notes.changes(since, until or since + 2 * DAY)]


def test_a_version_that_comes_is_seen_also_when_it_comes_back(notes: VersionNotes, database_url: str) -> None:
    start = datetime.datetime.now(datetime.UTC) - DAY
    for versions in (["1"], ["1"], ["2", "1"], ["1", "2", "2"], ["2"], ["2", "1"], ["1"]):
        notes.note(versions)
    assert noted(database_url) == [["1"], ["1", "2"], ["2"], ["1", "2"], ["1"]]
    assert came(notes, start) == ["1", "2", "1"]


def test_what_was_at_work_when_the_time_begins_has_not_come_in_it(notes: VersionNotes) -> None:
    notes.note(["1"])
    between = datetime.datetime.now(datetime.UTC)
    notes.note(["1", "2"])
    after = datetime.datetime.now(datetime.UTC)
    assert came(notes, between) == ["2"]
    assert came(notes, after) == []
    assert came(notes, between - DAY, between) == ["1"]


def test_another_namespace_has_its_own(notes: VersionNotes, database_url: str) -> None:
    with open_pool(database_url, "sluice_processor", name="p", size=1, statement_timeout_s=5, timeout_s=5) as pool:
        theirs = VersionNotes(pool, "theirs")
        for each, version in ((notes, "1"), (theirs, "2"), (notes, "1")):
            each.note([version])
    assert noted(database_url) == [["1"], ["2"]]


def test_what_works_is_noted_and_what_died_is_not(
    notes: VersionNotes, database_url: str, redis_client: redis.Redis, namespace: str
) -> None:
    def beat(version: str) -> None:
        Heart(
            redis_client, namespace, kind="writer", name="w", version=version, threads=1, doing=list,
            draining=lambda: False,
        ).beat()  # fmt: skip

    watch = VersionWatch(Heartbeats(redis_client, namespace), notes)
    watch.look()
    beat("1")
    watch.look()
    later(redis_client, namespace, DEAD_AFTER_S + 1)
    beat("2")
    watch.look()
    later(redis_client, namespace, DEAD_AFTER_S + 1)
    watch.look()
    assert noted(database_url) == [["1"], ["2"]]

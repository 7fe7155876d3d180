"""With a long history every page and every statistic costs what it shows: by index, without a count of everything."""

import datetime
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import redis
from psycopg import sql
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.filters import JobFilter
from libs.contracts.inventory.reading import InventoryFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Before, JobStatus
from libs.contracts.statistics import Step
from libs.database.inventory.reader import InventoryReader
from libs.database.inventory.statements import MOST_LOOKED_AT
from libs.database.queries import QUERIES
from libs.database.reader import JobReader
from libs.database.server.pool import open_pool
from libs.database.statistics.reader import StatisticsReader as Points
from libs.database.statistics.rollup import Rollup
from libs.database.statistics.versions import VersionNotes
from libs.database.task_reader import TaskReader
from libs.database.tenants import set_tenant
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from libs.lookup.inventory import InventoryLookup, list_of
from libs.lookup.jobs import JobLookup
from libs.lookup.page_tokens import after_id
from libs.lookup.pages import JobPages
from libs.lookup.statistics import StatisticsLookup
from services.console.pages.speech import Speech
from services.console.pages.statistics.readings import StatisticsReader
from services.console.pages.statistics.spans import SPANS, Span
from tests.large_history import BUSY, CROWDED, DAYS, analyze, fill, fill_inventory, record_id
from tests.servers import cloned_database

LARGE = frozenset(
    {"job", "chunk", "statistics", "reject", "recipient", "processing_activity", "activity_recipient", "segment"}
)
"""Tables that nobody may read whole."""
LONGEST_S = 0.3
MOST_STATEMENTS = 12
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class History:
    """A database with a history that is counted, and what readers read it with."""

    pool: ConnectionPool
    pages: JobPages
    statistics: StatisticsLookup
    inventory: InventoryLookup
    over: StatisticsReader
    now: datetime.datetime
    large: bool

    def page(self, limit: int = 50, days_ago: float | None = None, **wanted: Any) -> Any:
        before = None if days_ago is None else Before(self.now - days_ago * DAY, uuid.UUID(int=0))
        page = self.pages.page(BUSY, JobFilter(**wanted), before=before, limit=limit)
        return page.jobs

    def records(self, entity: str, before: int | None = None, **wanted: Any) -> Any:
        """A page of records, and whether there is another one."""
        kind, filtered = ENTITIES[entity], InventoryFilter(**wanted)
        token = None if before is None else after_id(list_of(BUSY, kind, filtered), record_id(before))
        found, following = self.inventory.page(BUSY, kind, filtered, token=token, limit=50)
        return found.records, following

    def drawn(self, name: str) -> Any:
        """The page of statistics, as far as it is read and drawn."""
        step: Step = "minute" if SPANS[name] < 8 * DAY else "day"
        until = (self.now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        span = Span(until - SPANS[name], until, step, name, None)
        return self.over.read(BUSY, span, system=True).plots(Speech("vi", "Asia/Ho_Chi_Minh"))

    def over_time(self, days: float, step: Any, **of: Any) -> Any:
        found = self.statistics.over_time(BUSY, self.now - days * DAY, self.now, step, of.get("entity"))
        return found.points


@pytest.fixture(scope="module", params=[
    pytest.param((8_000, 4, 30_000), id="small"),
    pytest.param((5_000_000, 40, 3_000_000), id="large", marks=pytest.mark.slow),
])  # fmt: skip
def history(
    request: pytest.FixtureRequest, postgres: PostgresServer, template: str, redis_client: redis.Redis
) -> Iterator[History]:
    """A year of jobs; the large one takes some minutes and 10 GB."""
    jobs, others, records = request.param
    with cloned_database(postgres.url, template) as url:
        fill(url, jobs, others=others)
        fill_inventory(url, records, others=others)
        with open_pool(url, "sluice_processor", name="p", size=2, statement_timeout_s=60, timeout_s=5) as counting:
            rollup = Rollup(counting)
            while rollup.run():
                pass
        analyze(url)
        with open_pool(url, "sluice_reader", name="r", size=2, statement_timeout_s=15, timeout_s=5) as pool:
            store = JobStore(redis_client, f"history-{uuid.uuid4().hex[:8]}", Timing())
            reader = JobReader(pool)
            pages = JobPages(store, reader, TaskReader(pool))
            statistics = StatisticsLookup(store, Points(pool), pages)
            inventory = InventoryLookup(InventoryReader(pool), JobLookup(store, reader))
            over = StatisticsReader(statistics, VersionNotes(pool, "history"))
            yield History(
                pool, pages, statistics, inventory, over, datetime.datetime.now(datetime.UTC), jobs > 1_000_000
            )


READINGS: dict[str, Callable[[History], Any]] = {
    "the first page": lambda history: history.page(),
    "a page of half a year ago": lambda history: history.page(days_ago=DAYS / 2),
    "the last page": lambda history: history.page(days_ago=DAYS - 0.1),
    "the largest page": lambda history: history.page(limit=200),
    "what failed": lambda history: history.page(statuses=(JobStatus.FAILED,)),
    "what failed of an entity long ago": lambda history: history.page(
        statuses=(JobStatus.FAILED,), entities=("recipients",), days_ago=DAYS / 2
    ),
    "what was cancelled in a month": lambda history: history.page(
        statuses=(JobStatus.CANCELLED,), since=history.now - 60 * DAY, until=history.now - 30 * DAY
    ),
    "a lane that few use": lambda history: history.page(lanes=("high",)),
    "a lane that nobody uses": lambda history: history.page(lanes=("low",)) or True,
    "the last hour by the minute": lambda history: history.over_time(1 / 24, "minute"),
    "a week by the minute": lambda history: history.over_time(7, "minute"),
    "a week by the hour": lambda history: history.over_time(7, "hour"),
    "a year by the day": lambda history: history.over_time(365, "day"),
    "a year of an entity": lambda history: history.over_time(365, "day", entity="recipients"),
    "the page of a week": lambda history: history.drawn("week"),
    "the page of a year": lambda history: history.drawn("year"),
    "the first records": lambda history: history.records("recipients"),
    "records far down": lambda history: history.records("recipients", before=5_000),
    "words that many have": lambda history: history.records("recipients", q="bao hiem 7"),
    "words that nobody has": lambda history: history.records("processing-activities", q="khong co gi ca"),
    "a value that few have": lambda history: history.records("recipients", chosen={"recipient_type": ("internal",)}),
    "a record by its external id": lambda history: history.records("recipients", external_id="r-7"),
    "activities of a recipient": lambda history: history.records(
        "processing-activities", linked={"recipient_id": record_id(500)}
    ),
    "activities of a recipient of all": lambda history: history.records(
        "processing-activities", linked={"recipient_id": CROWDED}, chosen={"requires_dpia": ("true",)}
    ),
    "activities of a recipient of all far down": lambda history: history.records(
        "processing-activities", before=6_000, linked={"recipient_id": CROWDED}
    ),
    "an activity": lambda history: history.inventory.record(
        BUSY, ENTITIES["processing-activities"], str(record_id(500))
    ),
    "a recipient of all": lambda history: history.inventory.record(BUSY, ENTITIES["recipients"], str(CROWDED)),
    "the summary": lambda history: history.statistics.summary(BUSY, history.now).latest,
}
each_reading = pytest.mark.parametrize("read", READINGS.values(), ids=[name.replace(" ", "-") for name in READINGS])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@each_reading
def test_nothing_is_read_whole(
    history: History, read: Callable[[History], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement is explained, with the very values that it was given."""
    asked: list[tuple[Any, Any]] = []
    execute = psycopg.Cursor.execute

    def remember(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        asked.append((query, params))
        return execute(cursor, query, params, **options)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", remember)
        assert read(history)
    known = set(QUERIES.values())

    def reads(query: Any) -> bool:
        return not query.as_string(None).startswith("SET ") if isinstance(query, sql.Composed) else query in known

    statements = [(query, params) for query, params in asked if reads(query)]
    assert 0 < len(statements) <= MOST_STATEMENTS
    for query, params in statements:
        with history.pool.connection() as connection, connection.transaction():
            set_tenant(connection.cursor(), BUSY)
            composed = query if isinstance(query, sql.Composed) else sql.SQL(query)
            (explained,) = connection.execute(sql.SQL("EXPLAIN (FORMAT JSON) ") + composed, params).fetchone() or ((),)
        scans = [node["Relation Name"] for node in nodes(explained[0]["Plan"]) if node["Node Type"] == "Seq Scan"]
        assert LARGE.isdisjoint(scans), query


@each_reading
def test_every_reading_is_quick(history: History, read: Callable[[History], Any]) -> None:
    """The best of some tries: other processes may have the machine for a while."""
    tries = []
    for _ in range(5):
        began = time.perf_counter()
        read(history)
        tries.append(time.perf_counter() - began)
    if "TIMES" in os.environ:
        print(f"{min(tries) * 1000:6.1f} ms")  # noqa: T201
    assert min(tries) < LONGEST_S, tries


def test_a_search_looks_at_so_many_records_and_goes_on(history: History) -> None:
    recipients, nobody = ENTITIES["recipients"], InventoryFilter(q="khong co ai")
    found, token = history.inventory.page(BUSY, recipients, nobody, token=None, limit=50)
    assert (found.records, found.count, found.more) == ([], 0, True)
    first, _ = history.inventory.page(BUSY, recipients, InventoryFilter(), token=None, limit=50)
    assert (len(first.records), first.count, first.more) == (50, MOST_LOOKED_AT, True)
    pages = 1
    while token and not history.large:
        found, token = history.inventory.page(BUSY, recipients, nobody, token=token, limit=50)
        assert found.records == []
        pages += 1
    assert history.large or pages == 2


def test_all_that_is_linked_is_reached_page_by_page(history: History) -> None:
    """Whether few are linked, whom an index names, or a crowd, each of which is asked."""
    activities, few = ENTITIES["processing-activities"], {"recipient_id": record_id(501)}
    found, token = history.inventory.page(BUSY, activities, InventoryFilter(linked=few), token=None, limit=1)
    seen = [*found.records]
    while token:
        found, token = history.inventory.page(BUSY, activities, InventoryFilter(linked=few), token=token, limit=1)
        seen += found.records
    with history.pool.connection() as connection, connection.transaction():
        set_tenant(connection.cursor(), BUSY)
        query = "SELECT activity_id FROM inventory.activity_recipient WHERE recipient_id = %s ORDER BY 1 DESC"
        expected = [row[0] for row in connection.execute(query, (record_id(501),))]
    assert [each.activity_id for each in seen] == expected  # type: ignore[attr-defined]
    assert len(expected) > 1
    crowd = InventoryFilter(linked={"recipient_id": CROWDED})
    found, token = history.inventory.page(BUSY, activities, crowd, token=None, limit=200)
    assert (len(found.records), found.more, bool(token)) == (200, True, True)


def test_the_history_is_counted_exactly(history: History) -> None:
    points = history.over_time(DAYS + 1, "day")
    with history.pool.connection() as connection, connection.transaction():
        set_tenant(connection.cursor(), BUSY)
        query = "SELECT sum(created), sum(failed), count(*) FROM ingest.job"
        (row,) = connection.execute(query).fetchall()
    created, failed, jobs = (int(value) for value in row)
    assert sum(point.records.created for point in points) == created
    assert sum(point.records.failed for point in points) == failed
    assert sum(point.jobs.total for point in points) == jobs

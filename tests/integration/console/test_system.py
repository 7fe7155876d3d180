"""The page of the system: who works, what stands still, how the stores are, also while one is away or frozen."""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.faults.proxy import Loop, Proxy
from tests.integration.console.visitors.site import ConsoleProcess, Person, Site, words
from tests.integration.service_process import Scanner
from tests.waiting import wait_until

QUICK_S = 2.0 * 2
"""What the page may take, and as much again for a machine with other work: unbounded it is ten seconds and more."""
WATCHER = "jobs:read system:read"


class Wired(NamedTuple):
    """A console with its wires to both stores."""

    console: ConsoleProcess
    redis: Proxy
    database: Proxy


@pytest.fixture(scope="module")
def wired(
    site: Site, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, valkey: ValkeyServer
) -> Iterator[Wired]:
    """Another console of the site, whose wires can be taken away."""
    shared = site._shared
    with ExitStack() as opened:
        loop = opened.enter_context(Loop())
        redis = opened.enter_context(Proxy(loop, valkey.port))
        database = opened.enter_context(Proxy(loop, postgres.port))
        urls = {
            "redis_url": shared["redis_url"].replace(f":{valkey.port}", f":{redis.port}"),
            "database_url": make_conninfo(shared["database_url"], port=database.port),
        }
        console = opened.enter_context(
            ConsoleProcess(
                tmp_path_factory.mktemp("wired"), namespace=site.namespace, console_language="en",
                ingest_url=site.ingest.url, **urls,
            )
        )  # fmt: skip
        console.wait_ready(console.url)
        yield Wired(console, redis, database)


@pytest.fixture
def operator(wired: Wired, scanner: Scanner) -> Person:
    """Somebody who may do everything."""
    return Person(wired.console.url, scanner.tenant).sign_in()


@pytest.fixture
def watcher(wired: Wired, scanner: Scanner) -> Person:
    """Somebody who may look and do nothing."""
    return Person(wired.console.url, scanner.tenant, scope=WATCHER).sign_in()


def section(person: Person, name: str) -> str:
    """What the page says in one of its sections."""
    answer = person.get("/system")
    assert answer.status_code == 200, answer.text
    return part(answer.text, name)


def part(page: str, name: str) -> str:
    """The words of a section."""
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    assert found
    return words(found[1])


def test_the_page_shows_who_works_and_how_the_stores_are(watcher: Person) -> None:
    wait_until(lambda: "writer-t writer" in section(watcher, "workers"), 10, "a writer's sign of life")
    assert "works nothing 0/" in section(watcher, "workers")
    assert re.search(r"PostgreSQL Round trip [0-9.]+ ms Version 1[5-8].* Role primary Sessions [1-9][0-9]* of 1", words(
        watcher.get("/system").text.replace("answers", "")
    ))  # fmt: skip
    redis = section(watcher, "redis")
    for told in ("answers", "Version Valkey", "Role primary", "Memory", "yes (AOF)", "appendfsync always", "Clients"):
        assert told in redis
    assert "max_body_bytes 64 MiB" in section(watcher, "limits")
    assert all(f" {lane} " in f" {section(watcher, 'lanes')} " for lane in ("high", "normal", "low"))


def test_who_may_not_see_the_system_sees_no_link_and_no_page(wired: Wired, scanner: Scanner) -> None:
    person = Person(wired.console.url, scanner.tenant, scope="jobs:read jobs:write").sign_in()
    assert 'href="/system"' not in person.get("/").text
    answer = person.get("/system")
    assert (answer.status_code, "system:read" in answer.text) == (403, True)


def test_nothing_is_live_for_those_who_may_only_look(watcher: Person) -> None:
    page = watcher.get("/system").text
    assert "/system/lanes/" not in page
    assert 'data-opens="pause' not in page
    for lane in ("high", "all"):
        answer = watcher.post(f"/system/lanes/{lane}/pause", reason="I may not")
        assert (answer.status_code, "system:write" in answer.text) == (403, True)
    assert "stands still" not in section(watcher, "lanes")


def test_a_lane_is_paused_and_resumed_with_a_reason_that_is_shown_and_kept(
    site: Site, operator: Person, watcher: Person
) -> None:
    assert operator.post("/system/lanes/low/pause", reason=" ").status_code == 422
    assert operator.post("/system/lanes/middle/pause", reason="x").status_code == 404
    assert operator.post("/system/lanes/low/stop", reason="x").status_code == 404
    assert operator.post("/system/lanes/low/pause", origin="https://evil.example", reason="x").status_code == 403
    try:
        assert operator.post("/system/lanes/low/pause", reason="moving <b>disks").status_code == 303
        assert "low stands still by lan ," in section(watcher, "lanes")
        assert "moving <b>disks" in section(watcher, "lanes")
        assert operator.post("/system/lanes/all/pause", reason="all of it").status_code == 303
        assert section(watcher, "lanes").count("stands still") == 3
    finally:
        assert operator.post("/system/lanes/all/resume", reason="done").status_code == 303
    assert "stands still" not in section(watcher, "lanes")

    def kept() -> set[tuple[str, str, str]]:
        with psycopg.connect(site._shared["database_url"]) as connection:
            query = "SELECT action, entity, reason FROM ingest.audit WHERE tenant_id = %s"
            return set(connection.execute(query, (operator.tenant,)).fetchall())

    wanted = {("lane.pause", "lane:low", "moving <b>disks"), ("lane.resume", "lane:high", "done")}
    wait_until(lambda: wanted <= kept(), 20, "the audit trail has it")


def _frozen(proxy: Proxy) -> Callable[[], None]:
    proxy.swallow()
    return lambda: proxy.release(cut=True)


def _away(proxy: Proxy) -> Callable[[], None]:
    proxy.refuse()
    return proxy.accept


@pytest.mark.parametrize("trouble", [_frozen, _away])
def test_a_store_that_is_away_or_frozen_is_said_so_at_once(
    wired: Wired, watcher: Person, trouble: Callable[[Proxy], Callable[[], None]]
) -> None:
    stranger = Person(watcher.url, watcher.tenant)
    stranger.http.cookies.set("sluice_session", "x" * 43)
    for proxy, name, other in ((wired.database, "postgres", "redis"), (wired.redis, "redis", "postgres")):
        heal = trouble(proxy)
        try:
            for _ in range(2):  # one that is asked again, too
                began = time.monotonic()
                answer = watcher.get("/system")
                assert (answer.status_code, time.monotonic() - began < QUICK_S) == (200, True)
            assert "no answer for" in part(answer.text, name)
            assert "answers" in part(answer.text, other)
            if name == "redis":
                assert "Not known while Redis is away." in part(answer.text, "workers")
                began = time.monotonic()
                assert (stranger.get("/system").status_code, time.monotonic() - began < QUICK_S) == (503, True)
        finally:
            heal()
        wait_until(lambda name=name: "answers" in section(watcher, name), 30, "it is well again")


def test_who_has_signed_out_is_not_remembered(wired: Wired, scanner: Scanner) -> None:
    person = Person(wired.console.url, scanner.tenant, scope=WATCHER).sign_in()
    secret = person.http.cookies["sluice_session"]
    assert person.get("/system").status_code == 200
    assert person.post("/sign-out").status_code == 303
    person.http.cookies.set("sluice_session", secret)
    wired.redis.refuse()
    try:
        assert person.get("/system").status_code == 503
    finally:
        wired.redis.accept()


def test_a_schedule_is_seen_paused_and_run_by_whoever_may(
    site: Site, scanner: Scanner, operator: Person, watcher: Person
) -> None:
    assert "Nothing is scheduled." in section(watcher, "schedules")
    body = {"type": "analyze", "when": "hằng ngày 02:00", "parameters": {"file_id": str(uuid.uuid4())}}
    url = f"{site.ingest.url}/api/v1/schedules/nightly"
    assert site.ingest.http.put(url, json=body, headers=scanner.headers).status_code == 201
    assert "nightly file analysis hằng ngày 02:00" in section(watcher, "schedules")
    assert "Run now" not in section(watcher, "schedules")

    def act(person: Person, action: str, reason: str = "why") -> int:
        return person.post(f"/system/schedules/{action}", schedule="tenant/nightly", reason=reason).status_code

    assert [act(watcher, action) for action in ("run", "pause", "resume")] == [403, 403, 403]
    assert (act(operator, "run", ""), act(operator, "stop")) == (422, 404)
    assert act(operator, "pause") == 303
    assert "stands still" in section(watcher, "schedules")
    assert act(operator, "resume") == 303
    assert act(operator, "run") == 303
    assert re.search(r'/jobs/[0-9a-f-]{36}">waiting', watcher.get("/system").text)
    assert act(operator, "run") == 409  # its job has not ended, since there is no processor
    assert operator.post("/system/schedules/run", schedule="system/nightly", reason="x").status_code == 404

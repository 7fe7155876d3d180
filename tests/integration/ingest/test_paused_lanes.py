"""A paused lane on the services: over HTTP, with writers that run, and with a backlog that is full."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import Ingest, Scanner, Writer, running_both, several
from tests.servers import cloned_database
from tests.signing import bearer
from tests.waiting import wait_until

LANES, WORKERS = "/api/v1/lanes", "/api/v1/workers"
READ, WRITE = "system:read", "system:write"


class Operator:
    """Somebody who may see and steer what concerns no tenant."""

    def __init__(self, ingest: Ingest, scope: str = f"{READ} {WRITE}") -> None:
        self._http = ingest.http
        self.tenant = uuid.uuid4()
        self.headers = {"Authorization": bearer(self.tenant, scope=scope)}

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path, headers=self.headers)

    def act(self, path: str, **options: Any) -> httpx.Response:
        return self._http.post(path, headers=self.headers, **options)

    def lane(self, name: str) -> dict[str, Any]:
        lane: dict[str, Any] = next(lane for lane in self.get(LANES).json()["lanes"] if lane["lane"] == name)
        return lane

    def pause(self, name: str) -> None:
        assert self.act(f"{LANES}/{name}/pause").status_code == 200

    def resume(self, name: str) -> None:
        assert self.act(f"{LANES}/{name}/resume").status_code == 200


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, template: str) -> Iterator[str]:
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture(scope="module")
def running(
    url: str, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ingest, Writer]]:
    settings: dict[str, object] = {
        "redis_url": valkey.url, "database_url": url, "namespace": f"lanes-{uuid.uuid4().hex[:8]}",
    }  # fmt: skip
    small = {"tenant_backlog_max_bytes": 6_000}
    with running_both(tmp_path_factory.mktemp("lanes"), of_ingest=small, **settings) as both:
        yield both


@pytest.fixture
def ingest(running: tuple[Ingest, Writer]) -> Iterator[Ingest]:
    yield running[0]
    for lane in ("high", "normal", "low"):
        Operator(running[0]).resume(lane)


def test_a_paused_lane_accepts_and_writes_nothing_until_it_is_resumed(ingest: Ingest) -> None:
    operator, scanner = Operator(ingest), Scanner(ingest)
    operator.pause("low")
    answer = scanner.post(several(3), background=True, lane="low")
    assert answer.status_code == 202
    job = answer.json()["job_url"]
    assert scanner.post(several(2)).status_code == 201  # lane normal goes on, for the same tenant too
    lane = operator.lane("low")
    assert (lane["batches"]["open"], lane["weight"], bool(lane["paused"])) == (1, 1, True)
    assert lane["batches"]["oldest_seconds"] >= 0
    assert scanner.get(job).json()["status"] == "pending"
    operator.resume("low")
    assert scanner.ended(job)["records"]["created"] == 3
    assert operator.lane("low")["paused"] is None


def test_a_job_of_a_paused_lane_can_be_cancelled(ingest: Ingest) -> None:
    operator, scanner = Operator(ingest), Scanner(ingest)
    operator.pause("high")
    job = scanner.post(several(3), background=True, lane="high").json()["job_url"]
    assert scanner.act(f"{job}/cancel").status_code == 202
    assert scanner.ended(job)["status"] == "cancelled"


def test_who_paused_and_why_is_shown_and_audited(ingest: Ingest, url: str) -> None:
    operator = Operator(ingest)
    answer = operator.act(f"{LANES}/low/pause", json={"reason": "máy quét gửi trùng"})
    assert answer.status_code == 200
    paused = answer.json()["paused"]
    assert (paused["by"], paused["reason"]) == ("scanner-1", "máy quét gửi trùng")
    again = operator.act(f"{LANES}/low/pause", json={"reason": "another"})
    assert again.json()["paused"] == paused
    operator.act(f"{LANES}/low/resume", json={"reason": "xong"})
    operator.act(f"{LANES}/low/resume")

    def audited() -> list[tuple[Any, ...]]:
        with psycopg.connect(url) as connection:
            query = "SELECT action, entity, actor, reason FROM ingest.audit WHERE tenant_id = %s ORDER BY seq"
            return connection.execute(query, [operator.tenant]).fetchall()

    wait_until(lambda: len(audited()) == 2, 10, "both are audited, each once")
    assert audited() == [
        ("lane.pause", "lane:low", "scanner-1", "máy quét gửi trùng"), ("lane.resume", "lane:low", "scanner-1", "xong"),
    ]  # fmt: skip


@pytest.mark.parametrize("scope", [READ, "ingest:write jobs:read jobs:write rejects:read", ""])
@pytest.mark.parametrize("action", ["pause", "resume"])
def test_whoever_may_only_read_steers_nothing(ingest: Ingest, scope: str, action: str) -> None:
    operator = Operator(ingest)
    if action == "resume":
        operator.pause("low")
    before = operator.lane("low")["paused"]
    answer = Operator(ingest, scope).act(f"{LANES}/low/{action}")
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_SCOPE")
    assert operator.lane("low")["paused"] == before


@pytest.mark.parametrize("path", [LANES, WORKERS])
def test_what_concerns_no_tenant_has_scopes_of_its_own(ingest: Ingest, path: str) -> None:
    assert Scanner(ingest).get(path).status_code == 403
    assert ingest.http.get(path).status_code == 401
    for scope in (READ, WRITE):
        assert Operator(ingest, scope).get(path).status_code == 200


def test_nothing_of_a_tenant_is_shown(ingest: Ingest) -> None:
    operator, scanner = Operator(ingest), Scanner(ingest)
    operator.pause("low")
    job = scanner.post(several(3), background=True, lane="low").json()["job_id"]
    for path in (LANES, WORKERS):
        shown = operator.get(path).text
        assert str(scanner.tenant) not in shown
        assert job not in shown


@pytest.mark.parametrize(("path", "body", "status", "code"), [
    ("fast/pause", None, 404, "LANE_NOT_FOUND"), ("low/stop", None, 404, "NOT_FOUND"),
    ("low/pause", {"why": "x"}, 422, "REASON_UNFIT"), ("low/pause", {"reason": "x" * 501}, 422, "REASON_UNFIT"),
    ("low/pause?reason=x", None, 400, "BAD_PARAMETER"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused(ingest: Ingest, path: str, body: Any, status: int, code: str) -> None:
    answer = Operator(ingest).act(f"{LANES}/{path}", **({} if body is None else {"json": body}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ingest.http.get(f"{LANES}/low/pause", headers=Operator(ingest).headers).status_code == 405


def test_a_full_backlog_says_what_stands_still(ingest: Ingest) -> None:
    operator, scanner = Operator(ingest), Scanner(ingest)
    operator.pause("normal")
    answers = [scanner.post(several(5), background=True) for _ in range(4)]
    assert answers[0].status_code == 202
    refused = wait_until(
        lambda: next((each for each in [scanner.post(several(5), background=True)] if each.status_code == 429), None),
        10, "the backlog is full",
    )  # fmt: skip
    body = refused.json()
    assert (body["code"], body["paused_lanes"]) == ("TENANT_BACKLOG", ["normal"])
    assert "An operator has paused: normal" in body["detail"]
    assert "tạm dừng: normal" in body["detail_vi"]
    operator.resume("normal")
    for answer in answers:
        if answer.status_code == 202:
            assert scanner.ended(answer.json()["job_url"])["status"] == "completed"


def test_a_writer_is_seen_at_work_and_at_its_end(
    ingest: Ingest, running: tuple[Ingest, Writer], url: str, valkey: ValkeyServer
) -> None:
    operator = Operator(ingest)
    wait_until(lambda: operator.get(WORKERS).json()["workers"], 10, "the writer beats")
    (seen,) = operator.get(WORKERS).json()["workers"]
    assert (seen["kind"], seen["name"], seen["state"]) == ("writer", "writer-t", "working")
    assert seen["pid"] == running[1].process.pid

"""Findings, rules and deadlines by HTTP."""

import csv
import io
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.compliance.findings import FindingFilter
from libs.contracts.compliance.findings import FindingRow, today
from libs.database.server.pool import open_pool
from libs.lookup import page_tokens
from services.ingest.findings.resource import list_of
from tests.integration.compliance.inventory import DAY, RulesBench
from tests.integration.service_process import Ingest, running_ingest
from tests.integration.tasks.workplace.bench import Bench
from tests.servers import cloned_database
from tests.signing import bearer

Place = tuple[Ingest, Bench, ConnectionPool]
OWN = {"entity": "recipients", "field": "contact", "operator": "missing", "severity": "info", "text_vi": "Thiếu"}


@pytest.fixture(scope="module")
def place(
    postgres: PostgresServer, template: str, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Ingest, and an engine beside it on the same database."""
    folder = tmp_path_factory.mktemp("findings")
    with (
        cloned_database(postgres.url, template) as url,
        open_pool(url, "sluice_reader", name="r", size=2, statement_timeout_s=15, timeout_s=5) as readers,
        running_ingest(
            folder, redis_url=valkey.url, database_url=url, namespace=f"findings-{uuid.uuid4().hex[:12]}",
            files_url=f"file://{folder}/files",
        ) as ingest,
    ):  # fmt: skip
        bench = Bench(url, uuid.uuid4())
        yield ingest, bench, readers
        bench.close()


class Visitor:
    """Somebody of a tenant of one's own, with a scope or another."""

    def __init__(self, place: Place) -> None:
        self.ingest, bench, readers = place
        self.it = RulesBench(bench, readers)

    def ask(self, method: str, path: str, scope: str = "inventory:read", **options: Any) -> httpx.Response:
        headers = {"Authorization": bearer(self.it.tenant, scope=scope), **options.pop("headers", {})}
        return self.ingest.http.request(method, f"/api/v1{path}", headers=headers, **options)

    def get(self, path: str, **headers: str) -> Any:
        answer = self.ask("GET", path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.ask("POST", path, "jobs:write", json=body)


@pytest.fixture
def visitor(place: Place) -> Visitor:
    return Visitor(place)


def is_problem(answer: httpx.Response, status: int, code: str, pointer: str | None = None) -> bool:
    body = answer.json()
    return (answer.status_code, body["code"], body.get("pointer")) == (status, code, pointer)


def test_findings_are_read_by_page_filter_and_record(visitor: Visitor) -> None:
    records = sorted(str(visitor.it.inventory.recipient(external_id=f"r-{number}")) for number in range(3))
    assert visitor.get("/findings") == {"findings": [], "next_page_token": None}
    visitor.it.run()
    first = visitor.get("/findings?severity=warning&code=REC-01&limit=2")
    assert [each["record_id"] for each in first["findings"]] == records[:2]
    rest = visitor.get(f"/findings?severity=warning&code=REC-01&limit=2&page_token={first['next_page_token']}")
    assert ([each["record_id"] for each in rest["findings"]], rest["next_page_token"]) == (records[2:], None)
    one = first["findings"][0]
    assert {name: one[name] for name in ("code", "severity", "entity", "state", "new", "name_vi", "accepted")} == {
        "code": "REC-01", "severity": "warning", "entity": "recipients", "state": "open", "new": True,
        "name_vi": "Ngân hàng", "accepted": None,
    }  # fmt: skip
    assert one["external_id"].startswith("r-")
    assert one["text"] == "Contact of the recipient is missing"
    assert visitor.get(f"/findings/REC-01/{records[0]}") == one
    shown = visitor.get(f"/inventory/recipients/{records[0]}")
    assert [each["code"] for each in shown["findings"]] == ["REC-04", "REC-01", "REC-02"]
    assert [each["code"] for each in visitor.get(f"/findings?record={records[0]}")["findings"]] == [
        each["code"] for each in shown["findings"]
    ]
    assert [each["code"] for each in visitor.get("/findings?entity=organisation")["findings"]] == ["ORG-04"]
    by_article = visitor.get("/findings?article=D356 19&article=D356 7&limit=10")["findings"]
    assert {each["code"] for each in by_article} == {"ORG-04", "REC-04", "REC-01"}
    assert {each["code"] for each in visitor.get("/findings?article=Mẫu 10")["findings"]} == {"ORG-04", "REC-01"}


def test_what_a_list_is_asked_wrongly_is_refused(visitor: Visitor) -> None:
    visitor.it.inventory.recipient()
    visitor.it.inventory.recipient()
    visitor.it.run()
    token = visitor.get("/findings?code=REC-01&limit=1")["next_page_token"]
    of, made_up = list_of(visitor.it.tenant, FindingFilter()), ("x", "ACT-01|zz", f"ACT-01\0|{uuid.UUID(int=0)}")
    for query in (
        "severity=grave", "entity=people", "article=L2", "article=L20.1",
        "state=shut", "record=x", "new=maybe", "limit=0", "limit=201", "code=",
        "x=1",
        *(f"page_token={page_tokens.after_text(of, text)}" for text in made_up),
        f"code=REC-02&page_token={token}", "page_token=x", f"page_token={token[:-1]}",
    ):  # fmt: skip
        assert is_problem(visitor.ask("GET", f"/findings?{query}"), 400, "BAD_PARAMETER"), query
    for path in (f"/findings/REC-01/{uuid.uuid4()}", "/findings/REC-01/x", f"/findings/NO/{uuid.uuid4()}",
                 f"/findings/%00/{uuid.uuid4()}", f"/findings/A%0AB/{uuid.uuid4()}"):  # fmt: skip
        assert is_problem(visitor.ask("GET", path), 404, "FINDING_NOT_FOUND")


def test_a_finding_is_accepted_and_reopened_by_whoever_may_steer(visitor: Visitor) -> None:
    record = visitor.it.inventory.recipient()
    visitor.it.run()
    path = f"/findings/REC-01/{record}"
    good = {"reason": "Đang bổ sung", "until": str(today() + DAY)}
    assert visitor.ask("POST", f"{path}/accept", json=good).status_code == 403
    accepted = visitor.post(f"{path}/accept", good)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert good.items() <= accepted.json()["accepted"].items()
    assert [each["code"] for each in visitor.get("/findings?state=accepted")["findings"]] == ["REC-01"]
    assert {each["code"]: each["accepted"] for each in visitor.get("/rules")["rules"]}["REC-01"] == 1
    assert visitor.post(f"{path}/reopen", {"reason": "bổ sung rồi"}).json()["state"] == "open"
    assert is_problem(visitor.post(f"{path}/reopen", {}), 409, "FINDING_NOT_ACCEPTED")
    for body, pointer in (
        ({**good, "reason": ""}, "/reason"), ({"until": good["until"]}, "/reason"),
        ({**good, "until": "soon"}, "/until"), ({**good, "x": 1}, "/x"), ({**good, "reason": "a\nb"}, ""), ([], ""),
        ({**good, "reason": "a\0"}, ""),
    ):  # fmt: skip
        assert is_problem(visitor.post(f"{path}/accept", body), 422, "FINDING_BODY", pointer), body
    assert is_problem(visitor.post(f"{path}/accept", {**good, "until": "2020-01-01"}), 422, "ACCEPT_UNTIL")
    for code in ("REC-03", "%00", "'", "x" * 40):
        assert is_problem(visitor.post(f"/findings/{code}/{record}/accept", good), 404, "FINDING_NOT_FOUND")
        assert visitor.post(f"/findings/{code}/{record}/reopen", {}).status_code in (404, 409)


def test_all_findings_are_a_table_in_which_nothing_computes(visitor: Visitor) -> None:
    visitor.it.inventory.recipient(name_vi='=HYPERLINK("http://x")', external_id="@sum")
    visitor.it.run()
    answer = visitor.ask("GET", "/findings?code=REC-01", headers={"Accept": "text/csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="findings.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert tuple(row) == FindingRow.__struct_fields__
    assert (row["name_vi"], row["external_id"], row["state"]) == ('\'=HYPERLINK("http://x")', "'@sum", "open")
    lines = visitor.ask("GET", "/findings?code=REC-01", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert json.loads(lines[0])["name_vi"] == '=HYPERLINK("http://x")'
    assert visitor.ask("GET", "/findings", headers={"Accept": "image/png"}).status_code == 406


def test_rules_of_ones_own(visitor: Visitor) -> None:
    def put(body: Any, code: str = "OWN-1") -> httpx.Response:
        return visitor.ask("PUT", f"/rules/{code}", "jobs:write", json=body)

    made = put(OWN)
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/rules/OWN-1")
    assert put(OWN).status_code == 200
    assert visitor.get("/rules/OWN-1")["field"] == "contact"
    assert {each["code"] for each in visitor.get("/rules")["rules"] if each["own"]} == {"OWN-1"}
    assert visitor.ask("PUT", "/rules/OWN-2", json=OWN).status_code == 403
    for body, pointer in (
        ({**OWN, "field": "contact) OR (1=1"}, "/field"), ({**OWN, "entity": "people"}, "/entity"),
        ({**OWN, "operator": "IN"}, "/operator"), ({**OWN, "sql": "SELECT 1"}, "/sql"),
        ({**OWN, "value": {"$gt": 1}}, "/value"),
        ({**OWN, "operator": "equals", "value": "a\0"}, "/value"), ({**OWN, "text_vi": " "}, ""),
    ):  # fmt: skip
        assert is_problem(put(body), 422, "OWN_RULE_UNFIT", pointer), body
    assert is_problem(put(OWN, "ACT-01"), 422, "RULE_CODE")
    assert visitor.ask("DELETE", "/rules/OWN-1", "jobs:write").status_code == 204
    assert is_problem(visitor.ask("DELETE", "/rules/OWN-1", "jobs:write"), 404, "RULE_NOT_FOUND")


@pytest.mark.parametrize("depth", [100, 600, 900, 950, 2_000])
def test_what_is_nested_too_deeply_is_no_value_of_a_rule_or_a_schedule(visitor: Visitor, depth: int) -> None:
    rule = OWN | {"operator": "equals", "value": "deep"}
    schedule = {"type": "rules", "when": "daily 05:00", "parameters": {"x": "deep"}}
    for path, scope, body in (("/rules/OWN-1", "jobs:write", rule), ("/schedules/a", "ingest:write", schedule)):
        for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            content = json.dumps(body).replace('"deep"', deep)
            answer = visitor.ask("PUT", path, scope, content=content, headers={"Content-Type": "application/json"})
            assert is_problem(answer, 400, "MALFORMED_BODY"), (path, deep[:5])


def test_deadlines_are_pages(visitor: Visitor) -> None:
    for days in (0, 0, 30):
        visitor.it.inventory.transfer(started_on=today() - days * DAY)
    first = visitor.get("/deadlines?limit=2")
    assert [each["days_left"] for each in first["deadlines"]] == [30, 60]
    rest = visitor.get(f"/deadlines?limit=2&page_token={first['next_page_token']}")
    assert ([each["days_left"] for each in rest["deadlines"]], rest["next_page_token"]) == ([60], None)
    assert [each["kind"] for each in visitor.get("/deadlines?days=30")["deadlines"]] == ["transfer-dossier"]
    assert visitor.ask("GET", f"/deadlines?days=5&page_token={first['next_page_token']}").status_code == 400
    of = uuid.uuid5(visitor.it.tenant, "deadlines 183")
    for text in ("x", f"{today()}|a", f"{today()}|a|zz", f"{today()}|a\0|{uuid.UUID(int=0)}"):
        answer = visitor.ask("GET", f"/deadlines?page_token={page_tokens.after_text(of, text)}")
        assert is_problem(answer, 400, "BAD_PARAMETER"), text
    assert first["today"] == str(today())


def test_who_may_not_read_records_reads_no_findings(visitor: Visitor) -> None:
    for path in ("/findings", "/rules", "/deadlines", f"/findings/REC-01/{uuid.uuid4()}", "/rules/OWN-1"):
        assert visitor.ask("GET", path, "jobs:read ingest:write").status_code == 403
        assert visitor.ask("GET", path, "jobs:write").status_code in (200, 404)


def test_a_run_is_opened_as_every_task_is(visitor: Visitor) -> None:
    opened = visitor.ask("POST", "/jobs/rules", "ingest:write", json={}, headers={"Idempotency-Key": "a"})
    assert (opened.status_code, opened.json()["type"]) == (202, "rules")
    again = visitor.ask("POST", "/jobs/rules", "ingest:write", headers={"Idempotency-Key": "a"})
    assert again.json()["id"] == opened.json()["id"]
    assert is_problem(visitor.ask("POST", "/jobs/rules", "ingest:write", json={"x": 1}), 422, "TASK_PARAMETERS", "/x")
    body = {"type": "rules", "when": "daily 05:00"}
    put = visitor.ask("PUT", "/schedules/rules", "ingest:write", json=body)
    assert (put.status_code, put.json()["parameters"]) == (201, {})

"""What operators see of ingest and a writer: every metric, and nothing that is private, whatever clients send."""

import contextlib
import json
import re
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import httpx
import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.telemetry import metrics
from tests.integration.service_process import (
    RECIPIENT,
    Ingest,
    Scanner,
    Writer,
    running_both,
    several,
)
from tests.servers import cloned_database
from tests.signing import SECRET, bearer
from tests.waiting import wait_until

MARK = "QZ7bimat7QZ"
"""Stands in every value that must not be seen."""
STATE = {
    "sluice_state_readable", "sluice_state_age_seconds", "sluice_build_info", "sluice_lane_paused",
    "sluice_queue_depth", "sluice_open_chunks", "sluice_oldest_open_job_seconds", "sluice_pending_bytes",
    "sluice_drain_bytes_per_second",
}  # fmt: skip
OWN = {
    "ingest": ("requests", "intake", "identity", "stores", "process"),
    "writer": ("writing", "stores", "promises", "process"),
}
"""Whose metrics each service counts, by modules of `libs.telemetry.metrics`."""
SHOWN = {
    "ingest": STATE | {"sluice_admission_used_ratio", "sluice_admission_limit_bytes", "sluice_metrics_complete"},
    "writer": STATE | {"sluice_pool_connections", "sluice_longest_chunk_seconds"},
}


@dataclass(frozen=True)
class Services:
    """Ingest with two workers, a writer, and a tenant who has used both."""

    ingest: Ingest
    writer: Writer
    scanner: Scanner
    private: set[str]
    """Ids and passwords that belong into no metric, and into no log unless they are ids."""

    def page(self, name: str) -> str:
        """A page of metrics."""
        url = self.ingest.metrics_url if name == "ingest" else self.writer.url
        return httpx.get(f"{url}/metrics", trust_env=False).text


@pytest.fixture(scope="module")
def services(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, valkey: ValkeyServer, template: str
) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("seen")
    (folder / "multiprocess").mkdir()
    shared = {"redis_url": valkey.url, "namespace": f"seen-{uuid.uuid4().hex[:12]}", "log_level": "debug"}
    with contextlib.ExitStack() as running:
        shared["database_url"] = running.enter_context(cloned_database(postgres.url, template))
        two_workers = {
            "ingest_workers": 2, "body_grace_seconds": 1, "PROMETHEUS_MULTIPROC_DIR": folder / "multiprocess",
        }  # fmt: skip
        addresses = {f"{name}_file": folder / name for name in ("redis_url", "database_url")}
        for name in ("redis_url", "database_url"):
            addresses[f"{name}_file"].write_text(shared.pop(name) + "\n")
        ingest, writer = running.enter_context(running_both(folder, of_ingest=two_workers, **shared, **addresses))
        scanner = Scanner(ingest)
        jobs = use_well(scanner)
        use_badly(ingest, scanner)
        private = {str(scanner.tenant), *jobs, *passwords(*(each.read_text() for each in addresses.values()))}
        yield Services(ingest, writer, scanner, private)


def passwords(*addresses: str) -> set[str]:
    """The passwords in a URL and in keywords."""
    return {found for each in addresses for found in re.findall(r"(?::|password=)([0-9a-f]{16,})", each)}


def use_well(scanner: Scanner) -> set[str]:
    """Requests of every kind as a scanner sends them; their jobs."""
    marked = [{**RECIPIENT, "name_vi": f"{MARK} {number}", "external_id": f"{MARK}-{number}"} for number in range(8)]
    faulty = [{**RECIPIENT, "name_vi": MARK, "country_code": MARK}, {**RECIPIENT, "contact": [MARK], MARK: MARK}]
    answers = [
        scanner.post([*marked, *faulty], key=f"{MARK}-key"),
        scanner.post(marked),  # the writer meets names that exist
        scanner.post([{**RECIPIENT, "name_vi": MARK, "contact": "ab\\u0000"}], background=True),
        scanner.post(several(3), dry_run="true"),
        scanner.post([*several(2), *faulty], on_error="abort"),
    ]
    activity = {"activity_name_vi": MARK, "legal_basis": "consent", "recipient_ids": [str(uuid.uuid4())]}
    url = scanner.path(entity="processing-activities")
    answers.append(scanner._http.post(url, json={"activities": [activity]}, headers=scanner.headers))
    assert {answer.status_code for answer in answers} <= {200, 201, 202, 422}
    for answer in answers:
        job_url = answer.json()["job_url"]
        for tail in ("", "/progress", "/errors", "/rejects"):
            scanner.get(job_url + tail)
        scanner.act(f"{job_url}/cancel")
    scanner.get("/api/v1/jobs")
    return {answer.json()["job_id"] for answer in answers}


def use_badly(ingest: Ingest, scanner: Scanner) -> None:
    """Requests that are refused by the application, by gunicorn, or by nobody because they never end."""
    stranger = Scanner(ingest)
    for headers in ({}, {"Authorization": f"Bearer {MARK}"}, {"Authorization": bearer(uuid.uuid4(), sub=MARK)}):
        stranger.headers = headers
        stranger.post([RECIPIENT])
        stranger.get(f"/api/v1/jobs/{MARK}?page_token={MARK}")
        stranger.get(f"/{MARK}", **{"X-Request-ID": f"<{MARK}>"})
    scanner.get(f"/api/v1/jobs?status={MARK}&{MARK}=1")
    path, token = scanner.path(), scanner.headers["Authorization"]
    body = json.dumps({"recipients": [{**RECIPIENT, "name_vi": MARK}]})
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    good = f"{head}Authorization: {token}\r\n"
    for request in (
        f"{head}Authorization {token}\r\n\r\n",
        f"{head}Authorization : {token}\r\n\r\n",
        f"{head}{token}\r\n\r\n",
        f"{head}X: {MARK}\0\r\n\r\n",
        f"GET /{MARK} {MARK}\r\n\r\n",
        f"{MARK} / HTTP/1.1\r\n\r\n",
        f"{head}Transfer-Encoding: {MARK}\r\n\r\n",
        f"{head}Expect: {MARK}\r\n\r\n",
        f"{good}Content-Length: {MARK}\r\n\r\n{body}",
        f"{good}Transfer-Encoding: chunked\r\n\r\n{body}\r\n0\r\n\r\n",
        f"{good}Transfer-Encoding: chunked\r\n\r\n5\r\n{body}\r\n0\r\n\r\n",
        f"{good}Transfer-Encoding: chunked\r\n\r\n5;{MARK}\0\r\n{body}\r\n0\r\n\r\n",
        f"{good}Content-Length: 1000\r\n\r\n{body}",
        f"{good}Content-Length: {len(body) - 4}\r\n\r\n{body}{MARK}",
        body,
    ):
        with socket.create_connection((HOST, ingest.port), timeout=10) as connection:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while connection.recv(65_536):
                    pass


def declared(name: str) -> dict[str, Counter | Gauge | Histogram]:
    """What a service counts."""
    modules = [import_module(f"{metrics.__name__}.{module}") for module in OWN[name]]
    found = [value for module in modules for value in vars(module).values()]
    return {value._name: value for value in found if isinstance(value, Counter | Gauge | Histogram)}


@pytest.mark.parametrize("name", OWN)
def test_a_service_exposes_what_it_counts_with_its_help_and_nothing_of_others(services: Services, name: str) -> None:
    families = {family.name: family for family in text_string_to_metric_families(services.page(name))}
    ours = declared(name)
    assert {found for found in families if found.startswith("sluice_")} == ours.keys() | SHOWN[name]
    for known, metric in ours.items():
        assert families[known].documentation == metric._documentation
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds"} <= families.keys()
    assert not any(sample.name.endswith("_created") for family in families.values() for sample in family.samples)


@pytest.mark.parametrize("name", OWN)
def test_what_may_be_alerted_on_is_there_before_it_happens(services: Services, name: str) -> None:
    page = services.page(name)
    for series in {
        "ingest": ('admission_refusals_total{scope="memory"}', 'problems_total{code="QUEUE_UNAVAILABLE"}',
                   'requests_total{method="POST",route="/api/v1/tenants/{tenant_id}/batch/{entity}",status="503"}'),
        "writer": ('chunk_retries_total{kind="unexpected"}', 'unreadable_total{kind="due"}',
                   'tick_failures_total{thread="sweep"}', 'records_total{entity="data-transfers",outcome="failed"}',
                   'copy_rows_total{table="activity_recipient"}'),
    }[name]:  # fmt: skip
        assert f"sluice_{series} 0.0" in page


@pytest.mark.parametrize("name", ["ingest", "writer"])
def test_metrics_are_ours_and_name_nobody(services: Services, name: str) -> None:
    page = services.page(name)
    for private in (*services.private, MARK, "QZ7"):
        assert private not in page
    for family in text_string_to_metric_families(page):
        assert family.documentation
        assert family.name.startswith(("sluice_", "python_", "process_"))
        for sample in family.samples:
            assert not sample.labels.keys() & {"tenant", "tenant_id", "job", "job_id", "external_id", "path", "subject"}
            for value in sample.labels.values():
                assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", value)


def test_routes_are_templates_and_few(services: Services) -> None:
    """So that no client can make more of them."""
    families = {family.name: family for family in text_string_to_metric_families(services.page("ingest"))}
    routes = {sample.labels["route"] for sample in families["sluice_requests"].samples}
    assert "/api/v1/tenants/{tenant_id}/batch/{entity}" in routes
    assert "unknown" in routes
    assert len(routes) <= 14
    methods = {sample.labels["method"] for sample in families["sluice_requests"].samples}
    assert methods <= {"GET", "POST", "other"}


def test_the_workers_of_ingest_are_counted_together(services: Services) -> None:

    def submitted() -> float:
        for family in text_string_to_metric_families(services.page("ingest")):
            for sample in family.samples:
                if sample.labels == {"entity": "recipients", "verdict": "accepted"} and family.type == "counter":
                    return sample.value
        return 0.0

    before = submitted()
    for _ in range(12):  # a new connection each, so that both workers get some
        with httpx.Client(base_url=services.ingest.url, trust_env=False) as http:
            answer = http.post(
                services.scanner.path(background=True),
                json={"recipients": several(5)},
                headers=services.scanner.headers,
            )
            assert answer.status_code == 202
    assert submitted() == before + 60


def test_the_state_of_the_queue_is_shown_and_comes_to_rest(services: Services) -> None:
    def at_rest() -> bool:
        page = services.page("ingest")
        return "sluice_pending_bytes 0.0" in page and "sluice_oldest_open_job_seconds 0.0" in page

    wait_until(at_rest, 20, "nothing is pending")
    assert 'sluice_queue_depth{lane="normal"} 0.0' in services.page("writer")
    assert 'sluice_state_readable{store="redis"} 1.0' in services.page("writer")


@pytest.mark.parametrize("name", ["ingest", "writer"])
def test_logs_hold_no_value_no_token_and_no_password(services: Services, name: str) -> None:
    log = (services.ingest if name == "ingest" else services.writer).log
    assert log
    token = services.scanner.headers["Authorization"].removeprefix("Bearer ")
    for private in ("QZ7", *token.split("."), SECRET.decode(), "Công ty", "Người nhận"):
        assert private not in log, [line for line in log.splitlines() if private in line][:3]
    for private in services.private:
        if len(private) != len(str(services.scanner.tenant)):
            assert private not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("name", ["ingest", "writer"])
def test_logs_are_json_one_event_a_line(services: Services, name: str) -> None:
    lines = (services.ingest if name == "ingest" else services.writer).log.splitlines()
    for line in lines:
        event = json.loads(line)
        assert {"event", "level", "timestamp", "service"} <= event.keys()
        assert event["service"] == name
        assert event["level"] != "error"


def test_a_request_is_logged_with_its_route_status_and_trace(services: Services) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"X-Request-ID": "request-77", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    services.scanner.get(f"/api/v1/jobs/{uuid.uuid4()}", **headers)
    (line,) = wait_until(
        lambda: [line for line in services.ingest.log.splitlines() if "request-77" in line], 10, "it is logged"
    )
    event = json.loads(line)
    assert event.items() >= {
        "event": "request", "route": "/api/v1/jobs/{job}", "status": 404, "method": "GET", "trace_id": trace,
    }.items()  # fmt: skip


def test_a_chunk_is_logged_with_the_request_that_brought_it(services: Services) -> None:
    services.scanner.headers["X-Request-ID"] = "request-88"
    job_id = services.scanner.post(several(1)).json()["job_id"]
    del services.scanner.headers["X-Request-ID"]

    def settled() -> list[dict]:
        events = [json.loads(line) for line in services.writer.log.splitlines() if job_id in line]
        return [event for event in events if event["event"] == "chunk_settled"]

    (event,) = wait_until(settled, 10, "it is logged")
    assert event["request_id"] == "request-88"
    assert event["created"] == 1

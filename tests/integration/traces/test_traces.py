"""One trace from a request to the COPY of its chunks, and from a task to its segments; taken by a real receiver."""

import json
import re
import secrets
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.console.visitors.site import ConsoleProcess
from tests.integration.service_process import (
    RECIPIENT,
    Ingest,
    Scanner,
    ServiceProcess,
    Writer,
    nothing_here,
    running_ingest,
    several,
)
from tests.integration.traces.receiver import Receiver, Told, receiving
from tests.integration.uploads.service import Owner
from tests.servers import cloned_database
from tests.signing import SECRET
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("traces")

MARK = "QZ7bimat7QZ"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
"""Kinds of spans, as the protocol numbers them."""
PROCESSOR = (sys.executable, "-m", "services.processor.main")
BATCHES = "/api/v1/tenants/{tenant_id}/batch/{entity}"
CSV = "name_vi,recipient_type\n" + "".join(f"{MARK} {number},processor\n" for number in range(3))


@dataclass(frozen=True)
class Site:
    """Services that tell their spans to a receiver."""

    ingest: Ingest
    console: ConsoleProcess
    logs: dict[str, ServiceProcess]
    receiver: Receiver
    database_url: str
    secrets: set[str]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("traced")
    with ExitStack() as running:
        receiver = running.enter_context(receiving())
        database_url = running.enter_context(cloned_database(postgres.url, template))
        settings: dict[str, object] = {
            "redis_url": valkey.url, "database_url": database_url, "namespace": f"traces-{uuid.uuid4().hex[:12]}",
            "files_url": (folder / "files").as_uri(), "log_level": "debug",
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": 100,
        }  # fmt: skip
        (folder / "headers").write_text("authorization=Bearer%20of-the-collector\n")
        settings["OTEL_EXPORTER_OTLP_HEADERS_FILE"] = folder / "headers"
        bind = f"{HOST}:{free_port()}"
        writer = running.enter_context(Writer(folder, **settings))
        processor = running.enter_context(ServiceProcess(PROCESSOR, folder, metrics_bind=bind, **settings))
        ingest = running.enter_context(Ingest(folder, **settings))
        console = running.enter_context(ConsoleProcess(folder, **settings))
        for process, url in (
            (writer, writer.url), (ingest, ingest.url), (processor, f"http://{bind}"), (console, console.url),
        ):  # fmt: skip
            process.wait_ready(url)
        private = {MARK, SECRET.decode(), valkey.url, database_url}
        yield Site(
            ingest,
            console,
            {"writer": writer, "ingest": ingest, "processor": processor},
            receiver,
            database_url,
            private,
        )


def new_trace() -> tuple[str, dict[str, str]]:
    """A trace that somebody else has begun, and the header that goes on with it."""
    trace = secrets.token_hex(16)
    return trace, {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}


def chain(site: Site, trace: str, *names: str) -> list[Told]:
    """The spans of these names, each the parent of the next, from the trace's first one on."""

    def found() -> list[Told]:
        spans, parent, way = site.receiver.of(trace), "00f067aa0ba902b7", []
        for name in names:
            below = [span for span in spans if span.name == name and span.parent == parent]
            if not below:
                return []
            way.append(below[0])
            parent = below[0].span_id
        return way

    return wait_until(found, 20, f"the spans {names} among {[span.name for span in site.receiver.of(trace)]}")


def test_one_trace_goes_from_the_request_through_redis_to_the_copy(site: Site) -> None:
    trace, headers = new_trace()
    scanner = Scanner(site.ingest)
    scanner.headers |= headers
    answer = scanner.post([{**RECIPIENT, "name_vi": MARK}, {**RECIPIENT, "name_vi": f"{MARK} 2"}])
    assert answer.status_code == 201
    request, opening, chunk, copy = chain(site, trace, f"POST {BATCHES}", "open batch", "chunk", "COPY recipient")
    chain(site, trace, f"POST {BATCHES}", "open batch", "chunk", "settle chunk")
    chain(site, trace, f"POST {BATCHES}", "validate batch")
    assert [each.service for each in (request, opening, chunk, copy)] == ["sluice-ingest"] * 2 + ["sluice-writer"] * 2
    assert [each.kind for each in (request, opening, chunk, copy)] == [SERVER, PRODUCER, CONSUMER, CLIENT]
    assert request.notes.items() >= {"http.route": BATCHES, "http.response.status_code": 201}.items()
    assert opening.notes.items() >= {"sluice.job_id": answer.json()["job_id"], "sluice.records": 2}.items()
    assert chunk.notes.items() >= {"sluice.chunk_no": 0, "sluice.entity": "recipients", "sluice.attempts": 1}.items()
    assert copy.notes.items() >= {"db.collection.name": "recipient", "sluice.rows": 2}.items()
    assert chunk.instance == "writer-t"
    for service in ("ingest", "writer"):
        events = [json.loads(line) for line in site.logs[service].log.splitlines() if trace in line]
        assert {event["trace_id"] for event in events} == {trace}


def test_one_trace_goes_from_a_task_to_its_segments(site: Site) -> None:
    trace, headers = new_trace()
    owner = Owner(site.ingest)
    answer = owner.send(
        "POST", "/api/v1/jobs/load", headers=headers, data={"entity": "recipients"},
        files={"file": ("a.csv", CSV.encode(), "text/csv")},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    _, task, segment, *_, copy = chain(
        site, trace, "POST /api/v1/jobs/load", "task load", "open batch", "chunk", "COPY recipient"
    )
    assert (task.service, task.kind, segment.service) == ("sluice-processor", CONSUMER, "sluice-processor")
    assert task.notes["sluice.job_id"] == answer.json()["id"]
    assert copy.notes["sluice.rows"] == 3
    assert trace in site.logs["processor"].log


def test_the_console_tells_its_requests_too(site: Site) -> None:
    trace, headers = new_trace()
    page = httpx.get(f"{site.console.url}/sign-in", headers=headers, trust_env=False)
    for name in re.findall(r'/static/[^"]+', page.text)[:2]:
        httpx.get(f"{site.console.url}{name}", headers=headers, trust_env=False)
    (told,) = chain(site, trace, "GET /sign-in")
    assert (told.service, told.kind, told.notes["http.response.status_code"]) == ("sluice-console", SERVER, 200)
    assert [span.name for span in site.receiver.of(trace)] == ["GET /sign-in"]


def test_what_fails_is_told_by_its_code_and_never_by_its_text(site: Site) -> None:
    with psycopg.connect(site.database_url, autocommit=True) as sql:
        sql.execute("ALTER TABLE inventory.recipient ADD CONSTRAINT judged CHECK (contact <> 'refused') NOT VALID")
    trace, headers = new_trace()
    scanner = Scanner(site.ingest)
    scanner.headers |= headers
    scanner.post([*several(2), {**RECIPIENT, "name_vi": MARK, "contact": "refused"}])
    *_, copy = chain(site, trace, f"POST {BATCHES}", "open batch", "chunk", "COPY recipient")
    assert (copy.failed, copy.notes["error.type"], copy.notes["events"]) == (True, "23514", 0)


def test_nothing_private_is_told_and_probes_are_not(site: Site) -> None:
    """Last in this module: it looks at all that has been told."""
    scanner = Scanner(site.ingest)
    trace, headers = new_trace()
    site.secrets.add(str(scanner.tenant))
    scanner.get(f"/{MARK}/{scanner.tenant}?{MARK}={MARK}", **headers)
    site.ingest.http.get("/readyz", headers=headers)
    scanner.get(f"/api/v1/jobs/{uuid.uuid4()}?page_token={MARK}", **headers)
    chain(site, trace, "GET unknown")
    (seen,) = chain(site, trace, "GET /api/v1/jobs/{job}")
    assert seen.notes["http.response.status_code"] in (400, 404)
    assert site.receiver.keys == {"Bearer of-the-collector"}
    told = b"".join(site.receiver.bodies)
    token = scanner.headers["Authorization"].encode()
    for private in (*(each.encode() for each in site.secrets), "Người nhận".encode(), b"refused", token):
        assert private not in told
    assert not [span for span in site.receiver.spans if "readyz" in span.name or "livez" in span.name]


def test_whoever_takes_spans_may_be_gone(tmp_path: Path, valkey: ValkeyServer, namespace: str) -> None:
    settings = {
        "redis_url": valkey.url, "namespace": namespace, "database_url": nothing_here(),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{free_port()}", "OTEL_BSP_SCHEDULE_DELAY": 50,
    }  # fmt: skip
    with running_ingest(tmp_path, **settings) as ingest:
        for _ in range(5):
            assert Scanner(ingest).post([RECIPIENT], background=True).status_code == 202
        ingest.process.terminate()
        assert ingest.process.wait(20) == 0
        assert '"level": "error"' not in ingest.log or "opentelemetry" not in ingest.log

"""Traces, crash points, logs and the declaration of metrics."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from libs.telemetry import metrics
from libs.telemetry.health import serve, split_bind
from libs.telemetry.state import StateCollector, Values
from libs.telemetry.traces.tracing import continue_trace, trace_id
from tests.root import ROOT
from tests.waiting import wait_until

relaxed = settings(deadline=None, max_examples=50)
VALID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@given(st.text() | st.from_regex(VALID, fullmatch=True))
@example(GOOD)
@relaxed
def test_any_traceparent_gives_a_valid_one(given_one: str) -> None:
    ours = continue_trace(given_one)
    assert VALID.fullmatch(ours)
    assert set(trace_id(ours)) != {"0"}
    assert ours[36:52] != given_one[36:52]


def test_a_valid_trace_goes_on_in_a_span_of_our_own() -> None:
    ours = continue_trace(GOOD)
    assert trace_id(ours) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert ours.endswith("-01")


@pytest.mark.parametrize("wrong", [
    None, "", GOOD.upper(), GOOD + "\n", GOOD[:-1], "01" + GOOD[2:], "00-" + "0" * 32 + GOOD[35:],
    GOOD[:36] + "0" * 16 + "-01", GOOD.replace("-", "_"), GOOD + "-extra",
])  # fmt: skip
def test_what_is_no_traceparent_begins_a_new_trace(wrong: str | None) -> None:
    ours = continue_trace(wrong)
    assert trace_id(ours) not in (wrong or "")
    assert continue_trace(wrong) != ours


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


CRASHING = """
from libs.telemetry.process.crashpoints import crash_point
for visit in range(1, 5):
    crash_point("there")
    print(visit, flush=True)
"""


@pytest.mark.parametrize(("where", "passed"), [("there", 0), ("there:1", 0), ("there:3", 2)])
def test_a_crash_point_kills_at_the_visit_that_is_named(where: str, passed: int) -> None:
    ended = run(CRASHING, SLUICE_CRASH_AT=where)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.split() == [str(visit) for visit in range(1, passed + 1)]


@pytest.mark.parametrize("where", ["", "elsewhere", "there:9", "ther", "there2"])
def test_other_crash_points_are_passed(where: str) -> None:
    ended = run(CRASHING, SLUICE_CRASH_AT=where)
    assert (ended.returncode, ended.stdout.split()) == (0, ["1", "2", "3", "4"])


LOGGING = """
import logging, psycopg, structlog, threading
from libs.telemetry.logging import configure
from tests.root import ROOT
configure("info", "ingest")
log = structlog.get_logger()
log.debug("unseen")
log.info("seen", job_id="j", count=3)
class Refused(psycopg.errors.UniqueViolation):
    pass
try:
    raise Refused("Key (external_id)=(QZ7) already exists.")
except Refused as error:
    log.warning("by_error", exc_info=error)
    log.error("by_true", exc_info=True)
    log.exception("by_exception")
    logging.getLogger("library").exception("of a library")
logging.getLogger("library").info("unseen")
thread = threading.Thread(target=lambda: log.info("in_a_thread"))
thread.start()
thread.join()
"""


def test_logs_are_json_with_the_kind_of_an_error_and_never_its_text() -> None:
    ended = run(LOGGING)
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in lines] == [
        "seen",
        "by_error",
        "by_true",
        "by_exception",
        "of a library",
        "in_a_thread",
    ]
    assert "QZ7" not in ended.stdout + ended.stderr
    assert lines[0].items() >= {"job_id": "j", "count": 3, "level": "info"}.items()
    assert {line["service"] for line in lines} == {"ingest"}
    for line in lines[1:-1]:
        assert (line["error"], line["sqlstate"]) == ("Refused", "23505")
    assert all(line["timestamp"].endswith("Z") for line in lines)


@pytest.mark.parametrize(("bind", "parts"), [
    ("127.0.0.1:9101", ("127.0.0.1", 9101)), ("[::1]:80", ("::1", 80)), (":9101", ("", 9101)),
    ("metrics.local:1", ("metrics.local", 1)),
])  # fmt: skip
def test_an_address_is_split(bind: str, parts: tuple[str, int]) -> None:
    assert split_bind(bind) == parts


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_operators_may_come_by_either_version_of_ip() -> None:
    for host in ("127.0.0.1", *["[::1]"] * has_ipv6()):
        with serve(f"{host}:0", CollectorRegistry(), str) as server:
            answer = httpx.get(f"http://{host}:{server.server_port}/livez", trust_env=False)
            server.shutdown()
        assert answer.status_code == 200


def declared() -> list[Counter | Gauge | Histogram]:
    modules = [import_module(f"{metrics.__name__}.{module.name}") for module in iter_modules(metrics.__path__)]
    found = [value for module in modules for value in vars(module).values()]
    return [value for value in found if isinstance(value, Counter | Gauge | Histogram)]


@pytest.mark.parametrize("metric", declared(), ids=lambda metric: metric._name)
def test_a_metric_is_documented_and_names_nobody(metric: Counter | Gauge | Histogram) -> None:
    assert metric._name.startswith("sluice_")
    assert metric._documentation.endswith(".")
    labels = set(metric._labelnames)
    assert labels <= {
        "route", "method", "status", "entity", "verdict", "scope", "result", "outcome", "table", "answer", "kind",
        "what", "type", "protocol", "lane", "code", "of", "thread", "transport",
    }  # fmt: skip
    if isinstance(metric, Histogram):
        assert metric._name.endswith(("_seconds", "_bytes", "_records"))


def state_page(stores: Mapping[str, Callable[[], Values]], process: Callable[[], Values] = dict) -> list[str]:
    registry = CollectorRegistry()
    registry.register(StateCollector(stores, process))
    return generate_latest(registry).decode().splitlines()


def test_a_store_that_is_away_leaves_its_gauges_out_and_the_others_are_shown() -> None:
    def away() -> Values:
        raise ConnectionError

    page = state_page({"redis": away, "postgres": lambda: {"sluice_oldest_waiting_task_seconds": {(): 3.5}}})
    assert 'sluice_state_readable{store="redis"} 0.0' in page
    assert 'sluice_state_readable{store="postgres"} 1.0' in page
    assert "sluice_oldest_waiting_task_seconds 3.5" in page
    assert not any(line.startswith("sluice_pending_bytes") for line in page)


def test_a_store_that_is_silent_is_waited_for_no_longer_than_a_second_and_shown_as_it_was() -> None:
    answers = threading.Event()
    answers.set()

    def read() -> Values:
        assert answers.wait(60)
        return {"sluice_pending_bytes": {(): 7}}

    registry = CollectorRegistry()
    registry.register(StateCollector({"redis": read}))
    assert 'sluice_state_readable{store="redis"} 1.0' in generate_latest(registry).decode()
    answers.clear()
    pages = [generate_latest(registry).decode() for _ in range(2)]
    answers.set()
    for page in pages:
        assert 'sluice_state_readable{store="redis"} 0.0' in page
        assert "sluice_pending_bytes 7.0" in page
    ages = [float(re.findall(r'age_seconds{store="redis"} (\S+)', page)[0]) for page in pages]
    assert 0.9 < ages[0] < ages[1]
    wait_until(
        lambda: 'readable{store="redis"} 1.0' in generate_latest(registry).decode(),
        timeout=10,
        what="the store is back",
    )


def test_the_state_is_shown_with_help_and_labels() -> None:
    page = state_page(
        {"redis": lambda: {"sluice_open_chunks": {("high", "running"): 2}, "sluice_queue_depth": {("low",): 2}}},
        lambda: {"sluice_pool_connections": {("open",): 3}},
    )
    for line in (
        'sluice_open_chunks{lane="high",state="running"} 2.0', 'sluice_queue_depth{lane="low"} 2.0',
        'sluice_pool_connections{state="open"} 3.0',
    ):  # fmt: skip
        assert line in page
    assert sum(line.startswith("# HELP sluice_") for line in page) == 5


def test_a_registration_reads_nothing() -> None:
    """A store that is away must not keep a process from booting."""
    CollectorRegistry().register(StateCollector({"redis": lambda: pytest.fail("read at registration")}))


def test_no_series_says_when_it_was_created() -> None:
    assert "_created" not in generate_latest().decode()


OFF = """
import sys
sys.modules["services.ingest.wsgi"] = sys  # boots where it is imported
import services.writer.main, services.processor.main, services.ingest.app, services.console.app
from libs.telemetry.traces.spans import of_request, span, step, turn_on
turn_on("writer")
with span("a", PARENT) as a, step("b") as b:
    assert a.traceparent == PARENT
    a.note({"x": 1}); a.fail("y")
assert of_request(PARENT, told=True).traceparent[:36] == PARENT[:36] != of_request(None, told=True).traceparent[:36]
# redis-py imports OpenTelemetry's metrics by itself, where they are installed.
ours = ("libs.telemetry.traces.open_telemetry", "opentelemetry.exporter", "opentelemetry.sdk.trace", "google.protobuf")
assert not [name for name in sys.modules if name.startswith(ours)]
"""


@pytest.mark.parametrize("environ", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}])
def test_without_anybody_to_take_spans_nothing_of_opentelemetry_is_imported(environ: dict[str, str]) -> None:
    ended = run(f"PARENT = {GOOD!r}{OFF}", **environ)
    assert ended.returncode == 0, ended.stderr


def test_where_the_extra_is_not_installed_a_service_goes_on_and_says_so() -> None:
    lacking = 'import sys; sys.modules["opentelemetry"] = None; '
    code = "from libs.telemetry.traces.spans import step, turn_on; turn_on('writer'); step('a').end()"
    ended = run(lacking + code, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert ended.returncode == 0, ended.stderr
    assert 'pip install "sluice[traces]"' in ended.stdout + ended.stderr

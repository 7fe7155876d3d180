"""A real Prometheus watches a loaded stack: each alert fires by its own fault, each query has an answer.

The rules are those of `deploy/prometheus`, with a clock that runs faster (`tests/deploy/watching/haste.py`). The tests
stand in the order in which they run, for about five minutes.
"""

import contextlib
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.watching.dashboards import boards, queries
from tests.deploy.watching.haste import hurried
from tests.deploy.watching.prometheus import PROGRAM, Prometheus, running_prometheus
from tests.deploy.watching.rules import RUNBOOKS, alerts, all_rules
from tests.deploy.watching.scene import Scene
from tests.deploy.watching.unlogged import Unlogged
from tests.system.api import Stack
from tests.system.conftest import started_stack
from tests.system.loads import csv_of, loaded, opened
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.skipif(PROGRAM is None, reason="There is no Prometheus: apt-get install prometheus"),
    pytest.mark.xdist_group("watching"),
]
SETTINGS = {
    "SLUICE_LEASE_MS": "2000", "SLUICE_GRACE_MS": "1000", "SLUICE_BACKLOG_MAX_BYTES": "400000", "SLUICE_JWKS_URL": "http://127.0.0.1:9/keys",
    "SLUICE_WEBHOOK_URL": "http://127.0.0.1:9/", "SLUICE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
}  # fmt: skip
UNHEARD = 110
"""Tasks that fail, and whose ends nobody takes who should be told."""
FENCED = re.compile(r"```(promql|sql|sh)\n(.*?)\n```", re.DOTALL)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("watched")
    (folder / "webhook-secret").write_text("whsec_" + "A" * 43 + "=\n")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**SETTINGS, "SLUICE_WEBHOOK_SECRET_FILE": str(folder / "webhook-secret")}.items():
            patch.setenv(name, value)
        with started_stack(folder / "stack"):
            stack = Stack(folder / "stack")
            yield Scene(stack)
            stack.close()


@pytest.fixture(scope="module")
def unlogged(scene: Scene) -> Iterator[Unlogged]:
    unlogged = Unlogged()
    with unlogged.running(scene.stack.pid("console")):
        yield unlogged


@pytest.fixture(scope="module")
def prometheus(scene: Scene, unlogged: Unlogged, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    targets = {**scene.stack.metrics_urls, "console-2": unlogged.metrics_url}
    with running_prometheus(folder, targets) as prometheus, scene.loaded():
        yield prometheus


@pytest.fixture(scope="module", autouse=True)
def lasting(scene: Scene, prometheus: Prometheus) -> Iterator[None]:
    """What is broken all the time, beside the rest, because its alert takes long."""
    with contextlib.ExitStack() as broken:
        broken.enter_context(scene.metrics_broken())
        assert scene.post("/api/v1/lanes/low/pause", {"reason": "a test"}).status_code == 200
        yield


def test_all_targets_are_up(prometheus: Prometheus) -> None:
    wait_until(lambda: set(prometheus.up().values()) == {"up"}, 30, "all targets are up")
    assert sorted(target.split()[0] for target in prometheus.up()) == [
        "sluice-console", "sluice-console", "sluice-ingest", "sluice-processor", "sluice-writer", "sluice-writer",
    ]  # fmt: skip
    assert {series["metric"]["namespace"] for series in prometheus.now("sluice_build_info")} == {"sluice"}


def test_a_disk_without_room_for_a_log(unlogged: Unlogged, prometheus: Prometheus) -> None:
    lost = 'sluice_log_lines_dropped_total{job="sluice-console"}'
    wait_until(
        lambda: unlogged.says_something() and "SluiceLogLinesDropped" in prometheus.firing(), 60, "lines are lost"
    )
    prometheus.await_alerts("SluiceLogLinesDropped")
    assert sorted(float(series["value"][1]) > 0 for series in prometheus.now(lost)) == [False, True]


def test_tasks_that_fail_or_wait(scene: Scene, prometheus: Prometheus) -> None:
    opened(scene.tenant, csv_of(50), lane="low")  # by now processors know that it is paused
    loaded(scene.tenant, csv_of(50))
    for _ in range(UNHEARD):
        assert scene.post("/api/v1/jobs/analyze", {"file_id": str(uuid.uuid4())}).status_code == 202
    prometheus.await_alerts("SluiceTasksFail")


def test_what_others_leave_and_what_is_lost(scene: Scene, prometheus: Prometheus) -> None:
    scene.leave_garbage()
    scene.lose_a_job()
    with scene.files_away():
        files = {"file": ("a.csv", b"name_vi\nx\n", "text/csv")}
        answer = scene.stack.http.post("/api/v1/files", files=files, headers=scene.tenant.bearer)
        assert answer.status_code in (503, 507)
    prometheus.await_alerts("SluiceUnreadable", "SluiceAuditAside", "SluiceJobsLost", "SluiceFilesRefused")


def test_a_bug_or_a_trigger(scene: Scene, prometheus: Prometheus) -> None:
    with scene.raising("inventory.recipient"):
        prometheus.await_alerts("SluiceUnexpectedErrors")


def test_schedules_that_nobody_can_open(scene: Scene, prometheus: Prometheus) -> None:
    with scene.raising("work.schedule_fire"):
        scene.run("UPDATE work.schedule SET due_at = now() - interval '1 hour' WHERE name = 'retention'")
        prometheus.await_alerts("SluiceScheduleOverdue")


def test_rights_that_were_taken(scene: Scene, prometheus: Prometheus) -> None:
    taken = "REVOKE SELECT ON ingest.job FROM sluice_writer", "GRANT SELECT ON ingest.job TO sluice_writer"
    with scene.done(*taken):
        prometheus.await_alerts("SluiceSchemaLacks", "SluiceTickFailures")


def test_no_connections(scene: Scene, prometheus: Prometheus) -> None:
    few = "ALTER ROLE sluice_writing CONNECTION LIMIT 1", "ALTER ROLE sluice_writing CONNECTION LIMIT -1"
    with scene.done(*few):
        scene.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sluice_writing'")
        prometheus.await_alerts("SluicePoolExhausted")


def test_a_table_that_somebody_holds(scene: Scene, prometheus: Prometheus) -> None:
    with scene.locked("inventory.recipient"):
        # At once: what has been tried often is looked at seldom.
        busy = "sluice_writer_busy_threads > 0"
        wait_until(lambda: len(prometheus.now(busy)) > 1, 30, "both writers are at work")
        with scene.stopped("writer-1"):
            prometheus.await_alerts("SluiceLeasesLost")
        prometheus.await_alerts("SluiceOldestOpen", "SluiceBacklogFills", "SluiceRefusals", "SluiceWritesContended")
        with scene.nearly_full():
            prometheus.await_alerts("SluiceMemoryFills")
    assert "SluiceAcceptErrorsFast" not in prometheus.have_fired()
    prometheus.await_alerts("SluiceFreshnessFast", "SluiceFreshnessSlow")


def test_a_postgres_that_is_frozen(scene: Scene, prometheus: Prometheus) -> None:
    with scene.stopped("postgres"):
        prometheus.await_alerts("SluiceStateUnreadable", "SluiceWritersStuck")
        assert prometheus.firing()["SluiceStateUnreadable"]["labels"]["store"] == "postgres"


def test_a_redis_that_is_frozen(scene: Scene, prometheus: Prometheus) -> None:
    wait_until(lambda: "SluiceStateUnreadable" not in prometheus.firing(), 60, "PostgreSQL is back")
    with scene.stopped("valkey"):
        prometheus.await_alerts("SluiceStateUnreadable", "SluiceAcceptErrorsFast")
        assert prometheus.firing()["SluiceStateUnreadable"]["labels"]["store"] == "redis"
    prometheus.await_alerts("SluiceAcceptErrorsSlow")


def test_services_that_are_gone(scene: Scene, prometheus: Prometheus) -> None:
    with scene.stopped("writer-1", "writer-2"):
        prometheus.await_alerts("SluiceNoWriters")
    with scene.stopped("processor-1"):
        prometheus.await_alerts("SluiceNoProcessors")
    with scene.stopped("ingest"):
        prometheus.await_alerts("SluiceNoIngest")


def test_what_lasts(prometheus: Prometheus) -> None:
    lasting = {
        "SluiceBackupOld", "SluiceKeysNotFetched", "SluiceLanePaused", "SluiceMetricsIncomplete", "SluiceTasksWait",
        "SluiceWebhooksNotTaken",
    }  # fmt: skip
    wait_until(lambda: lasting <= prometheus.have_fired(), 120, f"{lasting} have fired")


def test_a_database_that_was_set_back(scene: Scene, prometheus: Prometheus) -> None:
    scene.run("SELECT setval('ingest.chunk_entry', 1)")
    prometheus.await_alerts("SluiceLedgerDiffers")


def test_each_alert_has_fired_by_its_fault(prometheus: Prometheus) -> None:
    missing = set(alerts())
    wait_until(lambda: missing <= prometheus.have_fired(), 10, f"{missing - prometheus.have_fired()} have fired")


def test_an_alert_is_over_when_its_fault_is(scene: Scene, prometheus: Prometheus) -> None:
    assert scene.post("/api/v1/lanes/low/resume", {"reason": "over"}).status_code == 200
    backup = scene.post("/api/v1/jobs/backup", {})
    assert backup.status_code == 202, backup.text
    wait_until(lambda: prometheus.now("sluice_backup_age_seconds < Inf"), 120, "there is a backup")
    go_on = {"SluiceKeysNotFetched", "SluiceLedgerDiffers", "SluiceMetricsIncomplete", "SluiceWebhooksNotTaken"}
    over = set(alerts()) - go_on
    wait_until(lambda: not over & set(prometheus.firing()), 120, "no alert fires any more whose fault is over")


def test_each_query_of_rules_and_dashboards_has_had_an_answer(prometheus: Prometheus) -> None:
    asked = [(rule["record"], rule["expr"]) for rule in all_rules() if "record" in rule]
    asked += [query for board in boards().values() for query in queries(board)]
    asked = [(where, query) for where, query in asked if not prometheus.has_had(in_grafana(query))]
    # What came a moment ago may not be seen yet.
    late = [where for where, query in asked if not eventually(prometheus, in_grafana(query))]
    assert late == []


def eventually(prometheus: Prometheus, query: str) -> bool:
    """Whether a query gets an answer soon."""
    with contextlib.suppress(AssertionError):
        return wait_until(lambda: prometheus.has_had(query), 10, query)
    return False


def in_grafana(query: str) -> str:
    """As Grafana would send it, in haste."""
    query = hurried(query).replace("$__rate_interval", "10s")
    return query.replace("$namespace", "sluice").replace("$instance", ".*")


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("Sluice*.md")), ids=lambda page: page.stem)
def test_what_a_runbook_asks_is_answered(page: Path, scene: Scene, prometheus: Prometheus) -> None:
    for kind, text in FENCED.findall(page.read_text()):
        if kind == "promql":
            prometheus.now(text)
        elif kind == "sql":
            scene.run(text)
        for path in re.findall(r'"\$SLUICE(/[^"]*)"', text):
            assert scene.get(path).status_code == 200, path

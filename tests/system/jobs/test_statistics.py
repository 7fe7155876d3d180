"""What has happened, over time and at a glance, as a program and a person are told it."""

import datetime
import os
import subprocess
import sys

import pytest

from tests.root import ROOT
from tests.system.api import Stack, Tenant
from tests.system.samples import CATEGORY, RECIPIENT, Json

STATS = "/api/v1/stats"
WRITTEN = {"created": 7, "updated": 0, "unchanged": 0, "rejected": 1, "failed": 0, "cancelled": 0}
NOTHING = dict.fromkeys(WRITTEN, 0)


@pytest.fixture
def busy(tenant: Tenant) -> Tenant:
    """A tenant with two batches, of which one has a bad record."""
    records: list[Json] = [RECIPIENT.sample(name_vi=f"Công ty {number}") for number in range(6)]
    records[3] |= {"recipient_type": "friend"}
    assert tenant.post(RECIPIENT, records).status_code == 201
    assert tenant.post(CATEGORY, [CATEGORY.sample(), CATEGORY.sample()]).status_code == 201
    return tenant


def read(tenant: Tenant, path: str = STATS, **query: str) -> Json:
    answer = tenant.get(path, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found: Json = answer.json()
    return found


@pytest.mark.parametrize("step", ["minute", "hour", "day"])
def test_what_has_just_happened_is_told(busy: Tenant, step: str) -> None:
    found = read(busy, step=step)
    assert found["step"] == step
    assert found["totals"]["records"] == WRITTEN
    assert found["totals"]["chunks"]["total"] == 2
    assert found["totals"]["chunks"]["seconds"] > 0
    jobs = found["totals"]["jobs"]
    assert (jobs["completed"], jobs["failed"], jobs["cancelled"]) == (2, 0, 0)
    assert jobs["seconds"] > 0
    points = found["points"]
    assert sum(point["records"]["created"] for point in points) == WRITTEN["created"]
    assert sorted(point["starts_at"] for point in points) == [point["starts_at"] for point in points]
    for point in points:
        at = datetime.datetime.fromisoformat(point["starts_at"])
        assert (at.second, at.minute if step != "minute" else 0, at.hour if step == "day" else 0) == (0, 0, 0)


def test_an_entity_is_told_apart(busy: Tenant) -> None:
    found = read(busy, entity="data-categories")
    assert found["entity"] == "data-categories"
    assert found["totals"]["records"] == {**NOTHING, "created": 2}
    assert found["totals"]["jobs"]["completed"] == 1


def test_another_time_is_another_answer(busy: Tenant) -> None:
    found = read(busy, **{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T01:00:00+07:00", "step": "day"})
    assert found["points"] == []
    assert found["totals"]["records"] == NOTHING
    assert (found["from"], found["to"]) == ("2026-01-01T00:00:00Z", "2026-01-01T18:00:00Z")


def test_nobody_is_told_of_others(busy: Tenant, other_tenant: Tenant) -> None:
    assert read(busy)["points"]
    assert read(other_tenant)["points"] == []
    summary = read(other_tenant, f"{STATS}/summary")
    assert (summary["latest"], summary["completion_rate"], summary["records"]) == ([], None, NOTHING)


@pytest.mark.parametrize(("query", "status"), [
    ({"step": "second"}, 400), ({"entity": "people"}, 400), ({"from": "yesterday"}, 400), ({"since": "1"}, 400),
    ({"from": "2026-01-01T00:00:00"}, 400), ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}, 422), ({"from": "0001-01-01T00:00:00Z"}, 422),
    ({"to": "0001-01-01T00:00:00Z"}, 422), ({"to": "9999-12-31T23:59:59Z", "from": "2026-01-01T00:00:00Z"}, 422),
    ({"to": "0001-01-01T00:00:00+14:00"}, 400),
])  # fmt: skip
def test_what_cannot_be_answered_is_refused(tenant: Tenant, query: dict[str, str], status: int) -> None:
    answer = tenant.get(STATS, **query)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail_vi"]


@pytest.mark.parametrize("query", [
    {"to": "9999-12-31T23:59:59Z"}, {"to": "0001-03-01T00:00:00Z", "step": "day"},
    {"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"},
])  # fmt: skip
def test_times_at_the_edge_are_no_trouble(tenant: Tenant, query: dict[str, str]) -> None:
    assert read(tenant, **query)["points"] == []


@pytest.mark.parametrize("path", [STATS, f"{STATS}/summary"])
def test_statistics_are_for_those_who_may_see_jobs(stack: Stack, tenant: Tenant, path: str) -> None:
    assert stack.http.get(path).status_code == 401
    writes = stack.bearer(stack.claims(tenant.id, scope="ingest:write"))
    assert stack.http.get(path, headers=writes).status_code == 403


def test_a_summary_tells_what_ended(busy: Tenant) -> None:
    summary = read(busy, f"{STATS}/summary")
    states = {"pending": 0, "processing": 0, "completed": 2, "failed": 0, "cancelled": 0}
    assert summary["batches"] == states
    assert summary["tasks"] == dict.fromkeys(states, 0)
    assert summary["records"] == WRITTEN
    assert summary["completion_rate"] == 100.0
    assert (summary["records_under_way"], summary["records_under_way_exact"]) == (0, True)
    assert [job["entity"] for job in summary["latest"]] == ["data-categories", "recipients"]


def test_a_summary_tells_what_is_under_way(stack: Stack, busy: Tenant) -> None:
    with stack.writers_stopped():
        records: list[Json] = [RECIPIENT.sample(), RECIPIENT.sample(), {"name_vi": ""}]
        assert busy.post(RECIPIENT, records, background=True).status_code == 202
        summary = read(busy, f"{STATS}/summary")
        assert summary["batches"]["pending"] + summary["batches"]["processing"] == 1
        assert summary["records_under_way"] == 3
        assert summary["latest"][0]["status"] in ("pending", "processing")


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("completion rate", "batches completed", "records under way")),
    ("vi", ("tỷ lệ hoàn thành", "lô hoàn thành", "bản ghi đang xử lý")),
])  # fmt: skip
def test_the_command_shows_them(busy: Tenant, language: str, words: tuple[str, ...]) -> None:
    token = busy.bearer["Authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        [sys.executable, "-m", "libs.client.commands.command", "--lang", language, "stats", "--step", "minute"],
        capture_output=True, timeout=60, check=False, cwd=ROOT,
        env={**os.environ, "SLUICE_URL": busy.stack.url, "SLUICE_TOKEN": token},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode()
    assert all(word in shown for word in words), shown
    assert "100.0%" in shown

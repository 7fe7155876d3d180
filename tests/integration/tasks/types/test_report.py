"""A report: what has happened in a tenant's days, as other programs read it."""

import datetime
import json
import uuid
from typing import Any

from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.report import REPORT
from libs.webhooks.settings import WebhookSettings
from services.processor.promises.webhooks import tells
from services.processor.types import TYPES
from tests.integration.tasks.workplace.dock import Dock
from tests.integration.tasks.workplace.papers import in_this_process
from tests.reading_back import texts_of_pages
from tests.writing import recipient, transfer

DAY = datetime.timedelta(days=1)


def reported(dock: Dock, **parameters: Any) -> tuple[Task, dict[str, str]]:
    """A report, and what its files say."""
    _, work = TYPES["report"]
    ref = dock.bench.open("report", **parameters)
    with in_this_process():
        dock.bench.runner(lambda context: work(context, dock.tools), REPORT).handle(ref)
    task = dock.bench.task(ref)
    assert task.status == "completed", task.error
    assert task.result
    says = {}
    for file in task.result["files"]:
        content = dock.tools.files.content(task.tenant_id, uuid.UUID(file["file_id"])).read(1 << 22)
        says[file["format"]] = content.decode() if file["format"] == "html" else "\n".join(texts_of_pages(content))
    return task, says


def today(dock: Dock) -> datetime.date:
    row = dock.bench.sql.execute("SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day").fetchone()
    assert row
    day: datetime.date = row["day"]
    return day


def test_it_says_what_came_in_what_was_rejected_and_why(dock: Dock) -> None:
    dock.load(b"external_id,name_vi,recipient_type\nr-1,A,processor\nr-2,B,nobody\nr-3,C,internal\n")
    day = str(today(dock))
    task, says = reported(dock, **{"from": day, "to": day, "language": "en"})
    assert task.result
    assert task.result["records"] | {"created": 2, "rejected": 1} == task.result["records"]
    assert [file["format"] for file in task.result["files"]] == ["pdf", "html"]
    for text in says.values():
        assert "3 records came in" in text
        assert "recipient_type" in text
        assert "file load" in text
    assert "<svg" in says["html"]
    tell = tells(WebhookSettings(webhook_url="https://hooks.example", webhook_secret_file="secret"))
    assert tell
    (told,) = tell(task)
    body = json.loads(told.body)
    assert (body["type"], body["data"]["report"]["files"]) == ("report.made", task.result["files"])
    assert "r-2" not in told.body
    other, says = reported(dock, **{"from": str(today(dock) - DAY), "to": str(today(dock) - DAY), "formats": ["html"]})
    assert other.result
    assert sum(other.result["records"].values()) == 0
    assert "Không nhận bản ghi nào" in says["html"]


def test_a_day_is_one_of_viet_nam_and_a_report_of_its_tenant_alone(dock: Dock) -> None:
    dock.desk.write(dock.bench.tenant, [recipient(), recipient()])
    dock.desk.write(uuid.uuid4(), [recipient()])
    moved = "UPDATE ingest.chunk SET written_at = '2026-11-15 16:59:59Z'::timestamptz + make_interval(secs => %s)"
    for seconds, on_sunday in ((0, 2), (1, 0)):
        dock.bench.sql.execute(moved, [seconds])
        for days, records in ((("2026-11-09", "2026-11-15"), on_sunday), (("2026-11-16", "2026-11-22"), 2 - on_sunday)):
            task, _ = reported(dock, **{"from": days[0], "to": days[1], "formats": ["html"]})
            assert task.result
            assert task.result["records"]["created"] == records, (seconds, days)


def test_findings_are_new_where_they_came_and_mended_where_they_went(dock: Dock) -> None:
    task = dock.bench.open("rules")
    insert = (
        "INSERT INTO work.finding (tenant_id, rule, record_id, first_seen, opened_by, last_seen, resolved_at) "
        "VALUES (%s, %s, gen_random_uuid(), %s, %s, %s, %s)"
    )
    seen = {
        "ORG-04": [("2026-11-17", None), ("2026-11-10", "2026-11-18"), ("2026-11-10", None), ("2026-11-24", None)],
        "REC-01": [("2026-11-10", "2026-11-12")],
    }
    for rule, findings in seen.items():
        for came, went in findings:
            dock.bench.sql.execute(insert, [dock.bench.tenant, rule, came, uuid.uuid4(), went, went])
    # It was there, had gone, and came again in the week: whoever found it began then.
    dock.bench.sql.execute(insert, [dock.bench.tenant, "ORG-04", "2026-01-01", task.task_id, None, None])
    dock.bench.sql.execute("UPDATE work.task SET started_at = '2026-11-19' WHERE task_id = %s", [task.task_id])
    made, says = reported(dock, **{"from": "2026-11-16", "to": "2026-11-22", "formats": ["html"], "language": "en"})
    assert made.result
    assert made.result["findings"] == {"new": 2, "mended": 1, "open": 3}
    assert "ORG-04" in says["html"]
    assert "REC-01" not in says["html"], "nothing of it happened, and nothing of it is open"


def test_what_is_due_is_counted_and_the_most_urgent_is_named(dock: Dock) -> None:
    day = today(dock)
    started = {"Thuê máy chủ": day - 70 * DAY, "Email": day - 50 * DAY, "Ngày xa": day + 20 * DAY}
    dock.desk.write(dock.bench.tenant, [transfer(name, started_on=began) for name, began in started.items()])
    made, says = reported(dock, formats=["html"])
    assert made.result
    assert made.result["deadlines"] == {"overdue": 1, "ahead": 1}
    assert says["html"].index("Thuê máy chủ") < says["html"].index("Email")
    assert "Ngày xa" not in says["html"]


def test_without_days_it_is_the_last_whole_week(dock: Dock) -> None:
    task, _ = reported(dock, formats=["html"])
    assert task.result
    since, until = (datetime.date.fromisoformat(task.result[name]) for name in ("from", "to"))
    assert (since.weekday(), until - since) == (0, 6 * DAY)
    assert DAY <= today(dock) - until <= 7 * DAY

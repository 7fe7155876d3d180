"""A provider that is asked over real HTTP: what it is told, what counts of its answers, what becomes of its faults."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.tasks.kinds import Task
from services.processor.mapping.settings import AiSettings
from tests.integration.tasks.workplace import ai_server
from tests.integration.tasks.workplace.ai_server import AiServer, Behaviour, advises, answers, completion
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.workshop import Workshop
from tests.waiting import wait_until

ROWS = (
    ("Cột A", "Cột B", "Tên", "nguyen.van.a@example.vn"),
    ("SECRET-1", "processor", "Công ty Bí Mật", "0912345678"),
    ("SECRET-2", "internal", "Công ty Kín", "079123456789"),
)
CSV = "\n".join(";".join(row) for row in ROWS).encode()
GOOD = {"index": 0, "target": "external_id", "confidence": 0.99}


@pytest.fixture
def server() -> Iterator[AiServer]:
    server = AiServer()
    with server.running():
        yield server


@pytest.fixture
def asking(workshop: Workshop, server: AiServer, tmp_path: Path) -> Workshop:
    key = tmp_path / "key"
    key.write_text("sk-test\n")
    workshop.ai = AiSettings(ai_url=server.url, ai_model="m", ai_key_file=str(key), ai_seconds=1.0)
    return workshop


def proposed(workshop: Workshop, provider: str = "ai") -> Task:
    task = workshop.run("mapping", file_id=workshop.file(CSV), entity="recipients", provider=provider)
    assert task.status == "completed", task.error
    return task


def columns(task: Task) -> list[dict[str, Any]]:
    assert task.result
    found: list[dict[str, Any]] = task.result["mapping"]["columns"]
    return found


def test_advice_is_taken_for_columns_that_nobody_knows(asking: Workshop, server: AiServer) -> None:
    server.behave = advises(GOOD, {"index": 3, "target": None, "confidence": 0.2})
    task = proposed(asking)
    assert [(column["target"], column["by"]) for column in columns(task)] == [
        ("external_id", "ai"), ("recipient_type", "shape"), ("name_vi", "synonym"), (None, "exact"),
    ]  # fmt: skip
    assert columns(task)[0]["confidence"] == 0.9
    assert (server.paths, server.headers[0]["Authorization"]) == (["/v1/chat/completions"], "Bearer sk-test")
    sent = json.loads(server.received[0])
    assert (sent["model"], sent["response_format"]["type"]) == ("m", "json_schema")
    asked = json.loads(sent["messages"][1]["content"])
    assert asked["columns"] == [
        {"index": 0, "name": "Cột A", "values": "code"}, {"index": 3, "name": "", "values": "integer"},
    ]  # fmt: skip


def test_no_value_of_the_file_leaves(asking: Workshop, server: AiServer) -> None:
    """Nor does a name that looks like one: the header of a file that has none is its first row."""
    proposed(asking)
    everything = b"".join(server.received) + str(server.headers).encode()
    assert "Cột A" in json.loads(json.loads(server.received[0])["messages"][1]["content"])["columns"][0]["name"]
    for row in ROWS[1:]:
        for value in row:
            if value not in ("processor", "internal"):  # which are fields' values, and no field's name
                assert value.encode() not in everything
                assert json.dumps(value)[1:-1].encode() not in everything
    assert b"processor" not in everything
    assert b"example.vn" not in everything


def test_nobody_is_asked_unless_somebody_wants_it(asking: Workshop, server: AiServer, bench: Bench) -> None:
    proposed(asking, "local")
    assert server.received == []
    asking.ai = AiSettings()
    task = proposed(asking)
    assert "AI_NOT_SET" in story(bench, task)
    assert server.received == []


def story(bench: Bench, task: Task) -> dict[str, Any]:
    rows = bench.sql.execute("SELECT code, params FROM work.task_log WHERE task_id = %s", [task.task_id])
    return {row["code"]: row["params"] for row in rows}


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (answers(b"busy", 429, **{"Retry-After": "1"}), "HTTP 429"),
        (answers(b"broken", 500), "HTTP 500"),
        (answers(b"", 302, Location="/v1/elsewhere"), "HTTP 302"),
        (answers(b"nonsense"), "DecodeError"),
        (answers(b"\xff\xfe"), "DecodeError"),
        (answers(b"{}"), "ValidationError"),
        (answers(b'{"choices": []}'), "ValidationError"),
        (answers(completion("I think that it is the name.")), "DecodeError"),
        (answers(completion("[" * 100_000)), "ValidationError"),
        (answers(completion('{"columns": [{"index": 0}]}')), "ValidationError"),
        (advises({**GOOD, "index": -1}), "ValidationError"),
        (advises({**GOOD, "confidence": 7}), "ValidationError"),
        (advises({**GOOD, "more": 1}), "ValidationError"),
        (advises({**GOOD, "index": 2}), "unknown names"),
        (advises({**GOOD, "target": "password"}), "unknown names"),
        (answers(completion("{}"), length=10_000), "IncompleteRead"),
        (ai_server.byte_by_byte, "TimeoutError"),
        (ai_server.huge, "ValueError"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_is_no_advice(
    asking: Workshop, server: AiServer, bench: Bench, behave: Behaviour, reason: str
) -> None:
    server.behave = behave
    started = time.monotonic()
    task = proposed(asking)
    assert time.monotonic() - started < 5
    assert [column["target"] for column in columns(task)] == [None, "recipient_type", "name_vi", None]
    assert story(bench, task)["AI_WITHOUT"]["reason"] == reason
    assert len(server.paths) == 1


def test_a_server_that_is_not_there_is_no_advice(asking: Workshop, bench: Bench) -> None:
    asking.ai = AiSettings(ai_url="http://127.0.0.1:9", ai_model="m", ai_seconds=1.0)
    assert story(bench, proposed(asking))["AI_WITHOUT"] == {"reason": "URLError"}
    asking.ai = AiSettings(ai_url="http://127.0.0.1:9", ai_model="m", ai_key_file="/nowhere")
    assert story(bench, proposed(asking))["AI_WITHOUT"] == {"reason": "FileNotFoundError"}


def test_who_waits_for_advice_may_be_called_away(asking: Workshop, server: AiServer, bench: Bench) -> None:
    asking.ai = AiSettings(ai_url=server.url, ai_model="m", ai_seconds=60.0)
    ref = bench.open("mapping", file_id=asking.file(CSV), entity="recipients", provider="ai")
    runner = asking.runner("mapping")

    def cancelled(_: object) -> None:
        bench.cancel(ref)
        runner.extend_leases()
        wait_until(lambda: bench.task(ref).status == "cancelled", 5, "the task is cancelled")

    server.behave = cancelled
    started = time.monotonic()
    runner.handle(ref)
    assert bench.task(ref).status == "cancelled"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("settings", [{"ai_url": "ftp://x"}, {"ai_url": "https://x"}])
def test_settings_that_cannot_work_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="SLUICE_AI"):
        AiSettings(**settings)  # type: ignore[arg-type]

"""Processors as processes: whatever becomes of one, its tasks come to their end."""

import datetime
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import redis

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.tasks.schedules import Fire, ScheduleBody
from libs.files.folders import PREFIX
from libs.jobs.keys import Keys
from libs.tasks.schedules.desk import ScheduleDesk
from tests.integration.service_process import ServiceProcess
from tests.integration.tasks.workplace.bench import Bench
from tests.waiting import wait_until

COMMAND = (sys.executable, "-m", "tests.integration.tasks.workplace.processor")


class Processor(ServiceProcess):
    """A processor; `url` is that of its operators' port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        bind = f"{HOST}:{free_port()}"
        self.url = f"http://{bind}"
        super().__init__(COMMAND, folder, metrics_bind=bind, **settings)


Start = Callable[..., Processor]


@pytest.fixture
def start(tmp_path: Path, valkey: ValkeyServer, namespace: str, database_url: str, bench: Bench) -> Iterator[Start]:
    """Starts processors on the bench's database, which are killed after the test."""
    started: list[Processor] = []

    def begin(name: str = "one", **more: object) -> Processor:
        settings: dict[str, object] = {
            "redis_url": valkey.url, "namespace": namespace, "database_url": database_url, "lease_ms": 1_000,
            "files_url": (tmp_path / "files").as_uri(), "processor_name": name,
        }  # fmt: skip
        started.append(Processor(tmp_path, **(settings | more)))
        return started[-1]

    yield begin
    for processor in started:
        processor.kill()


@pytest.fixture
def publisher(redis_client: redis.Redis, namespace: str) -> Publisher:
    return Publisher(build_broker(redis_client, namespace))


def reached(bench: Bench, ref: TaskRef, what: Callable[[Task], Any], seconds: float = 20.0) -> Task:
    wait_until(lambda: what(bench.task(ref)), seconds, f"{bench.task(ref)} gets there")
    return bench.task(ref)


def completed(task: Task) -> bool:
    return task.status == "completed"


def holder(bench: Bench, ref: TaskRef) -> str:
    row = bench.sql.execute("SELECT processor FROM work.task WHERE task_id = %s", [ref.task_id]).fetchone()
    assert row
    return str(row["processor"])


def test_a_message_wakes_a_processor_and_its_changes_are_told(
    bench: Bench, start: Start, publisher: Publisher, redis_client: redis.Redis, namespace: str
) -> None:
    processor = start()
    processor.wait_ready(processor.url)
    keys, messages = Keys(namespace), list[dict[str, Any]]()
    with redis_client.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(keys.events(bench.tenant), keys.ended)
        wait_until(lambda: heard.get_message(timeout=0.2) is None, 5, "it listens")
        ref = bench.open(number=3)
        publisher.publish([ref])

        def told_of_its_end() -> bool:
            if message := heard.get_message(timeout=0.2):
                messages.append(message)
            return any(each["channel"] == keys.ended.encode() for each in messages)

        wait_until(told_of_its_end, 5, "its end is told")
    assert messages.pop()["data"] == str(ref.task_id).encode()
    told = [msgspec.json.decode(each["data"]) for each in messages]
    assert {(each["job_id"], each["type"]) for each in told} == {(str(ref.task_id), "count")}
    task, last = bench.task(ref), told[-1]
    assert (last["status"], last["progress"], last["version"]) == ("completed", 100, task.version)
    assert [each["version"] for each in told] == sorted(each["version"] for each in told)
    page = httpx.get(f"{processor.url}/metrics", trust_env=False).text
    assert 'sluice_tasks_ended_total{status="completed",type="count"} 1.0' in page
    assert 'sluice_queue_depth{lane="tasks-normal"} 0.0' in page
    assert 'sluice_tasks{state="running",type="load"} 0.0' in page
    assert 'sluice_tasks_ended_total{status="failed",type="count"} 0.0' in page
    assert "sluice_schedules_overdue_seconds 0.0" in page
    assert "sluice_ledger_entries 0.0" in page


def test_without_a_message_the_sweeper_finds_it(bench: Bench, start: Start) -> None:
    ref = bench.open(number=2)
    bench.long_published()
    start()
    reached(bench, ref, completed)


@pytest.mark.parametrize(
    "point", ["task.after_claim", "task.after_checkpoint:2", "task.before_end", "tasks.after_claim_due"]
)
def test_a_processor_that_is_killed_loses_nothing(bench: Bench, start: Start, point: str) -> None:
    ref = bench.open(number=3)
    bench.long_published()
    dying = start("dying", SLUICE_CRASH_AT=point)
    assert dying.process.wait(20) == -signal.SIGKILL
    start("other")
    task = reached(bench, ref, completed)
    assert (task.result, task.strikes) == ({"number": 3}, 0)
    assert holder(bench, ref) == "other"
    assert ("TAKEN_OVER" in bench.story(ref)) is (point != "tasks.after_claim_due")


def test_a_processor_that_is_told_to_end_gives_its_tasks_back(bench: Bench, start: Start) -> None:
    refs = [bench.open("endless"), bench.open("endless")]
    bench.long_published()
    leaving = start("leaving")
    for ref in refs:
        reached(bench, ref, lambda task: task.checkpoint and task.checkpoint["number"] > 2)
    leaving.process.terminate()
    assert leaving.process.wait(20) == 0
    before = [bench.task(ref) for ref in refs]
    assert all((task.status, task.crashes, task.strikes) == ("processing", 0, 0) for task in before)
    start("other")
    for ref, task in zip(refs, before, strict=True):
        assert task.checkpoint
        at = task.checkpoint["number"]
        reached(bench, ref, lambda task, at=at: task.checkpoint["number"] > at)
        assert "HANDED_BACK" in bench.story(ref)
        assert "TAKEN_OVER" not in bench.story(ref)


def test_a_cancel_is_heard_within_two_seconds(bench: Bench, start: Start) -> None:
    processor = start()
    processor.wait_ready(processor.url)
    ref = bench.open("endless")
    bench.long_published()
    reached(bench, ref, lambda task: task.checkpoint)
    assert bench.cancel(ref) == "processing"
    reached(bench, ref, lambda task: task.status == "cancelled", 2.0)


def test_a_full_processor_leaves_others_room(bench: Bench, start: Start) -> None:
    """One tenant's endless tasks take its part of the threads, and what waits behind them is in nobody's way."""
    crowd = [bench.open("endless") for _ in range(12)]
    bench.long_published()
    start(processor_threads=3, tenant_tasks=2)
    wait_until(lambda: sum(bench.task(ref).checkpoint is not None for ref in crowd) == 2, 20, "two run")
    other = bench.open(number=2, tenant=uuid.uuid4())
    bench.long_published()
    reached(bench, other, completed)
    assert sum(bench.task(ref).checkpoint is not None for ref in crowd) == 2


def test_it_removes_what_one_that_was_killed_has_left_on_the_disk(start: Start, tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}of-one-that-was-killed"
    left.mkdir()
    (left / "content.ndjson").write_text("values of records")
    os.utime(left, (0, 0))
    start(TMPDIR=tmp_path)
    wait_until(lambda: not left.exists(), 20, "it is gone")


def test_it_says_what_it_cannot_start_with(bench: Bench, start: Start) -> None:
    unfit = start(files_url="gopher://x")
    assert unfit.process.wait(20) == 2
    assert "SLUICE_FILES_URL" in unfit.log


def test_a_processor_keeps_schedules(start: Start, bench: Bench) -> None:
    desk = ScheduleDesk(bench.tasks_pool)
    body = ScheduleBody(type="count", when="monthly 1 00:00", parameters={"number": 2})
    now = datetime.datetime.now(datetime.UTC)
    desk.put(bench.tenant, "monthly", body, bench.audit("schedule.put", uuid.uuid4()), now)
    bench.sql.execute("UPDATE work.schedule SET due_at = date_trunc('minute', now()), cron = '* * * * *'")
    start()

    def last() -> Fire | None:
        return desk.find(bench.tenant, "monthly").last

    wait_until(lambda: (fire := last()) and fire.job_status == "completed", 40, "it has run")

"""The writer as a process: how it boots, what it says, how it drains, and what its death costs."""

import json
import os
import signal
import uuid
from pathlib import Path

import httpx
import psycopg
import pytest
import redis

from deploy.local.data_dir.ports import HOST, free_port
from libs.contracts.inventory.records import Record
from libs.contracts.jobs import JobStatus
from tests.integration.service_process import WRITER, ServiceProcess, Writer
from tests.integration.writer.surroundings import Surroundings, running_writer, terminate
from tests.integration.writer.works import AT_THE_TABLE
from tests.waiting import wait_until
from tests.writing import FAIL_AT_FIRST, activity, recipient

MARKER = "Nguyễn-Văn-A-079123456789"
DEADLY = "scan-deadly"
MOST_RESTARTS = 40
WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'inventory.recipient'::regclass"
JUDGE = "ALTER TABLE inventory.recipient ADD CONSTRAINT judged CHECK (contact NOT LIKE '%%refused%%')"


def boots_in_vain(folder: Path, **settings: object) -> tuple[int, str]:
    """The exit status and the words of a writer that does not start."""
    with ServiceProcess(WRITER, folder, **settings) as writer:
        return writer.process.wait(20), writer.log


def test_missing_settings_are_all_named(tmp_path: Path) -> None:
    status, said = boots_in_vain(tmp_path, lease_ms="soon", log_level="loud")
    assert status == 2
    for name in ("SLUICE_REDIS_URL", "SLUICE_DATABASE_URL", "SLUICE_LEASE_MS", "SLUICE_LOG_LEVEL"):
        assert name in said
    assert "Traceback" not in said


def test_a_redis_that_is_not_there_is_said_in_one_line(tmp_path: Path, database_url: str) -> None:
    url = f"redis://:secret@{HOST}:{free_port()}/0"
    status, said = boots_in_vain(tmp_path, redis_url=url, database_url=database_url)
    assert status == 1
    assert said.startswith("sluice writer: Redis does not answer")
    assert len(said.splitlines()) == 1
    assert "secret" not in said


@pytest.mark.parametrize("setting", ["redis_url", "metrics_bind"])
def test_a_setting_that_makes_no_sense_is_said_in_one_line(tmp_path: Path, around: Surroundings, setting: str) -> None:
    status, said = boots_in_vain(tmp_path, **{**around.settings, setting: "nonsense"})
    assert status == 2
    assert said.splitlines()[-1].startswith("sluice writer: ")
    assert "Traceback" not in said


def test_a_redis_that_may_forget_is_refused(tmp_path: Path, around: Surroundings, redis_client: redis.Redis) -> None:
    redis_client.config_set("appendfsync", "everysec")
    try:
        status, said = boots_in_vain(tmp_path, **around.settings)
    finally:
        redis_client.config_set("appendfsync", "always")
    assert status == 2
    assert "appendfsync always" in said
    assert "Traceback" not in said


def test_it_writes_says_so_and_repeats_no_record(tmp_path: Path, around: Surroundings, tenant: uuid.UUID) -> None:
    around.desk.run(JUDGE)
    with psycopg.connect(around.desk.database_url) as connection:
        connection.execute(FAIL_AT_FIRST)
    good = [recipient(MARKER, contact=MARKER) for _ in range(3)]
    refused = recipient(MARKER, external_id=f"{MARKER}-id", contact=f"{MARKER} refused")
    with running_writer(tmp_path, **around.settings, log_level="debug") as writer:
        assert httpx.get(f"{writer.url}/livez", trust_env=False).status_code == 200
        batches: list[tuple[list[Record], str]] = [
            ([*good, refused], "continue"),
            ([recipient(MARKER, contact=f"first 40P01 {MARKER}")], "continue"),
            ([activity(MARKER, purpose_vi=MARKER, recipient_ids=[uuid.uuid4()])], "continue"),
            ([recipient(MARKER, contact=f"{MARKER} refused"), *good], "abort"),
        ]
        for records, on_error in batches:  # one after the other: together, one of them would be tried again at once
            job, _ = around.publish(tenant, records, on_error=on_error)
            wait_until(lambda job=job: around.desk.ended(job), 20, "the end of a job")
        metrics = httpx.get(f"{writer.url}/metrics", trust_env=False).text
        assert 'sluice_records_total{entity="recipients",outcome="created"} 4.0' in metrics
        assert 'sluice_records_total{entity="recipients",outcome="rejected"} 2.0' in metrics
        assert "sluice_bisected_chunks_total 2.0" in metrics
        assert 'sluice_state_readable{store="redis"} 1.0' in metrics
        assert str(tenant) not in metrics
        assert terminate(writer) == 0
    assert len(around.desk.rows("inventory.recipient", tenant)) == 4
    events = [json.loads(line) for line in writer.log.splitlines()]
    assert {"writer_ready", "chunk_put_off", "chunk_settled", "job_ended", "writer_stopped"} <= {
        event["event"] for event in events
    }
    assert MARKER not in writer.log
    assert "079123456789" not in writer.log
    password = psycopg.conninfo.conninfo_to_dict(around.desk.database_url)["password"]
    assert str(password) not in writer.log
    assert str(around.settings["redis_url"]) not in writer.log


def test_a_writer_whose_postgres_is_frozen_says_that_it_does_not_move(
    tmp_path: Path, around: Surroundings, tenant: uuid.UUID
) -> None:
    with (
        running_writer(tmp_path, **around.settings, statement_timeout_s=3) as writer,
        psycopg.connect(around.desk.database_url) as holder,
    ):
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        job, _ = around.publish(tenant, [recipient()])
        wait_until(lambda: around.desk.run(AT_THE_TABLE) == [(1,)], 10, "the writer at the table")
        ((frozen,),) = around.desk.run(WAITING)
        os.kill(frozen, signal.SIGSTOP)
        try:
            wait_until(lambda: "a chunk has been written for" in readiness(writer), 20, "it says so on /readyz")
            wait_until(lambda: "writer_stands_still" in writer.log, 20, "it says so in its log")
            assert "sluice_longest_chunk_seconds 0.0" not in httpx.get(f"{writer.url}/metrics", trust_env=False).text
        finally:
            os.kill(frozen, signal.SIGCONT)
        holder.rollback()
        wait_until(lambda: around.desk.ended(job), 30, "the end of the job")
        wait_until(lambda: readiness(writer) == "ok\n" and "writer_moves_again" in writer.log, 20, "it moves again")


def readiness(writer: Writer) -> str:
    return httpx.get(f"{writer.url}/readyz", trust_env=False).text


def test_sigterm_lets_it_finish_what_it_has_begun(tmp_path: Path, around: Surroundings, tenant: uuid.UUID) -> None:
    with (
        running_writer(tmp_path, **around.settings, writer_threads=1) as writer,
        psycopg.connect(around.desk.database_url) as holder,
    ):
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        job, refs = around.publish(tenant, [recipient() for _ in range(8)], chunk=4)
        wait_until(lambda: around.desk.run(AT_THE_TABLE) == [(1,)], 10, "the writer at the table")
        writer.process.send_signal(signal.SIGTERM)
        wait_until(
            lambda: httpx.get(f"{writer.url}/readyz", trust_env=False).status_code == 503, 10, "the writer not ready"
        )
        assert httpx.get(f"{writer.url}/livez", trust_env=False).status_code == 200
        assert writer.process.poll() is None
        holder.rollback()
        assert writer.process.wait(20) == 0
    found = around.desk.store.job(tenant, job.id)
    assert found
    assert (found.records.created, found.chunks.settled, found.chunks.running) == (4, 1, 0)
    assert len(around.desk.rows("inventory.recipient", tenant)) == 4
    assert "writer_stopped" in writer.log
    with running_writer(tmp_path, **around.settings):
        around.publisher.publish(refs)
        wait_until(lambda: around.desk.ended(job), 20, "the end of the job")
    assert len(around.desk.rows("inventory.recipient", tenant)) == 8


def test_a_record_that_kills_its_writer_costs_no_neighbour(
    tmp_path: Path, around: Surroundings, tenant: uuid.UUID
) -> None:
    """The writer is started again each time it dies, as a supervisor does."""
    names = ["a", "b", DEADLY, "d"]
    job, _ = around.publish(tenant, [recipient(external_id=name) for name in names])
    for _ in range(MOST_RESTARTS):
        with Writer(tmp_path, **around.settings, crash_record=DEADLY, lease_ms=1_000, grace_ms=200) as writer:
            wait_until(lambda: around.desk.ended(job) or writer.process.poll() is not None, 30, "an end of either")
            if around.desk.ended(job):
                assert terminate(writer) == 0
                break
            assert writer.process.returncode == -signal.SIGKILL, writer.log
    ended = around.desk.ended(job)
    assert ended
    assert (ended.status, ended.records.created, ended.records.rejected) == (JobStatus.COMPLETED, 3, 1)
    assert {row["external_id"] for row in around.desk.rows("inventory.recipient", tenant)} == {"a", "b", "d"}
    (reject,) = around.desk.rows("ingest.reject", tenant)
    assert (reject["record_index"], reject["external_id"], reject["faults"]) == (
        2,
        DEADLY,
        [{"code": "WRITER_CRASHED"}],
    )

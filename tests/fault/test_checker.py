"""Who checks the checker: each thing that must not happen is done to a good run, and the checker must say so."""

import dataclasses
from collections.abc import Iterator

import pytest

from deploy.local.postgres import PostgresServer
from deploy.local.valkey import ValkeyServer
from tests.fault.case import Case
from tests.fault.checker import check
from tests.fault.history import Answer, History
from tests.fault.place import CHUNK_RECORDS
from tests.fault.site import site
from tests.fault.stored import Connection, Stored, snapshot
from tests.fault.trial import Trial, trial
from tests.fault.workload import Workload

BATCHES = 25
INSERTED = "FROM inventory.recipient WHERE contact NOT LIKE '%/base-%' AND external_id IS NULL"
ONE = f"(SELECT recipient_id {INSERTED} LIMIT 1)"
A_JOB = "(SELECT job_id FROM ingest.job WHERE mode = 'insert' AND created > 0 ORDER BY job_id LIMIT 1)"

DEEDS = {
    "a record is lost": (
        f"DELETE FROM inventory.recipient WHERE recipient_id = {ONE}",
        {"chunks_are_all_or_nothing", "jobs_add_up"},
    ),
    "a record is there twice": (
        "INSERT INTO inventory.recipient (tenant_id, recipient_id, name_vi, name_en, recipient_type, country_code, contact,"
        " job_id) SELECT tenant_id, gen_random_uuid(), name_vi, name_en, recipient_type, country_code, contact, job_id"
        f" {INSERTED} LIMIT 1",
        {"records_are_stored_once", "jobs_add_up"},
    ),
    "a record changes its tenant": (
        f"UPDATE inventory.recipient SET tenant_id = gen_random_uuid() WHERE recipient_id = {ONE}",
        {"rows_are_what_was_posted"},
    ),
    "a record is changed": (
        f"UPDATE inventory.recipient SET name_vi = 'Khác' WHERE recipient_id = {ONE}",
        {"rows_are_what_was_posted"},
    ),
    "nobody posted it": (
        "UPDATE inventory.recipient SET contact = split_part(contact, '/', 1) || '/9-9/0'"
        f" WHERE recipient_id = {ONE}",
        {"rows_are_what_was_posted"},
    ),
    "a link is lost": (
        "DELETE FROM inventory.activity_recipient WHERE activity_id ="
        " (SELECT activity_id FROM inventory.activity_recipient LIMIT 1)",
        {"rows_are_what_was_posted"},
    ),
    "an activity is lost and its links are not": (
        "WITH off AS (SELECT set_config('session_replication_role', 'replica', true))"
        " DELETE FROM inventory.processing_activity USING off WHERE activity_id ="
        " (SELECT activity_id FROM inventory.activity_recipient LIMIT 1)",
        {"records_are_stored_once"},
    ),
    "a job counts what it has not done": (
        f"UPDATE ingest.job SET created = created - 1, updated = updated + 1 WHERE job_id = {A_JOB}",
        {"jobs_add_up"},
    ),
    "the ledger counts what was not done": (
        f"UPDATE ingest.chunk SET created = created - 1, unchanged = 1 WHERE job_id = {A_JOB} AND chunk_no = 0",
        {"jobs_add_up", "chunks_are_all_or_nothing"},
    ),
    "an upsert counts a record as new that was there": (
        "UPDATE ingest.job SET created = created + 1, updated = updated - 1"
        " WHERE job_id = (SELECT job_id FROM ingest.job WHERE mode = 'upsert' AND updated > 0 LIMIT 1)",
        {"pools_add_up"},
    ),
    "a chunk is not in the ledger": (
        f"DELETE FROM ingest.chunk WHERE job_id = {A_JOB} AND chunk_no = 0",
        {"jobs_add_up"},
    ),
    "a reject is lost": (
        "DELETE FROM ingest.reject WHERE (job_id, record_index) = (SELECT job_id, record_index FROM ingest.reject LIMIT 1)",
        {"chunks_are_all_or_nothing"},
    ),
    "a job never ends": (
        f"UPDATE ingest.job SET status = 'processing', finished_at = NULL WHERE job_id = {A_JOB}",
        {"jobs_add_up"},
    ),
    "a job is lost": (f"DELETE FROM ingest.job WHERE job_id = {A_JOB}", {"jobs_are_as_many_as_promised"}),
    "a batch became two jobs": (
        f"UPDATE ingest.job SET request_id = (SELECT request_id FROM ingest.job WHERE job_id = {A_JOB})"
        " WHERE job_id = (SELECT job_id FROM ingest.job WHERE mode = 'insert' AND created > 0 ORDER BY job_id DESC LIMIT 1)",
        {"jobs_are_as_many_as_promised"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Trial]:
    """A good run, over."""
    root = tmp_path_factory.mktemp("checker")
    workload = Workload.of("the checker", scanners=1, waiting=False)
    with (
        site(root, postgres.url, template, valkey.url) as here,
        here.writer("writer"),
        trial(here.place, workload, root / "history", here.logs) as run,
    ):
        for number in range(BATCHES):
            assert run.fleet.post(0, number).acknowledged
        yield run


@pytest.fixture(scope="module")
def history(run: Trial) -> History:
    """What its scanner was told."""
    return run.converge()


def violated(run: Trial, history: History, database: Connection) -> set[str]:
    """The rules that are violated."""
    case = Case(run.workload, history, Stored.read(database, run.workload), CHUNK_RECORDS)
    return {violation.partition(":")[0] for violation in check(case)}


def test_a_good_run_is_good(run: Trial, history: History) -> None:
    run.verify(history)
    assert run.figures["acknowledged"] >= BATCHES


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_in_the_database_is_seen(run: Trial, history: History, name: str) -> None:
    deed, rules = DEEDS[name]
    with snapshot(run.place.database_url) as database:
        assert violated(run, history, database) == set()
        assert database.execute(deed).rowcount > 0
        assert violated(run, history, database) >= rules


def changed(history: History, batch: str, **changes: object) -> History:
    """The history with another answer for one batch."""
    answers = {**history.answers, batch: [dataclasses.replace(history.answers[batch][0], **changes)]}  # type: ignore[arg-type]
    return History(answers)


def inserted(run: Trial, history: History) -> Answer:
    """The answer to an insert of several records."""
    return next(
        answer
        for answer in history.acknowledged()
        if run.workload.find(answer.batch).mode == "insert" and answer.status == 202 and len(answer.ids) > 1
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"job": "01890000-0000-7000-8000-000000000000"}, "jobs_are_as_many_as_promised"),
        ({"status": 503, "job": "", "code": "BACKLOG"}, "jobs_are_as_many_as_promised"),
        ({"status": 500, "job": "", "code": "INTERNAL"}, "answers_are_expected"),
        ({"ids": ("01890000-0000-7000-8000-000000000000",)}, "announced_ids_are_stored"),
    ],
)
def test_a_lie_to_a_scanner_is_seen(run: Trial, history: History, changes: dict[str, object], rule: str) -> None:
    told = changed(history, inserted(run, history).batch, **changes)
    with snapshot(run.place.database_url) as database:
        assert rule in violated(run, told, database)

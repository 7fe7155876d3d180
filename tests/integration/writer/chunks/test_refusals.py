"""Records that PostgreSQL refuses: exactly they fail. Errors that are not of the data are never searched for in it."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import Recipient
from libs.telemetry.metrics.writing import BISECTED
from services.writer.inventory.copy import CopyCountError
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import Desk, activity, note_nothing, open_desk, recipient

RULES = """
ALTER TABLE inventory.recipient ADD CONSTRAINT contact_is_fit CHECK (contact <> 'refuse-check');
CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE NEW.contact
        WHEN 'refuse-value' THEN RAISE EXCEPTION 'no: %', NEW USING ERRCODE = '22023';
        WHEN 'swallow' THEN RETURN NULL;
        WHEN 'disk-full' THEN RAISE EXCEPTION 'no: %', NEW USING ERRCODE = '53100';
        ELSE RETURN NEW;
    END CASE;
END $$;
CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON inventory.recipient FOR EACH ROW EXECUTE FUNCTION judge();
CREATE SEQUENCE tries;
CREATE FUNCTION count_tries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('tries');
    RETURN NULL;
END $$;
CREATE TRIGGER count_tries BEFORE INSERT ON inventory.recipient FOR EACH STATEMENT EXECUTE FUNCTION count_tries();
GRANT USAGE ON SEQUENCE tries TO sluice_writer;
"""
STATE = {"refuse-check": "23514", "refuse-value": "22023"}


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database whose recipients are judged by what `contact` says."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        with psycopg.connect(url) as connection:
            connection.execute(RULES)
        yield desk


def tries(desk: Desk) -> int:
    """How many statements have tried to insert recipients; a rollback does not take it back."""
    ((count,),) = desk.run("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tries")
    return int(count)


def records_with(contact: str) -> list[Recipient]:
    return [recipient(contact=contact if place == 5 else "fit") for place in range(8)]


def assert_nothing_written(desk: Desk, tenant: uuid.UUID) -> None:
    for table in ("inventory.recipient", "ingest.chunk", "ingest.reject"):
        assert desk.rows(table, tenant) == []


kinds = st.lists(
    st.sampled_from(["fit", "fit", "fit", "refuse-check", "refuse-value", "exists"]), min_size=1, max_size=40
)


@settings(max_examples=15, deadline=None)
@given(kinds=kinds, mode=st.sampled_from(["insert", "ignore", "upsert"]))
def test_exactly_the_refused_records_fail(desk: Desk, kinds: list[str], mode: str) -> None:
    tenant = uuid.uuid4()
    desk.write(tenant, [recipient("Có trước", external_id="exists", contact="fit")])
    records = []
    for place, kind in enumerate(kinds):
        repeated = kind == "exists" and kinds.index("exists") != place
        name = "exists" if kind == "exists" and not repeated else f"scan-{place}"
        records.append(recipient("Tên", external_id=name, contact="fit" if kind == "exists" else kind))
    written = desk.write(tenant, records, mode=mode)

    refused = {place: kind for place, kind in enumerate(kinds) if kind in STATE}
    existing = kinds.index("exists") if "exists" in kinds else None
    faults = {place: [("WRITE_REFUSED", "")] for place in refused}
    if existing is not None and mode == "insert":
        faults[existing] = [("EXTERNAL_ID_EXISTS", "/external_id")]
    assert written.faults == faults
    states = {reject.index: reject.faults[0].params.get("sqlstate") for reject in written.outcome.rejects}
    assert {place: states[place] for place in refused} == {place: STATE[kind] for place, kind in refused.items()}

    created = len(kinds) - len(refused) - (existing is not None)
    expected = {"created": created, "rejected": len(faults)}
    expected |= {"updated": 1} if existing is not None and mode == "upsert" else {}
    expected |= {"unchanged": 1} if existing is not None and mode == "ignore" else {}
    assert written.counts == {name: count for name, count in expected.items() if count}
    rows = {row["external_id"] for row in desk.rows("inventory.recipient", tenant)}
    assert rows == {"exists", *(record.external_id for place, record in enumerate(records) if place not in refused)}
    assert [row["record_index"] for row in desk.rows("ingest.reject", tenant, "record_index")] == sorted(faults)


def test_a_refused_record_is_kept_as_it_came_and_its_error_holds_no_value(desk: Desk, tenant: uuid.UUID) -> None:
    bisected = BISECTED._value.get()
    written = desk.write(tenant, [recipient("Riêng tư", contact="refuse-value"), recipient()])
    assert written.counts == {"created": 1, "rejected": 1}
    assert BISECTED._value.get() == bisected + 1
    (row,) = desk.rows("ingest.reject", tenant)
    assert row["faults"] == [{"code": "WRITE_REFUSED", "params": {"sqlstate": "22023"}}]
    assert (row["stage"], row["failed"]) == ("write", False)
    assert json.loads(row["raw"]) == {
        "name_vi": "Riêng tư",
        "recipient_type": "processor",
        "contact": "refuse-value",
    }
    assert b"refuse-value" not in written.entry.outcome


def test_abort_takes_a_refused_record_for_a_bad_one(desk: Desk, tenant: uuid.UUID) -> None:
    written = desk.write(tenant, [recipient(), recipient(contact="refuse-check"), recipient()], on_error="abort")
    assert written.counts == {"rejected": 1, "failed": 2}
    assert desk.rows("inventory.recipient", tenant) == []


def test_one_refused_record_of_many_costs_few_statements(desk: Desk, tenant: uuid.UUID) -> None:
    records = [recipient(contact="refuse-check" if place == 300 else "fit") for place in range(512)]
    before = tries(desk)
    assert desk.write(tenant, records).counts == {"created": 511, "rejected": 1}
    assert tries(desk) - before == 1 + 2 * 9


@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_a_full_disk_is_not_searched_for_in_the_records(desk: Desk, tenant: uuid.UUID, mode: str) -> None:
    before = tries(desk)
    with pytest.raises(errors.DiskFull):
        desk.write(tenant, records_with("disk-full"), mode=mode)
    assert tries(desk) - before == 1
    assert_nothing_written(desk, tenant)


@pytest.mark.parametrize(
    ("mode", "names", "most"),
    [("insert", {}, 1), ("upsert", {}, 1), ("upsert", {"external_id": "of two"}, 3)],
    ids=["insert", "upsert", "upsert-staged"],
)
def test_a_row_that_goes_missing_on_its_way_stops_the_chunk(
    desk: Desk, tenant: uuid.UUID, mode: str, names: dict[str, str], most: int
) -> None:
    """PostgreSQL says another count than was sent."""
    before = tries(desk)
    records = records_with("swallow") if not names else [recipient(contact="swallow", **names) for _ in range(2)]
    with pytest.raises((CopyCountError, errors.SerializationFailure)):
        desk.write(tenant, records, mode=mode)
    assert_nothing_written(desk, tenant)
    assert tries(desk) - before == most


def test_a_link_that_goes_missing_on_its_way_stops_the_chunk(desk: Desk, tenant: uuid.UUID) -> None:
    own = uuid.uuid4()
    desk.write(tenant, [recipient(recipient_id=own)])
    desk.run("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    desk.run(
        "CREATE TRIGGER swallow BEFORE INSERT ON inventory.activity_recipient FOR EACH ROW EXECUTE FUNCTION swallow()"
    )
    try:
        with pytest.raises(CopyCountError):
            desk.write(tenant, [activity(recipient_ids=[own])])
    finally:
        desk.run("DROP FUNCTION swallow() CASCADE")
    assert desk.rows("inventory.processing_activity", tenant) == []


@pytest.mark.parametrize(
    ("end", "error"),
    [("pg_cancel_backend", errors.QueryCanceled), ("pg_terminate_backend", psycopg.OperationalError)],
)
def test_a_writer_that_is_interrupted_at_a_lock_does_not_try_by_halves(
    desk: Desk, tenant: uuid.UUID, end: str, error: type[psycopg.Error]
) -> None:
    lease = desk.lease(tenant, records_with("fit"))
    blocked = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'inventory.recipient'::regclass"
    before = tries(desk)
    with psycopg.connect(desk.database_url) as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        writing = threads.submit(desk.writer.write, lease, note_nothing)
        ((pid,),) = wait_until(lambda: desk.run(blocked), 10, "the writer at the table")
        desk.run(f"SELECT {end}(%s)", pid)
        with pytest.raises(error):
            writing.result(timeout=10)
    assert tries(desk) == before
    assert_nothing_written(desk, tenant)
    assert desk.deliver(lease).counts == {"created": 8}

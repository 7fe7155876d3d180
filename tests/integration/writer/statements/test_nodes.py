"""What a PostgreSQL of several nodes answers: what a node refuses in a COPY arrives as XX000, and a node may be away.

Triggers answer here what a coordinator would, with the real code and its words.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.chunks import Fault, Reject
from libs.contracts.jobs import JobStatus
from services.writer.chunks.retry_policy import UNEXPECTED_ATTEMPTS
from tests.integration.writer.works import Works, counted
from tests.servers import cloned_database
from tests.writing import Desk, activity, open_desk, recipient

AS_A_COORDINATOR = """
ALTER TABLE inventory.recipient ADD CONSTRAINT contact_is_fit CHECK (contact <> 'refuse');
CREATE FUNCTION pass_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_query() NOT LIKE 'COPY%' THEN RETURN NEW; END IF;
    IF NEW.contact = 'refuse' THEN
        RAISE EXCEPTION 'new row for relation "recipient_102009" violates check constraint "contact_is_fit_102009"'
            USING ERRCODE = 'XX000';
    END IF;
    IF EXISTS (SELECT FROM inventory.recipient WHERE tenant_id = NEW.tenant_id AND external_id = NEW.external_id) THEN
        RAISE EXCEPTION 'duplicate key value violates unique constraint "recipient_external_id_102009"'
            USING ERRCODE = 'XX000';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pass_on BEFORE INSERT ON inventory.recipient FOR EACH ROW EXECUTE FUNCTION pass_on();
CREATE FUNCTION judge_rejects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.external_id = 'refuse' OR NEW.stage = 'bug' THEN
        RAISE EXCEPTION 'index row size 8192 exceeds btree version 4 maximum 2704' USING ERRCODE = 'XX000';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER judge BEFORE INSERT ON ingest.reject FOR EACH ROW EXECUTE FUNCTION judge_rejects();
"""
ANSWER = """
CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'XX000';
END $$
"""


@contextmanager
def answering(desk: Desk, table: str, said: str, to: str = "") -> Iterator[None]:
    """Whatever inserts into a table is answered with this, or only statements that begin with `to`."""
    desk.run(ANSWER)
    desk.run(
        f"CREATE TRIGGER answer BEFORE INSERT ON inventory.{table} FOR EACH STATEMENT "
        f"WHEN (starts_with(current_query(), '{to}')) EXECUTE FUNCTION answer('{said}')"
    )
    try:
        yield
    finally:
        desk.run("DROP FUNCTION answer() CASCADE")


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database that answers a COPY as a coordinator does."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        with psycopg.connect(url) as connection:
            connection.execute(AS_A_COORDINATOR)
        yield desk


def refused_codes(desk: Desk, tenant: uuid.UUID) -> dict[int, Any]:
    faults = {row["record_index"]: row["faults"][0] for row in desk.rows("ingest.reject", tenant)}
    return {index: fault.get("params", {}).get("sqlstate", fault["code"]) for index, fault in faults.items()}


@settings(max_examples=8, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["fit", "fit", "refuse"]), min_size=1, max_size=20),
    exists=st.booleans(),
    mode=st.sampled_from(["insert", "ignore", "upsert"]),
)
def test_exactly_the_refused_records_fail(desk: Desk, kinds: list[str], exists: bool, mode: str) -> None:
    tenant = uuid.uuid4()
    desk.write(tenant, [recipient("Có trước", external_id="scan-1", contact="fit")])
    records = [recipient(external_id=f"scan-{number}", contact=kind) for number, kind in enumerate(kinds, 2)]
    records += [recipient(external_id="scan-1", contact="fit")] * exists
    written = desk.write(tenant, records, mode=mode)
    expected = {place: "23514" for place, kind in enumerate(kinds) if kind == "refuse"}
    expected |= {len(kinds): "EXTERNAL_ID_EXISTS"} if exists and mode == "insert" else {}
    assert refused_codes(desk, tenant) == expected
    assert written.counts.get("created", 0) == kinds.count("fit")
    assert written.counts.get("rejected", 0) == len(expected)


def test_an_id_that_a_list_repeats_is_no_error(desk: Desk, tenant: uuid.UUID) -> None:
    own = uuid.uuid4()
    desk.write(tenant, [recipient(recipient_id=own, contact="fit")])
    with answering(desk, "processing_activity", "duplicate key value violates unique constraint", to="COPY"):
        assert desk.write(tenant, [activity(recipient_ids=[own, own])]).counts == {"created": 1}
    assert len(desk.rows("inventory.activity_recipient", tenant)) == 1


def reject(index: int, name: str, stage: str = "validate") -> Reject:
    return Reject(index, stage, [Fault("REQUIRED", "/name_vi")], b'{"name_vi": ""}', None, name)  # type: ignore[arg-type]


def test_a_reject_that_a_node_refuses_is_stored_bare(desk: Desk, tenant: uuid.UUID) -> None:
    rejects = [reject(0, "fit"), reject(1, "refuse"), reject(3, "fit")]
    written = desk.write(tenant, [recipient(contact="fit")], rejects=rejects)
    assert written.counts == {"created": 1, "rejected": 3}
    rows = desk.rows("ingest.reject", tenant, "record_index")
    assert [(row["record_index"], row["external_id"], bytes(row["raw"])) for row in rows] == [
        (0, "fit", rejects[0].raw), (1, None, b""), (3, "fit", rejects[0].raw)
    ]  # fmt: skip


def test_no_reject_is_left_out_for_what_is_no_refusal(desk: Desk, tenant: uuid.UUID) -> None:
    """Not even bare ones are taken: that is an error of something else, and the chunk comes again."""
    with pytest.raises(errors.InternalError_):
        desk.write(tenant, [recipient(contact="fit")], rejects=[reject(0, "fit", "bug")])
    assert desk.rows("inventory.recipient", tenant) == []


@pytest.mark.parametrize(
    "said",
    [
        "connection to the remote node sluice@node-1:5432 failed with the following error: Connection refused",
        "terminating connection due to administrator command",
    ],
)
def test_a_node_that_is_away_is_never_held_against_a_chunk(works: Works, tenant: uuid.UUID, said: str) -> None:
    job, (ref,) = works.open(tenant, [recipient()])
    with answering(works.desk, "recipient", said):
        works.handle(ref)
        for _ in range(UNEXPECTED_ATTEMPTS):
            works.retry_now(ref)
        put_off = works.job(job)
        assert (put_off.status, put_off.chunks.deferred, put_off.last_error) == (JobStatus.PROCESSING, 1, "XX000")
    works.retry_now(ref)
    assert counted(works.job(job)) == {"created": 1}

"""Links never dangle: what guards the referenced rows, in place of enforced foreign keys."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import pytest
import redis
from psycopg import errors

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ENTITIES, Record
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import Desk, activity, category, open_desk, recipient, transfer

FOREIGN_KEYS = """
SELECT s.relname, t.relname, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class s ON s.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
WHERE c.contype = 'f' AND NOT c.conenforced AND c.connamespace = 'inventory'::regnamespace
"""
WAITS_FOR_TENANT_LOCK = """
SELECT mode, pg_blocking_pids(pid) FROM pg_locks
WHERE pid = %s AND NOT granted AND locktype = 'advisory'
  AND (classid::bigint << 32 | objid::bigint) = ingest.tenant_lock(%s)
"""
BLOCKED = "SELECT pg_blocking_pids(%s)"
DANGLING = """
SELECT count(*) FROM inventory.activity_recipient
LEFT JOIN inventory.recipient r USING (tenant_id, recipient_id)
LEFT JOIN inventory.processing_activity a USING (tenant_id, activity_id)
WHERE r.tenant_id IS NULL OR a.tenant_id IS NULL
"""
INSERT_ACTIVITY = """
INSERT INTO inventory.processing_activity (tenant_id, activity_id, external_id, activity_name_vi, legal_basis,
                                           has_automated_decision_making, requires_dpia, job_id)
VALUES (%(tenant)s, %(id)s, %(name)s, 'x', 'contract', false, false, %(id)s)
"""


@dataclass(frozen=True)
class Target:
    """A kind of row that activities refer to."""

    field: str
    make: Callable[..., Record]

    @property
    def link(self) -> tuple[str, str, str]:
        """The link table, its column, and the target's table."""
        (link,) = (link for link in ENTITIES["processing-activities"].links if link.field == self.field)
        return link.table, link.column, link.target


each_target = pytest.mark.parametrize(
    "target",
    [Target("data_category_ids", category), Target("recipient_ids", recipient), Target("transfer_ids", transfer)],
    ids=lambda target: target.field,
)
RECIPIENTS = Target("recipient_ids", recipient)


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database of this module's own."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        yield desk


@pytest.fixture
def owner(desk: Desk) -> Iterator[psycopg.Connection]:
    """Somebody who may delete rows; outside of a transaction of its own, each statement is one."""
    with psycopg.connect(desk.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Runs what has to wait."""
    with ThreadPoolExecutor(2) as threads:
        yield threads


def put_target(desk: Desk, tenant: uuid.UUID, target: Target) -> uuid.UUID:
    own = uuid.uuid4()
    desk.write(tenant, [target.make(**{target.link[1]: own})])
    return own


def use(desk: Desk, tenant: uuid.UUID, target: Target, used: uuid.UUID) -> uuid.UUID:
    own = uuid.uuid4()
    assert desk.write(tenant, [activity(activity_id=own, **{target.field: [used]})]).counts == {"created": 1}
    return own


def delete(connection: psycopg.Connection, tenant: uuid.UUID, target: Target, own: uuid.UUID) -> int:
    _, column, table = target.link
    return connection.execute(
        f"DELETE FROM inventory.{table} WHERE tenant_id = %s AND {column} = %s", (tenant, own)
    ).rowcount


def test_tools_see_the_foreign_keys(owner: psycopg.Connection) -> None:
    expected = set()
    for link in ENTITIES["processing-activities"].links:
        for column, target in ((link.column, link.target), ("activity_id", "processing_activity")):
            text = f"FOREIGN KEY (tenant_id, {column}) REFERENCES inventory.{target}(tenant_id, {column}) NOT ENFORCED"
            expected.add((link.table, target, text))
    assert set(owner.execute(FOREIGN_KEYS)) == expected


@each_target
def test_a_row_in_use_is_not_deleted_until_its_links_are_gone(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, target: Target
) -> None:
    used, unused = put_target(desk, tenant, target), put_target(desk, tenant, target)
    use(desk, tenant, target, used)
    links, column, table = target.link
    with pytest.raises(errors.ForeignKeyViolation) as refused:
        delete(owner, tenant, target, used)
    assert refused.value.sqlstate == "23503"
    assert links in (refused.value.diag.message_hint or "")
    assert delete(owner, tenant, target, unused) == 1
    with pytest.raises(errors.ForeignKeyViolation):
        owner.execute(f"DELETE FROM inventory.{table} WHERE tenant_id = %s", (tenant,))
    owner.execute(f"DELETE FROM inventory.{links} WHERE tenant_id = %s AND {column} = %s", (tenant, used))
    assert delete(owner, tenant, target, used) == 1


@each_target
@pytest.mark.parametrize("key", ["own id", "tenant"])
def test_a_row_in_use_keeps_its_key(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, target: Target, key: str
) -> None:
    used, unused = put_target(desk, tenant, target), put_target(desk, tenant, target)
    use(desk, tenant, target, used)
    _, column, table = target.link
    changed = column if key == "own id" else "tenant_id"
    rekey = f"UPDATE inventory.{table} SET {changed} = %s WHERE tenant_id = %s AND {column} = %s"
    with pytest.raises(errors.ForeignKeyViolation):
        owner.execute(rekey, (uuid.uuid4(), tenant, used))
    assert owner.execute(rekey, (uuid.uuid4(), tenant, unused)).rowcount == 1
    same = f"UPDATE inventory.{table} SET tenant_id = tenant_id, {column} = {column}, name_vi = 'x' WHERE {column} = %s"
    assert owner.execute(same, (used,)).rowcount == 1


@each_target
def test_the_same_id_of_another_tenant_is_no_use(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, target: Target
) -> None:
    used, other = put_target(desk, tenant, target), uuid.uuid4()
    use(desk, tenant, target, used)
    desk.write(other, [target.make(**{target.link[1]: used})])
    assert delete(owner, other, target, used) == 1


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@each_target
def test_a_transaction_with_an_old_view_may_not_delete(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, target: Target, level: str
) -> None:
    """It would not see a link that was committed while it waited."""
    unused = put_target(desk, tenant, target)
    owner.execute(f"BEGIN ISOLATION LEVEL {level}")
    with pytest.raises(errors.FeatureNotSupported, match="READ COMMITTED"):
        delete(owner, tenant, target, unused)
    owner.execute("ROLLBACK")
    assert delete(owner, tenant, target, unused) == 1


def test_a_deleted_activity_takes_its_links_along(desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID) -> None:
    targets = [Target("data_category_ids", category), RECIPIENTS, Target("transfer_ids", transfer)]
    ids = {target.field: [put_target(desk, tenant, target)] for target in targets}
    gone, kept = uuid.uuid4(), uuid.uuid4()
    desk.write(tenant, [activity(activity_id=own, **ids) for own in (gone, kept)])
    owner.execute("DELETE FROM inventory.processing_activity WHERE tenant_id = %s AND activity_id = %s", (tenant, gone))
    for target in targets:
        assert [row["activity_id"] for row in desk.rows(f"inventory.{target.link[0]}", tenant)] == [kept]


@pytest.mark.parametrize("column", ["tenant_id", "activity_id"])
def test_an_activity_keeps_its_key(desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, column: str) -> None:
    own = uuid.uuid4()
    desk.write(tenant, [activity(activity_id=own)])
    rekey = f"UPDATE inventory.processing_activity SET {column} = %s WHERE activity_id = %s"
    with pytest.raises(errors.ForeignKeyViolation):
        owner.execute(rekey, (uuid.uuid4(), own))
    same = f"UPDATE inventory.processing_activity SET {column} = {column}, requires_dpia = true WHERE activity_id = %s"
    assert owner.execute(same, (own,)).rowcount == 1


def test_deleting_waits_for_a_writer_and_then_sees_its_links(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, threads: ThreadPoolExecutor
) -> None:
    used = put_target(desk, tenant, RECIPIENTS)
    with psycopg.connect(desk.database_url) as writer, psycopg.connect(desk.database_url, autocommit=True) as deleter:
        writer.execute("SELECT pg_advisory_xact_lock_shared(ingest.tenant_lock(%s))", (tenant,))
        assert writer.execute("SELECT 1 FROM inventory.recipient WHERE recipient_id = %s", (used,)).fetchone()
        deletion = threads.submit(delete, deleter, tenant, RECIPIENTS, used)
        waiting = wait_for_tenant_lock(owner, deleter, tenant)
        assert waiting == ("ExclusiveLock", [writer.info.backend_pid])
        own = uuid.uuid4()
        writer.execute(INSERT_ACTIVITY, {"tenant": tenant, "id": own, "name": None})
        writer.execute("INSERT INTO inventory.activity_recipient VALUES (%s, %s, %s)", (tenant, own, used))
        writer.commit()
        with pytest.raises(errors.ForeignKeyViolation):
            deletion.result(timeout=10)
    assert owner.execute(DANGLING).fetchone() == (0,)


def test_a_writer_waits_for_a_deletion_and_then_misses_the_row(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, threads: ThreadPoolExecutor
) -> None:
    used, kept = put_target(desk, tenant, RECIPIENTS), put_target(desk, tenant, RECIPIENTS)
    with psycopg.connect(desk.database_url) as deleter:
        delete(deleter, tenant, RECIPIENTS, used)
        records = [activity(recipient_ids=[kept]), activity(recipient_ids=[kept, used])]
        writing = threads.submit(desk.write, tenant, records)
        writer_pid = wait_until(lambda: blocked_by(owner, deleter), 10, "the writer's wait")
        assert wait_for_tenant_lock_of(owner, writer_pid, tenant) == ("ShareLock", [deleter.info.backend_pid])
        deleter.commit()
        written = writing.result(timeout=10)
    assert written.counts == {"created": 1, "rejected": 1}
    assert written.faults == {1: [("REFERENCE_UNKNOWN", "/recipient_ids/1")]}
    assert owner.execute(DANGLING).fetchone() == (0,)


def test_a_deletion_taken_back_costs_the_writer_nothing(
    desk: Desk, owner: psycopg.Connection, tenant: uuid.UUID, threads: ThreadPoolExecutor
) -> None:
    used = put_target(desk, tenant, RECIPIENTS)
    with psycopg.connect(desk.database_url) as deleter:
        delete(deleter, tenant, RECIPIENTS, used)
        writing = threads.submit(desk.write, tenant, [activity(recipient_ids=[used])])
        wait_until(lambda: blocked_by(owner, deleter), 10, "the writer's wait")
        deleter.rollback()
        assert writing.result(timeout=10).counts == {"created": 1}


def test_the_guard_holds_the_tenant_alone(desk: Desk, tenant: uuid.UUID) -> None:
    used, other = put_target(desk, tenant, RECIPIENTS), uuid.uuid4()
    theirs = put_target(desk, other, RECIPIENTS)
    with psycopg.connect(desk.database_url) as deleter:
        delete(deleter, tenant, RECIPIENTS, used)
        assert desk.write(other, [activity(recipient_ids=[theirs])]).counts == {"created": 1}
        deleter.rollback()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("taken back", {"updated": 2}),
        ("committed", {"created": 1, "updated": 1}),
        ("replaced", {"updated": 1, "rejected": 1}),
    ],
)
def test_an_activity_deleted_under_an_upsert_leaves_no_link(
    desk: Desk,
    owner: psycopg.Connection,
    tenant: uuid.UUID,
    threads: ThreadPoolExecutor,
    outcome: str,
    expected: dict[str, int],
) -> None:
    """The upsert has found the activity, and waits for the row that is being deleted."""
    first, second = (put_target(desk, tenant, RECIPIENTS) for _ in range(2))
    own, other = use(desk, tenant, RECIPIENTS, first), use(desk, tenant, RECIPIENTS, first)
    records = [activity(activity_id=key, external_id=str(key), recipient_ids=[second]) for key in (own, other)]
    with psycopg.connect(desk.database_url) as deleter:
        deleter.execute(
            "DELETE FROM inventory.processing_activity WHERE tenant_id = %s AND activity_id = %s", (tenant, own)
        )
        if outcome == "replaced":  # by another one with the name that the upsert gives
            deleter.execute(INSERT_ACTIVITY, {"tenant": tenant, "id": uuid.uuid4(), "name": str(own)})
        writing = threads.submit(desk.deliver, desk.lease(tenant, records, mode="upsert"))
        wait_until(lambda: blocked_by(owner, deleter), 10, "the writer's wait")
        deleter.rollback() if outcome == "taken back" else deleter.commit()
        assert writing.result(timeout=10).counts == expected
    links = {(row["activity_id"], row["recipient_id"]) for row in desk.rows("inventory.activity_recipient", tenant)}
    assert links == {(key, second) for key in (own, other) if key != own or outcome != "replaced"}
    assert owner.execute(DANGLING).fetchone() == (0,)


def blocked_by(owner: psycopg.Connection, blocker: psycopg.Connection) -> int:
    """The process id of a session that waits for another one, or 0."""
    row = owner.execute(
        "SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", (blocker.info.backend_pid,)
    ).fetchone()
    return row[0] if row else 0


def wait_for_tenant_lock(
    owner: psycopg.Connection, waiter: psycopg.Connection, tenant: uuid.UUID
) -> tuple[str, list[int]]:
    return wait_for_tenant_lock_of(owner, waiter.info.backend_pid, tenant)


def wait_for_tenant_lock_of(owner: psycopg.Connection, pid: int, tenant: uuid.UUID) -> tuple[str, list[int]]:
    return wait_until(
        lambda: owner.execute(WAITS_FOR_TENANT_LOCK, (pid, tenant)).fetchone(), 10, "a wait for the tenant's lock"
    )

"""The audit trail: one entry that cannot be stored stops no other, and a tenant's chain shows what was done to it."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import psycopg
import pytest
import redis
from click.testing import CliRunner, Result
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.boot.installation import Installation
from libs.contracts.jobs import AuditEntry
from libs.database.audit.command import audit
from libs.database.audit.trail import NOTHING_YET, append, following
from services.writer.promises.audit import NOBODY, store_audit
from services.writer.promises.lost_jobs import end_lost_jobs
from tests.integration.writer.works import LASTING, Works, works_at
from tests.servers import cloned_database
from tests.writing import Desk, address_of, audit_entry, new_job, open_desk, recipient, writers_pool


@pytest.fixture(scope="module")
def shared(postgres: PostgresServer, template: str) -> Iterator[ConnectionPool]:
    """A writer's connections to a database of the module's own."""
    with cloned_database(postgres.url, template) as url, writers_pool(url) as pool:
        yield pool


@pytest.fixture
def desk(shared: ConnectionPool, redis_client: redis.Redis) -> Desk:
    """A desk with a job store of the test's own."""
    return Desk(address_of(shared), redis_client, shared, LASTING)


@pytest.fixture
def odd_desk(database_url: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A desk whose database is the test's own too."""
    with open_desk(database_url, redis_client, timing=LASTING) as desk:
        yield desk


def entry(tenant: uuid.UUID, **changes: Any) -> AuditEntry:
    return replace(audit_entry(new_job(tenant, "recipients", 1)), counts={"b": 2, "a": 1}, **changes)


def put(desk: Desk, *entries: AuditEntry) -> None:
    """Leave entries in Redis, as ingest does."""
    desk.store.client.hset(desk.store.keys.audit, mapping={str(e.id): msgspec.json.encode(e) for e in entries})


def store(desk: Desk) -> int:
    return store_audit(desk.store, desk.pool, desk.jobs)


def added(desk: Desk, tenant: uuid.UUID, count: int) -> list[AuditEntry]:
    """So many entries, stored."""
    entries = [entry(tenant, actor=f"Nguyễn {number}") for number in range(count)]
    with desk.pool.connection() as connection:
        assert append(connection, entries) == {each.id for each in entries}
    return entries


def chain(desk: Desk, tenant: uuid.UUID) -> list[dict[str, Any]]:
    return desk.rows("ingest.audit", tenant, order="seq")


def verify(desk: Desk, *options: str, heads: str | None = None) -> Result:
    given = ["--database-url", desk.database_url, *options, *(["--heads", "-"] if heads else [])]
    return CliRunner().invoke(audit, ["verify", *given], input=heads)


# Entries that cannot be stored.


def poisoned(tenant: uuid.UUID) -> dict[str, bytes]:
    """Entries as a careless issuer, or a version to come, may leave them."""
    good = msgspec.json.encode(entry(tenant))
    return {
        "NUL in the actor": good.replace(b'"tester"', b'"te\\u0000ster"'),
        "half a character": good.replace(b'"tester"', b'"te\\ud800ster"'),
        "no UTF-8": good.replace(b'"tester"', b'"te\xffster"'),
        "no JSON": b"{",
        "nothing": b"",
        "another kind": b'{"id": 7}',
        "NUL in a count's name": good.replace(b'"b"', b'"b\\u0000"'),
    }


@pytest.mark.parametrize("name", poisoned(uuid.uuid4()))
def test_one_entry_that_cannot_be_stored_stops_no_other(desk: Desk, tenant: uuid.UUID, name: str) -> None:
    others = [entry(uuid.uuid4()) for _ in range(5)]
    neighbours = [entry(tenant) for _ in range(5)]
    put(desk, *others, *neighbours)
    raw = poisoned(tenant)[name]
    desk.store.client.hset(desk.store.keys.audit, "poison", raw)

    assert store(desk) == 10
    assert next(desk.store.audit_bites(100), {}) == {}
    assert {row["audit_id"] for row in chain(desk, tenant)} == {each.id for each in neighbours}
    assert all(len(chain(desk, each.tenant_id)) == 1 for each in others)
    kept = "SELECT count(*) FROM ingest.audit_aside WHERE raw = %s AND tenant_id IN (%s, %s)"
    assert desk.run(kept, raw, tenant, NOBODY) == [(1,)]
    assert verify(desk, "--tenant", str(tenant)).exit_code == 0

    desk.store.client.hset(desk.store.keys.audit, "poison", raw)
    assert store(desk) == 0
    assert desk.run(kept, raw, tenant, NOBODY) == [(1,)]


def test_a_job_that_cannot_be_known_stops_no_entry(desk: Desk, tenant: uuid.UUID) -> None:
    works = works_at(desk)
    (bad, _), (broken, _), (good, _) = (works.open(tenant, [recipient()]) for _ in range(3))
    desk.store.client.hset(desk.store.keys.job(tenant, bad.id), "created_by", "a\0b")
    desk.store.client.hdel(desk.store.keys.job(tenant, broken.id), "total")
    assert store(desk) == 3
    assert [row["job_id"] for row in desk.rows("ingest.job", tenant)] == [good.id]
    assert len(chain(desk, tenant)) == 3


def refuse(desk: Desk, event: str, job_id: uuid.UUID, sqlstate: str) -> None:
    """Have PostgreSQL refuse the row of this job."""
    raises = f"BEGIN RAISE 'no' USING ERRCODE = '{sqlstate}'; END"
    desk.run(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {raises} $$")
    this = f"FOR EACH ROW WHEN (NEW.job_id = '{job_id}') EXECUTE FUNCTION refuse()"
    desk.run(f"CREATE TRIGGER refuse BEFORE {event} ON ingest.job {this}")


def test_a_job_that_is_not_known_yet_keeps_its_own_entry_alone(odd_desk: Desk, tenant: uuid.UUID) -> None:
    desk = odd_desk
    works = works_at(desk)
    (late, _), (good, _) = (works.open(tenant, [recipient()]) for _ in range(2))
    refuse(desk, "INSERT", late.id, "55P03")
    assert store(desk) == 1
    assert [row["job_id"] for row in chain(desk, tenant)] == [good.id]
    desk.run("DROP TRIGGER refuse ON ingest.job")
    assert store(desk) == 1
    assert {row["job_id"] for row in desk.rows("ingest.job", tenant)} == {late.id, good.id}


def test_a_lost_job_that_cannot_be_ended_keeps_no_other_from_its_end(odd_desk: Desk, tenant: uuid.UUID) -> None:
    desk = odd_desk
    works = works_at(desk)
    jobs = [works.open(tenant, [recipient()])[0] for _ in range(3)]
    broken, _ = works.open(tenant, [recipient()])
    store(desk)
    for job in jobs:
        desk.store.client.delete(desk.store.keys.job(tenant, job.id))
    desk.store.client.hdel(desk.store.keys.job(tenant, broken.id), "total")
    desk.run("UPDATE ingest.job SET updated_at = now() - interval '1 minute'")
    refuse(desk, "UPDATE", jobs[0].id, "22021")
    ours = Installation(desk.store.client, desk.namespace)
    assert end_lost_jobs(desk.store, desk.pool, "desk", ours) == 2
    ended = {row["job_id"]: row["status"] for row in desk.rows("ingest.job", tenant)}
    assert ended == {jobs[0].id: "processing", broken.id: "processing", jobs[1].id: "failed", jobs[2].id: "failed"}


# The chain.


def test_each_tenant_has_a_chain_from_the_first_entry_on(odd_desk: Desk, tenant: uuid.UUID) -> None:
    desk = odd_desk
    other = uuid.uuid4()
    entries = added(desk, tenant, 3)
    added(desk, other, 2)
    entries += added(desk, tenant, 2)
    head, heads = NOTHING_YET, []
    for each in sorted(entries[:3], key=lambda e: (e.at, e.id)) + sorted(entries[3:], key=lambda e: (e.at, e.id)):
        head = following(head, each)
        heads.append((head.seq, head.hash))
    assert [(row["seq"], bytes(row["hash"])) for row in chain(desk, tenant)] == heads
    assert [row["seq"] for row in chain(desk, other)] == [1, 2]
    whole = verify(desk)
    assert whole.exit_code == 0, whole.output
    assert sorted(whole.stdout.splitlines()) == sorted(
        f"{name} {rows[-1]['seq']} {bytes(rows[-1]['hash']).hex()}"
        for name, rows in ((tenant, chain(desk, tenant)), (other, chain(desk, other)))
    )
    assert "7" in whole.stderr
    assert verify(desk, "--tenant", str(other)).stdout.split()[:2] == [str(other), "2"]


def test_many_writers_make_one_chain(desk: Desk, tenant: uuid.UUID) -> None:
    tenants = [tenant, *(uuid.uuid4() for _ in range(3))]
    put(desk, *(entry(tenants[number % 4]) for number in range(400)))
    begin = threading.Barrier(4)

    def work(_: int) -> None:
        begin.wait()
        while next(desk.store.audit_bites(1), {}):
            store(desk)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert [[row["seq"] for row in chain(desk, each)] for each in tenants] == [list(range(1, 101))] * 4
    assert all(verify(desk, "--tenant", str(each)).exit_code == 0 for each in tenants)


def test_a_writer_that_stalls_in_a_chain_keeps_only_that_tenant_waiting(desk: Desk, tenant: uuid.UUID) -> None:
    with psycopg.connect(desk.database_url) as stalled, stalled.transaction():
        stalled.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 7236492))", [tenant])
        other = uuid.uuid4()
        put(desk, entry(tenant), entry(other))
        assert store(desk) == 1
        assert (len(chain(desk, tenant)), len(chain(desk, other))) == (0, 1)
    assert store(desk) == 1
    assert len(chain(desk, tenant)) == 1


def test_an_entry_that_is_there_already_takes_no_number(desk: Desk, tenant: uuid.UUID) -> None:
    entries = added(desk, tenant, 3)
    put(desk, *entries, entry(tenant))
    assert store(desk) == 4
    assert [row["seq"] for row in chain(desk, tenant)] == [1, 2, 3, 4]
    assert verify(desk, "--tenant", str(tenant)).exit_code == 0


def test_entries_from_before_the_chain_are_counted_and_not_covered(desk: Desk, tenant: uuid.UUID) -> None:
    old = entry(tenant)
    desk.run(
        "INSERT INTO ingest.audit (tenant_id, audit_id, at, actor, action, job_id, entity, request_id, counts) "
        "VALUES (%s, %s, now(), 'x', 'batch.accept', %s, 'recipients', '', '{}')", tenant, old.id, old.job_id,
    )  # fmt: skip
    put(desk, old, entry(tenant))
    assert store(desk) == 2
    assert [row["seq"] for row in chain(desk, tenant)] == [1, None]
    whole = verify(desk, "--tenant", str(tenant))
    assert whole.exit_code == 0
    assert "1 older" in whole.stderr


COPY_OF_THE_FIFTH = """
INSERT INTO ingest.audit (tenant_id, audit_id, at, actor, action, job_id, entity, request_id, counts, seq, hash)
SELECT tenant_id, gen_random_uuid(), at, actor, action, job_id, entity, request_id, counts, 6, hash
FROM ingest.audit WHERE seq = 5
"""
CHANGES: dict[str, tuple[str, int]] = {
    "another actor": ("UPDATE ingest.audit SET actor = 'x' WHERE seq = 3", 3),
    "another time": ("UPDATE ingest.audit SET at = at + interval '1 microsecond' WHERE seq = 2", 2),
    "counts that are none": ("UPDATE ingest.audit SET counts = '[1]' WHERE seq = 2", 2),
    "other counts": ("UPDATE ingest.audit SET counts = '{\"a\": 1, \"b\": 3}' WHERE seq = 5", 5),
    "another job": ("UPDATE ingest.audit SET job_id = gen_random_uuid() WHERE seq = 1", 1),
    "another hash": ("UPDATE ingest.audit SET hash = sha256('x') WHERE seq = 4", 4),
    "no hash": ("UPDATE ingest.audit SET hash = NULL WHERE seq = 4", 4),
    "taken out": ("DELETE FROM ingest.audit WHERE seq = 2", 2),
    "the first taken out": ("DELETE FROM ingest.audit WHERE seq = 1", 1),
    "the last but one taken out, the last in its place": (
        "DELETE FROM ingest.audit WHERE seq = 4; UPDATE ingest.audit SET seq = 4 WHERE seq = 5", 4,
    ),
    "out of the chain": ("UPDATE ingest.audit SET seq = NULL, hash = NULL WHERE seq = 3", 3),
    "two that swap": (
        "UPDATE ingest.audit SET seq = 9 WHERE seq = 2; UPDATE ingest.audit SET seq = 2 WHERE seq = 3", 2,
    ),
    "another tenant's": ("UPDATE ingest.audit SET tenant_id = gen_random_uuid() WHERE seq = 1", 1),
    "put in": (COPY_OF_THE_FIFTH, 6),
}  # fmt: skip


def as_owner(desk: Desk, tenant: uuid.UUID, statements: str) -> None:
    """What the owner of the table can do to the entries of a tenant."""
    desk.run("ALTER TABLE ingest.audit DISABLE TRIGGER append_only")
    for statement in statements.split("; "):
        desk.run(statement.replace("WHERE", f"WHERE tenant_id = '{tenant}' AND"))
    desk.run("ALTER TABLE ingest.audit ENABLE ALWAYS TRIGGER append_only")


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_owner_changes_is_missed(desk: Desk, tenant: uuid.UUID, name: str) -> None:
    statements, seq = CHANGES[name]
    added(desk, tenant, 5)
    as_owner(desk, tenant, statements)
    broken = verify(desk, "--tenant", str(tenant))
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert f"{tenant}" in broken.stderr
    assert f" {seq} " in broken.stderr
    assert "not what was stored" in broken.stderr or "is missing" in broken.stderr
    assert "audit trail" in broken.stderr


def test_an_entry_that_is_forged_with_its_hash_breaks_the_next_one(desk: Desk, tenant: uuid.UUID) -> None:
    first, second, *_ = sorted(added(desk, tenant, 5), key=lambda each: (each.at, each.id))
    forged = following(following(NOTHING_YET, first), replace(second, actor="somebody else"))
    change = f"UPDATE ingest.audit SET actor = 'somebody else', hash = '\\x{forged.hash.hex()}' WHERE seq = 2"
    as_owner(desk, tenant, change)
    broken = verify(desk, "--tenant", str(tenant))
    assert broken.exit_code == 1
    assert "entry 3 " in broken.stderr


def test_one_broken_chain_says_nothing_of_another(odd_desk: Desk, tenant: uuid.UUID) -> None:
    other = uuid.uuid4()
    added(odd_desk, tenant, 2)
    added(odd_desk, other, 1)
    as_owner(odd_desk, tenant, CHANGES["the first taken out"][0])
    broken = verify(odd_desk)
    assert (broken.exit_code, broken.stdout.split()[:2]) == (1, [str(other), "1"])
    assert str(tenant) in broken.stderr
    assert str(other) not in broken.stderr


@pytest.mark.parametrize("left", [3, 0])
@pytest.mark.parametrize("anew", [0, 7], ids=["gone", "made anew"])
def test_what_is_gone_from_the_end_shows_against_a_head_that_was_noted(
    desk: Desk, tenant: uuid.UUID, left: int, anew: int
) -> None:
    only = ("--tenant", str(tenant))
    added(desk, tenant, 5)
    noted = verify(desk, *only).stdout
    added(desk, tenant, 2)
    assert verify(desk, *only, heads=noted).exit_code == 0
    as_owner(desk, tenant, f"DELETE FROM ingest.audit WHERE seq > {left}")
    added(desk, tenant, anew)
    assert verify(desk, *only).exit_code == 0, "nothing to compare with"
    broken = verify(desk, *only, heads=noted)
    assert broken.exit_code == 1
    assert str(tenant) in broken.stderr
    assert ("another one" if anew else "was longer once") in broken.stderr


@pytest.mark.parametrize("line", ["x", "a b c", f"{uuid.UUID(int=7)} 1", f"{uuid.UUID(int=7)} 1 xy"])
def test_heads_that_are_none_are_a_wrong_use(desk: Desk, line: str) -> None:
    assert verify(desk, heads=line).exit_code == 2


def test_who_does_not_see_the_trail_does_not_find_it_whole(desk: Desk, tenant: uuid.UUID) -> None:
    added(desk, tenant, 1)
    password = "s3cret"
    desk.run(f"CREATE ROLE reader_{tenant.hex} LOGIN PASSWORD '{password}' IN ROLE sluice_reader")
    try:
        for url in (
            psycopg.conninfo.make_conninfo(desk.database_url, user=f"reader_{tenant.hex}", password=password),
            f"postgresql://u:{password}@h/x?nonsense=1",
        ):
            refused = CliRunner().invoke(audit, ["verify", "--database-url", url])
            assert refused.exit_code == 1
            assert "sluice_writer" in refused.output or "SLUICE_DATABASE_URL" in refused.output
            assert password not in refused.output
    finally:
        desk.run(f"DROP ROLE reader_{tenant.hex}")


def test_the_trail_of_a_running_writer_is_chained(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, [recipient()])
    assert store(works.desk) == 1
    works.handle(*refs)
    assert chain(works.desk, tenant)[0]["job_id"] == job.id
    assert chain(works.desk, tenant)[0]["seq"] == 1

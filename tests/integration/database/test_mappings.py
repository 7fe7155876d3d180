"""Versions of mappings on a real PostgreSQL: none changes, one changer wins, tenants never meet."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import errors

from libs.contracts.files.mappings import ColumnMapping, Mapping
from libs.contracts.ids import uuid7
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.database.mappings import MappingStore, NewMapping
from libs.database.server.pool import open_pool
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.options import Origin

ENTITY = "recipients"


class Desk:
    """A tenant's mappings, through one role's pool."""

    def __init__(self, store: MappingStore, tenant: uuid.UUID) -> None:
        self.store = store
        self.tenant = tenant
        self._ids = 0

    def audit(self, action: str = "mapping.change") -> AuditEntry:
        origin = Origin(Caller("thu", self.tenant, frozenset()), "request-1", "", "")
        return audit_entry(origin, action, uuid.uuid4(), ENTITY, {})

    def add(self, entity: str | None = ENTITY, signature: bytes = b"1", **targets: str | None) -> uuid.UUID:
        self._ids += 1
        new = NewMapping(
            tenant_id=self.tenant, mapping_id=uuid7(self._ids), signature=signature, created_by="thu",
            content=content(entity, **targets),
        )  # fmt: skip
        assert self.store.add(new) == self.store.add(new)
        return new.mapping_id

    def approve(self, mapping: uuid.UUID, version: int = 1) -> int:
        return self.store.approve(self.tenant, mapping, version, self.audit("mapping.approve")).version


def content(entity: str | None = ENTITY, **targets: str | None) -> Mapping:
    columns = [ColumnMapping(index=n, name=name, target=target) for n, (name, target) in enumerate(targets.items())]
    return Mapping(entity=entity, columns=columns, constants={"name_vi": "Tên"})


@pytest.fixture(params=["sluice_tasks", "sluice_processor"])
def desk(request: pytest.FixtureRequest, database_url: str, tenant: uuid.UUID) -> Iterator[Desk]:
    with open_pool(database_url, request.param, name="m", size=4, statement_timeout_s=5, timeout_s=5) as pool:
        yield Desk(MappingStore(pool), tenant)


def test_a_change_is_a_version_and_the_one_before_stays(desk: Desk) -> None:
    mapping = desk.add(ten="name_vi")
    changed = desk.store.change(desk.tenant, mapping, 1, content(ten="name_en"), desk.audit())
    assert (changed.version, changed.status) == (2, "proposed")
    assert desk.approve(mapping, 2) == 3
    versions = [desk.store.mapping(desk.tenant, mapping, version) for version in (1, 2, 3, 4)]
    assert [each and (each.status, each.content.columns[0].target) for each in versions] == [
        ("proposed", "name_vi"), ("proposed", "name_en"), ("approved", "name_en"), None,
    ]  # fmt: skip
    assert desk.store.mapping(desk.tenant, mapping) == versions[2]


def test_of_two_changers_one_wins(desk: Desk) -> None:
    mapping = desk.add()

    def change(name: str) -> int | str:
        try:
            return desk.store.change(desk.tenant, mapping, 1, content(ten=name), desk.audit()).version
        except Refusal as refusal:
            return refusal.problem.code

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(change, ["name_vi", "name_en", "contact", "contact"]))
    assert sorted(map(str, outcomes)) == ["2", *["MAPPING_CHANGED"] * 3]
    with pytest.raises(Refusal, match="MAPPING_CHANGED"):
        desk.approve(mapping, 1)


def test_what_is_done_is_in_the_trail_and_what_is_refused_is_not(desk: Desk, database_url: str) -> None:
    mapping = desk.add()
    desk.approve(mapping)
    with pytest.raises(Refusal):
        desk.approve(mapping)
    with psycopg.connect(database_url) as sql:
        assert sql.execute("SELECT action, actor FROM ingest.audit").fetchall() == [("mapping.approve", "thu")]


def test_another_tenants_are_not_there(desk: Desk) -> None:
    mapping = desk.add(ten="name_vi")
    desk.approve(mapping)
    other = Desk(desk.store, uuid.uuid4())
    assert other.store.mapping(other.tenant, mapping) is None
    assert listed(other) == []
    assert other.store.history(other.tenant, ENTITY) == {}
    assert other.store.approved(other.tenant, ENTITY, b"1") is None
    with pytest.raises(Refusal, match="MAPPING_CHANGED"):
        other.approve(mapping, 2)


def test_history_is_what_was_approved_last(desk: Desk) -> None:
    first, second, proposed = desk.add(ten="name_vi", a="contact"), desk.add(ten="name_en"), desk.add(b="contact")
    desk.add("data-categories", c="name_vi")
    desk.approve(first)
    desk.approve(second)
    assert desk.store.history(desk.tenant, ENTITY) == {"ten": "name_en", "a": "contact"}
    approved = desk.store.approved(desk.tenant, ENTITY, b"1")
    assert approved
    assert (approved.mapping_id, approved.version) == (second, 2)
    assert desk.store.approved(desk.tenant, ENTITY, b"2") is None
    desk.approve(proposed)
    assert desk.store.history(desk.tenant, ENTITY)["b"] == "contact"


def listed(desk: Desk, **filters: Any) -> list[uuid.UUID]:
    how: dict[str, Any] = {"before": None, "entity": None, "status": None, "limit": 10, **filters}
    return [each.mapping_id for each in desk.store.page(desk.tenant, **how)]


def test_pages_are_newest_first_and_filtered_by_the_newest_version(desk: Desk) -> None:
    first, second, third = desk.add(), desk.add("data-categories"), desk.add(None)
    desk.approve(first)
    desk.approve(second)
    desk.store.change(desk.tenant, second, 2, content("data-categories"), desk.audit())
    assert listed(desk) == [third, second, first]
    assert listed(desk, limit=1) == [third]
    assert listed(desk, before=third) == [second, first]
    assert listed(desk, entity=ENTITY) == listed(desk, status="approved") == [first]
    assert listed(desk, status="proposed") == [third, second]


@pytest.mark.parametrize("role", ["sluice_tasks", "sluice_processor"])
@pytest.mark.parametrize("change", ["UPDATE work.mapping SET status = 'approved'", "DELETE FROM work.mapping"])
def test_no_service_changes_a_version(database_url: str, role: str, change: str) -> None:
    with psycopg.connect(database_url) as sql:
        sql.execute(f"SET ROLE {role}")
        with pytest.raises(errors.InsufficientPrivilege):
            sql.execute(change)


def test_a_reader_sees_its_tenant_alone(desk: Desk, database_url: str) -> None:
    desk.add()
    with psycopg.connect(database_url) as sql:
        sql.execute("SET ROLE sluice_reader")
        for tenant, count in ((desk.tenant, 1), (uuid.uuid4(), 0)):
            sql.execute("SELECT set_config('sluice.tenant_id', %s, true)", [str(tenant)])
            assert sql.execute("SELECT count(*) FROM work.mapping").fetchone() == (count,)


def test_a_long_mapping_is_kept_as_it_is(desk: Desk) -> None:
    mapping = desk.add()
    long = replace(content(), columns=[ColumnMapping(index=n, name=f"Cột {n}") for n in range(2_000)])
    assert desk.store.change(desk.tenant, mapping, 1, long, desk.audit()).content == long

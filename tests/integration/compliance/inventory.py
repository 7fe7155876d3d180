"""A tenant's inventory, written row by row, and runs of rules over it."""

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.compliance.decisions import DecisionStore
from libs.compliance.findings import FindingReader
from libs.compliance.own_rule_store import OwnRuleStore
from libs.compliance.running import RuleRuns
from libs.contracts.tasks.kinds import TaskRef
from libs.contracts.tasks.types.rules import RULES, RulesResult
from libs.database.server.pool import open_pool
from libs.identity.callers import Caller
from libs.intake.options import Origin
from libs.steering.findings import FindingDesk
from libs.tasks.context import Context
from services.processor.types.rules import run
from tests.integration.tasks.workplace.bench import Bench
from tests.servers import cloned_database

DAY = datetime.timedelta(days=1)
USUAL: dict[str, dict[str, Any]] = {
    "processing_activity": {
        "activity_name_vi": "Tính lương", "legal_basis": "contract", "has_automated_decision_making": False,
        "requires_dpia": True,
    },
    "data_category": {"name_vi": "Họ tên", "category_type": "basic"},
    "recipient": {"name_vi": "Ngân hàng", "recipient_type": "processor"},
    "data_transfer": {"name_vi": "Máy chủ nước ngoài", "destination_country": "SG"},
    "organisation": {"name_vi": "Công ty Sao Mai", "updated_by": "lan"},
}  # fmt: skip
IDS = {
    "processing_activity": "activity_id", "data_category": "data_category_id", "recipient": "recipient_id",
    "data_transfer": "transfer_id",
}  # fmt: skip


class Inventory:
    """The rows of one tenant."""

    def __init__(self, connection: psycopg.Connection[Any], tenant: uuid.UUID | None = None) -> None:
        self.sql = connection
        self.tenant = tenant or uuid.uuid4()

    def add(self, table: str, **values: Any) -> uuid.UUID:
        """A row that lacks what it need not have."""
        record = uuid.uuid4()
        row = {"tenant_id": self.tenant, **USUAL[table]}
        row |= {"tenant_id": self.tenant} if table == "organisation" else {IDS[table]: record, "job_id": uuid.uuid4()}
        row |= values
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier("inventory", table), sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )  # fmt: skip
        self.sql.execute(statement, row)
        return self.tenant if table == "organisation" else record

    def activity(self, *linked: uuid.UUID, **values: Any) -> uuid.UUID:
        """An activity with links."""
        record = self.add("processing_activity", **values)
        for other in linked:
            self.link(record, other)
        return record

    def category(self, **values: Any) -> uuid.UUID:
        return self.add("data_category", **values)

    def sensitive(self, **values: Any) -> uuid.UUID:
        return self.category(category_type="sensitive", **values)

    def recipient(self, **values: Any) -> uuid.UUID:
        return self.add("recipient", **values)

    def transfer(self, **values: Any) -> uuid.UUID:
        return self.add("data_transfer", **values)

    def organisation(self, **values: Any) -> uuid.UUID:
        return self.add("organisation", **values)

    def link(self, activity: uuid.UUID, other: uuid.UUID) -> None:
        """Have an activity lead to another record, of whatever kind it is."""
        for table, link in (
            ("data_category", "activity_data_category"), ("recipient", "activity_recipient"),
            ("data_transfer", "activity_transfer"),
        ):  # fmt: skip
            statement = sql.SQL(
                "INSERT INTO {link} SELECT tenant_id, %s, {id} FROM {table} WHERE tenant_id = %s AND {id} = %s"
            ).format(
                link=sql.Identifier("inventory", link), id=sql.Identifier(IDS[table]),
                table=sql.Identifier("inventory", table),
            )  # fmt: skip
            self.sql.execute(statement, [activity, self.tenant, other])

    def change(self, table: str, record: uuid.UUID, **values: Any) -> None:
        """Other values of a row."""
        changes = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
        )
        statement = sql.SQL("UPDATE {} SET {} WHERE tenant_id = %(tenant)s AND {} = %(record)s").format(
            sql.Identifier("inventory", table), changes, sql.Identifier(IDS[table])
        )
        self.sql.execute(statement, {**values, "tenant": self.tenant, "record": record})


class RulesBench:
    """Runs of rules over one tenant's inventory, and what people do with what they find."""

    def __init__(self, bench: Bench, readers: ConnectionPool, tenant: uuid.UUID | None = None) -> None:
        self.bench, self.readers = bench, readers
        self.inventory = Inventory(bench.sql, tenant)
        bench.move(self.inventory.tenant)
        self.tenant = self.inventory.tenant
        self.runs = RuleRuns(bench.pool, 30)
        self.store = FindingReader(readers)
        self.desk = FindingDesk(self.store, DecisionStore(bench.tasks_pool), OwnRuleStore(bench.tasks_pool))
        self.origin = Origin(Caller("lan", self.tenant, frozenset()), "request-1", "", "")

    def open(self) -> TaskRef:
        """A run that nobody has begun."""
        return self.bench.open("rules")

    def work(self, context: Context) -> RulesResult:
        """What a processor does with it."""
        tools: Any = type("Some", (), {"rules": self.runs})
        return run(context, tools)

    def run(self, ref: TaskRef | None = None) -> dict[str, Any]:
        """Run all rules; the result, with its rules by code."""
        ref = ref or self.open()
        self.bench.runner(self.work, RULES).handle(ref)
        task = self.bench.task(ref)
        assert task.status == "completed", task
        assert task.result
        return {**task.result, "rules": {each["code"]: each for each in task.result["rules"]}}

    def another(self) -> "RulesBench":
        """One of another tenant."""
        other = RulesBench(self.bench, self.readers)
        self.bench.move(self.tenant)
        return other


@pytest.fixture(scope="module")
def connection(postgres: PostgresServer, template: str) -> Iterator[psycopg.Connection[Any]]:
    """A database of the module's own; each test is another tenant."""
    with cloned_database(postgres.url, template) as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def inventory(connection: psycopg.Connection[Any]) -> Inventory:
    """A tenant that has nothing yet."""
    return Inventory(connection)


@pytest.fixture(scope="module")
def engine(postgres: PostgresServer, template: str) -> Iterator[tuple[Bench, ConnectionPool]]:
    """One engine for all tests of a module."""
    with (
        cloned_database(postgres.url, template) as url,
        open_pool(url, "sluice_reader", name="r", size=2, statement_timeout_s=15, timeout_s=5) as readers,
    ):
        bench = Bench(url, uuid.uuid4())
        yield bench, readers
        bench.close()


@pytest.fixture
def rules_bench(engine: tuple[Bench, ConnectionPool]) -> RulesBench:
    """A tenant of the test's own."""
    return RulesBench(*engine)


__all__ = ["DAY", "Inventory", "RulesBench", "connection", "engine", "inventory", "rules_bench"]

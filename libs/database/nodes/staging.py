"""The tables in which writers stage rows where the tables are spread over nodes: no temporary one can be joined there.

All writers share them; nobody sees what another one has staged, since it is gone before its transaction ends.
"""

from collections.abc import Iterable, Iterator

from libs.contracts.inventory.records import ENTITIES, Entity
from libs.database.nodes.catalogue import Table

HEAD = {
    "tenant_id": "uuid", "token": "uuid", "position": "integer", "own_id": "boolean", "present": "bigint",
    "fingerprint": "uuid",
}  # fmt: skip


def staging_name(table: str) -> str:
    """The staging table of a table of the inventory, with its schema."""
    return f"ingest.staging_{table}"


def staging_tables(tables: Iterable[Table]) -> list[Table]:
    """Those that these tables of the inventory ask for."""
    stored = {table.name: table.columns for table in tables}
    return [
        Table(staging_name(entity.table), _columns(entity, columns))
        for entity in ENTITIES.values()
        if (columns := stored.get(f"inventory.{entity.table}", {})).keys() >= set(entity.columns)
    ]


def made(table: Table, *, replaces: bool) -> Iterator[str]:
    """The statements that make one; `replaces` one whose columns are others."""
    if replaces:
        yield f"DROP TABLE {table.name}"
    columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
    yield f"CREATE UNLOGGED TABLE {table.name} ({columns}, PRIMARY KEY (tenant_id, token, position))"
    yield f"ALTER TABLE {table.name} OWNER TO sluice_owner"
    yield f"GRANT SELECT, INSERT, DELETE ON {table.name} TO sluice_writer"


def _columns(entity: Entity, stored: dict[str, str]) -> dict[str, str]:
    return {
        **HEAD,
        **{name: stored[name] for name in entity.columns},
        **{link.field: "uuid[]" for link in entity.links},
    }

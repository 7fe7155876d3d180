"""What it takes to spread the tables over the nodes of Citus, as statements of which none is there twice.

Each table with a tenant is cut into shards by it, all in the same way, so that a tenant's rows lie on one node; each
without one is whole on every node.
"""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from psycopg import sql

from libs.contracts.inventory.records import ENTITIES
from libs.database.nodes.catalogue import Catalogue, Table
from libs.database.nodes.staging import made, staging_tables
from libs.database.server.pool import PLANS

FIRST = "inventory.processing_activity"
"""What links lead from; all other tables are cut as it is."""
LINKS = [f"inventory.{link.table}" for entity in ENTITIES.values() for link in entity.links]
TENANT = "tenant_id"
ROLES = {
    "sluice_owner": "", "sluice_writer": " BYPASSRLS", "sluice_reader": "", "sluice_tasks": "",
    "sluice_processor": " BYPASSRLS",
}  # fmt: skip
"""What sessions become, and what else each may. A coordinator goes to the nodes as whom its session has become."""
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "": {
        # Each trigger asks of one tenant, whose rows all lie where it runs.
        "citus.enable_unsafe_triggers": "on",
        # Whose rows a transaction sees.
        "citus.propagate_set_commands": "local",
    },
    **PLANS,
}
"""What sessions at the nodes begin with, by role: a coordinator's hands nothing on of what it was opened with."""


def preparing(catalogue: Catalogue) -> list[str]:
    """What is needed before there is any table. Citus hands roles and their settings on to its nodes."""
    return [*_roles(catalogue.roles), *_settings(catalogue)]


def spreading(catalogue: Catalogue) -> list[str]:
    """What is to be done with the tables that there are, once they are all there."""
    wanted = staging_tables(catalogue.tables)
    there = {table.name: table for table in catalogue.tables}
    new = [table for table in wanted if table.name not in there or there[table.name].columns != table.columns]
    tables = there | {table.name: table for table in new}
    return [
        *(each for table in new for each in made(table, replaces=table.name in there)),
        *_whole(tables),
        *_cut(tables),
    ]


def _roles(roles: Mapping[str, bool]) -> Iterator[str]:
    for role, rights in ROLES.items():
        if role not in roles:
            yield f"CREATE ROLE {role} LOGIN{rights}"
        elif not roles[role]:
            yield f"ALTER ROLE {role} LOGIN"


def _settings(catalogue: Catalogue) -> Iterator[str]:
    database = sql.Identifier(catalogue.database).as_string(None)
    for role, settings in SETTINGS.items():
        for name, value in settings.items():
            if (role, f"{name}={value}") not in catalogue.settings:
                yield f"ALTER ROLE {role or 'ALL'} IN DATABASE {database} SET {name} = '{value}'"


def _whole(tables: Mapping[str, Table]) -> Iterator[str]:
    for name, table in sorted(tables.items()):
        if TENANT not in table.columns and not table.spread:
            yield f"SELECT create_reference_table({_literal(name)})"


def _cut(tables: Mapping[str, Table]) -> Iterator[str]:
    for name in in_order(tables):
        if not tables[name].spread:
            like = "none" if name == FIRST else FIRST
            yield (f"SELECT create_distributed_table({_literal(name)}, '{TENANT}', colocate_with => {_literal(like)})")


def in_order(tables: Mapping[str, Table]) -> list[str]:
    """Tables with a tenant, each behind all that it refers to; the first one first, and links last."""
    names = sorted(name for name, table in tables.items() if TENANT in table.columns and name not in LINKS)
    before = {name: {FIRST, *tables[name].refers_to} - {name} for name in names if name != FIRST}
    return [name for name in TopologicalSorter(before).static_order() if name in names] + sorted(
        set(LINKS) & tables.keys()
    )


def _literal(name: str) -> str:
    return sql.Literal(name).as_string(None)

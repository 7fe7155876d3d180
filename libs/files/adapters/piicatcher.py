"""PIICatcher's output: a source's schemas, their tables, and for each column what kind of personal data it holds."""

from msgspec import Raw, Struct

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.documents import decoded, each
from libs.files.adapters.table import scanner


class _Column(Struct):
    name: str
    pii_type: str | None = None


class _Table(Struct):
    name: str
    columns: list[_Column] = []


class _Schema(Struct):
    name: str
    tables: list[Raw] = []


class _Source(Struct):
    name: str
    schemata: list[Raw] = []


def find(data: bytes, inventory: Inventory) -> None:
    """Add the categories of the columns, and the tables that have any."""
    source = decoded(data, _Source)
    for schema in each(source.schemata, _Schema, inventory):
        for table in each(schema.tables, _Table, inventory):
            labels = [inventory.category(column.pii_type) for column in table.columns if column.pii_type]
            if labels:
                inventory.place(f"{source.name}.{schema.name}.{table.name}", labels)


FORMAT = scanner(
    "piicatcher", ("json",), ("data-categories", "processing-activities"),
    lambda look: look.has("schemata", "pii_type"), find,
)  # fmt: skip

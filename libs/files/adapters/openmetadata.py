"""OpenMetadata's tables: `{"tables": […]}` as it ingests them, or `{"data": […]}` as its API lists them.

A column's tags of personal data say what it holds; where it has none, its name does.
"""

from msgspec import Raw, Struct, field

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.documents import decoded, each
from libs.files.adapters.table import scanner
from libs.files.personal.names import kind_of_name

_TAGS = ("pii.", "personaldata.", "pii sensitive", "gdpr")


class _Tag(Struct):
    tag: str = field(name="tagFQN", default="")


class _Column(Struct):
    """Its profile and its samples hold values: there is no member for them."""

    name: str
    tags: list[_Tag] | None = None
    children: "list[_Column] | None" = None


class _Table(Struct):
    name: str
    qualified: str | None = field(name="fullyQualifiedName", default=None)
    columns: list[_Column] = []


class _Export(Struct):
    tables: list[Raw] = []
    data: list[Raw] = []


def find(data: bytes, inventory: Inventory) -> None:
    """Add what the columns hold as categories, and the tables that hold any."""
    export = decoded(data, _Export)
    for table in each([*export.tables, *export.data], _Table, inventory):
        labels = [label for column in table.columns for label in _labels(column, inventory)]
        if labels:
            inventory.place(table.qualified or table.name, labels)


def _labels(column: _Column, inventory: Inventory) -> list[str]:
    """The categories of a column and of those within it."""
    found = [label for child in column.children or [] for label in _labels(child, inventory)]
    tags = [tag.tag for tag in column.tags or [] if tag.tag.lower().startswith(_TAGS)]
    kind = kind_of_name(column.name)
    if kind is not None:
        found.append(inventory.category(kind.name, kind))
    elif tags:
        found += [inventory.category(tag) for tag in tags if not tag.lower().endswith(("none", "nonsensitive"))]
    return found


FORMAT = scanner(
    "openmetadata", ("json",), ("data-categories", "processing-activities"),
    lambda look: look.has("columns", "dataType") and (look.has("tables") or look.has("data")), find,
)  # fmt: skip

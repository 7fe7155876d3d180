"""Fideslang's taxonomy of data categories, in CSV: each category is one of ours, with its key as its external id."""

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.tables_of_text import rows_of
from libs.files.adapters.table import scanner
from libs.files.personal.names import kind_of_name
from libs.files.sniffing.look import Look

_ROOT = "data_category"


def find(data: bytes, inventory: Inventory) -> None:
    """Add the categories that are in force."""
    for row in rows_of(data, inventory):
        key = row.get("fides_key", "")
        if not key or key == _ROOT or row.get("version_deprecated"):
            continue
        kind = kind_of_name(key)
        inventory.add(
            "data-categories", key, name_vi=row.get("name") or key, name_en=row.get("name"),
            category_type="sensitive" if kind and kind.sensitive else "basic",
            description_vi=row.get("description"), description_en=row.get("description"),
        )  # fmt: skip


def _seems(look: Look) -> bool:
    """The same header is that of uses and subjects, whose first row is another."""
    header, _, rest = look.text.partition("\n")
    names = [name.strip() for name in header.split(",")]
    return "organization_fides_key" in names and rest.split("\n", 1)[0].startswith(f"{_ROOT},")


FORMAT = scanner("fideslang", ("csv",), ("data-categories",), _seems, find)

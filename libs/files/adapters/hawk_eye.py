"""Hawk-eye's output: for each kind of source a list of findings, each a pattern that matched at some place."""

from msgspec import Raw, Struct

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.documents import decoded, each
from libs.files.adapters.table import scanner


class _Finding(Struct):
    """Its `matches` and `sample_text` are what was found: there is no member for them."""

    pattern_name: str
    host: str | None = None
    database: str | None = None
    table: str | None = None
    bucket: str | None = None
    file_path: str | None = None
    data_source: str | None = None


def find(data: bytes, inventory: Inventory) -> None:
    """Add the patterns as categories, and the places where they matched."""
    for source, part in decoded(data, dict[str, Raw]).items():
        for findings in each([part], list[Raw], inventory):
            for finding in each(findings, _Finding, inventory):
                inventory.place(_place(source, finding), [inventory.category(finding.pattern_name)])


def _place(source: str, finding: _Finding) -> str:
    parts = (finding.host, finding.database, finding.table, finding.bucket, finding.file_path)
    return ".".join([finding.data_source or source, *filter(None, parts)])


FORMAT = scanner(
    "hawk-eye", ("json",), ("data-categories", "processing-activities"),
    lambda look: look.has("pattern_name") and (look.has("matches") or look.has("data_source")), find,
)  # fmt: skip

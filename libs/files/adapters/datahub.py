"""DataHub's metadata events, as its file sink writes them: snapshots (MCE) or proposals of aspects (MCP).

A field's tags and glossary terms say what it holds; where it has none, its name does.
"""

from msgspec import Raw, Struct, field

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.documents import each, elements
from libs.files.adapters.table import scanner
from libs.files.personal.names import kind_of_name

_SCHEMAS = ("schemaMetadata", "editableSchemaMetadata")
_PERSONAL = ("pii", "personal", "sensitive", "gdpr", "phi")


class _Tag(Struct):
    tag: str = ""
    urn: str = ""


class _Tags(Struct):
    tags: list[_Tag] = []


class _Terms(Struct):
    terms: list[_Tag] = []


class _Field(Struct):
    path: str = field(name="fieldPath", default="")
    tags: _Tags | None = field(name="globalTags", default=None)
    terms: _Terms | None = field(name="glossaryTerms", default=None)


class _Schema(Struct):
    """Of all aspects, schemas alone: profiles hold values, users and owners are persons."""

    fields: list[_Field] = []
    edited: list[_Field] = field(name="editableSchemaFieldInfo", default=[])


class _Snapshot(Struct):
    urn: str
    aspects: list[dict[str, Raw]] = []


class _Aspect(Struct):
    json: Raw = Raw()
    value: str = ""


class _Event(Struct):
    snapshot: dict[str, Raw] | None = field(name="proposedSnapshot", default=None)
    urn: str | None = field(name="entityUrn", default=None)
    kind: str | None = field(name="aspectName", default=None)
    aspect: _Aspect | None = None


def find(data: bytes, inventory: Inventory) -> None:
    """Add what the fields hold as categories, and the datasets that hold any."""
    for event in each(elements(data), _Event, inventory):
        for kind, raw in (event.snapshot or {}).items():
            if kind.endswith("DatasetSnapshot"):
                for snapshot in each([raw], _Snapshot, inventory):
                    _add_snapshot(snapshot, inventory)
        if event.kind in _SCHEMAS and event.urn and event.aspect:
            _add(event.urn, Raw(bytes(event.aspect.json) or event.aspect.value.encode()), inventory)


def _add_snapshot(snapshot: _Snapshot, inventory: Inventory) -> None:
    for aspect in snapshot.aspects:
        for kind, raw in aspect.items():
            if kind.rpartition(".")[2].lower() in ("schemametadata", "editableschemametadata"):
                _add(snapshot.urn, raw, inventory)


def _add(urn: str, raw: Raw, inventory: Inventory) -> None:
    for schema in each([raw], _Schema, inventory):
        labels = [label for found in (*schema.fields, *schema.edited) for label in _labels(found, inventory)]
        if labels:
            inventory.place(_place(urn), labels)


def _place(urn: str) -> str:
    """`urn:li:dataset:(urn:li:dataPlatform:hive,crm.users,PROD)` is `hive.crm.users`."""
    parts = urn.partition("(")[2].rstrip(")").split(",")
    return f"{parts[0].rpartition(':')[2]}.{parts[1]}" if len(parts) > 1 else urn


def _labels(found: _Field, inventory: Inventory) -> list[str]:
    kind = kind_of_name(found.path.rpartition(".")[2])
    if kind is not None:
        return [inventory.category(kind.name, kind)]
    tags = [tag.tag for tag in found.tags.tags] if found.tags else []
    terms = [term.urn for term in found.terms.terms] if found.terms else []
    names = [name.rpartition(":")[2].rpartition(".")[2] for name in (*tags, *terms)]
    return [inventory.category(name) for name in names if kind_of_name(name) or name.lower().startswith(_PERSONAL)]


FORMAT = scanner(
    "datahub", ("json",), ("data-categories", "processing-activities"),
    lambda look: look.has("proposedSnapshot") or look.has("entityUrn", "aspectName"), find,
)  # fmt: skip

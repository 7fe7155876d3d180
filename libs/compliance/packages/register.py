"""The register: every record, a sheet a kind, with the names of what it is linked with."""

from collections.abc import Iterator, Sequence

from libs.compliance.packages.content import Block, Column, Part, Rows, Table, Words
from libs.compliance.packages.reading import ACTIVITIES, Snapshot
from libs.compliance.packages.wording import Wording
from libs.contracts.inventory.reading import choices_of, names_of
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.tasks.types.package import PackageParameters, columns_of

BRIEF = {
    "processing-activities": (
        "activity_name", "purpose", "legal_basis", "retention_period_months", "data_category_ids", "recipient_ids",
        "transfer_ids",
    ),
    "data-categories": ("name", "category_type", "description", ACTIVITIES),
    "recipients": ("name", "recipient_type", "country_code", "contact", ACTIVITIES),
    "data-transfers": (
        "name", "destination_country", "recipient_name", "purpose", "transfer_basis", "started_on", "dossier_filed_on",
    ),
}  # fmt: skip
"""What paper has room for, where nobody says what is wanted; of a text in two languages, that of the package."""
SHORT = 2
LONG = 5


def register(taken: Snapshot, wording: Wording, parameters: PackageParameters, made_on: str) -> Iterator[Block]:
    """All of it."""
    chosen: dict[str, list[str]] = {str(name): names for name, names in parameters.columns.items()}
    for name, entity in ENTITIES.items():
        yield from _sheet(taken, wording, entity, chosen.get(name), made_on)


def _sheet(
    taken: Snapshot, wording: Wording, entity: Entity, chosen: Sequence[str] | None, made_on: str
) -> Iterator[Block]:
    key = entity.name.upper().replace("-", "_")
    names = chosen or _all(entity)
    yield Part(wording.t(f"SHEET_{key}"), [wording.t(f"TITLE_{key}"), made_on], wide=True)
    yield Table([_column(entity, wording, name, always=chosen is not None) for name in names])
    says = [wording.coded if name in choices_of(entity) else wording.value for name in names]
    empty = True
    for records in taken.records(entity, wording.language):
        empty = False
        yield Rows([[say(record[name]) for name, say in zip(names, says, strict=True)] for record in records])
    if empty:
        yield Words(wording.t("NOTHING"))


def _all(entity: Entity) -> list[str]:
    """Every field, the names first and the id last."""
    identity, *fields = columns_of(entity.name)
    used = [] if entity.links else [ACTIVITIES]
    return [*sorted([*fields, *used], key=lambda name: name not in names_of(entity)), identity]


def _column(entity: Entity, wording: Wording, name: str, *, always: bool) -> Column:
    brief = BRIEF[entity.name]
    title = wording.t(f"COLUMN_{name.upper()}") if name.endswith("_ids") or name == ACTIVITIES else wording.field(name)
    long = name in names_of(entity) or name.endswith(("_id", "_ids", "_vi", "_en", "contact"))
    shown = name in brief or name.removesuffix(f"_{wording.language}") in brief
    shown = shown or (wording.language == "en" and name in names_of(entity))  # not every record has an English one
    return Column(title, LONG if long else SHORT, brief=always or shown)

"""Fides' systems and datasets, in YAML.

A privacy declaration of a system is a processing activity; systems that data goes to are recipients; categories are
those that systems and datasets name, by their keys.
"""

from typing import Any

import msgspec
from msgspec import Struct

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.yaml_documents import loaded
from libs.files.adapters.table import scanner
from libs.files.failures import UnreadableError
from libs.files.mapping.words import folded
from libs.files.sniffing.look import Look

LARGEST = 8 * 1024 * 1024
"""Bytes of a file; in memory it takes some thirty times as much."""
_BASES = {"legal obligations": "legal_obligation", "vital interests": "vital_interests"}


class _Flow(Struct):
    fides_key: str
    type: str = ""


class _Declaration(Struct):
    data_use: str = ""
    name: str | None = None
    data_categories: list[str] | None = None
    egress: list[str] | None = None
    legal_basis_for_processing: str | None = None
    third_parties: str | None = None


class _System(Struct):
    fides_key: str
    name: str | None = None
    description: str | None = None
    administrating_department: str | None = None
    uses_profiling: bool | None = None
    requires_data_protection_assessments: bool | None = None
    egress: list[_Flow] | None = None
    privacy_declarations: list[_Declaration] | None = None


class _Field(Struct):
    data_categories: list[str] | None = None
    fields: "list[_Field] | None" = None


class _Collection(Struct):
    data_categories: list[str] | None = None
    fields: list[_Field] | None = None


class _Dataset(Struct):
    data_categories: list[str] | None = None
    collections: list[_Collection] | None = None


class _Manifest(Struct):
    system: list[Any] = []
    dataset: list[Any] = []


def find(data: bytes, inventory: Inventory) -> None:
    """Add what the manifests of a file declare."""
    for document in loaded(data):
        try:
            manifest = msgspec.convert(document, _Manifest)
        except msgspec.ValidationError as error:
            raise UnreadableError("FILE_DAMAGED") from error
        systems = _each(manifest.system, _System, inventory)
        names = {system.fides_key: system.name or system.fides_key for system in systems}
        for system in systems:
            _add_system(system, names, inventory)
        for dataset in _each(manifest.dataset, _Dataset, inventory):
            _add_categories([dataset, *(dataset.collections or [])], inventory)


def _each(parts: list[Any], kind: Any, inventory: Inventory) -> list[Any]:
    found = []
    for part in parts:
        try:
            found.append(msgspec.convert(part, kind))
        except msgspec.ValidationError:
            inventory.bad += 1
    return found


def _add_system(system: _System, names: dict[str, str], inventory: Inventory) -> None:
    goes_to = [flow.fides_key for flow in system.egress or [] if flow.type != "dataset"]
    for recipient in goes_to:
        inventory.add(
            "recipients", recipient, name_vi=names.get(recipient, recipient),
            name_en=names.get(recipient, recipient), recipient_type="internal" if recipient in names else "third_party",
        )  # fmt: skip
    for declaration in system.privacy_declarations or []:
        _add_declaration(system, declaration, goes_to, inventory)


def _add_declaration(system: _System, declaration: _Declaration, goes_to: list[str], inventory: Inventory) -> None:
    title = declaration.name or f"{system.name or system.fides_key}: {declaration.data_use}"
    allowed = goes_to if declaration.egress is None else [each for each in goes_to if each in declaration.egress]
    others = [declaration.third_parties] if declaration.third_parties else []
    for other in others:
        inventory.add("recipients", other, name_vi=other, name_en=other, recipient_type="third_party")
    basis = declaration.legal_basis_for_processing
    inventory.add(
        "processing-activities", f"{system.fides_key}/{declaration.name or declaration.data_use}",
        activity_name_vi=title, activity_name_en=title, purpose_vi=system.description or declaration.data_use,
        purpose_en=system.description or declaration.data_use,
        legal_basis=_BASES.get(folded(basis), folded(basis).replace(" ", "_")) if basis else None,
        data_source_vi=system.name, data_source_en=system.name,
        has_automated_decision_making=system.uses_profiling,
        requires_dpia=system.requires_data_protection_assessments,
        data_category_external_ids=[inventory.category(key) for key in declaration.data_categories or []],
        recipient_external_ids=[*allowed, *others],
    )  # fmt: skip


def _add_categories(parts: list[Any], inventory: Inventory) -> None:
    for part in parts:
        for key in part.data_categories or []:
            inventory.category(key)
        _add_categories(getattr(part, "fields", None) or [], inventory)


def _seems(look: Look) -> bool:
    lines = look.text.splitlines()
    return any(line.rstrip() in ("system:", "dataset:") for line in lines) and "fides_key:" in look.text


FORMAT = scanner(
    "fides", ("yml", "yaml"), ("data-categories", "recipients", "processing-activities"), _seems, find, LARGEST
)

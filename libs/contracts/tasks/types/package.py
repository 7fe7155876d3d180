"""A package: the inventory, or what the law asks of it, as files that people read, sign and send."""

import datetime
import uuid
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind
from libs.contracts.tasks.types.load import EntityName
from libs.contracts.texts import Language

PackageName = Literal["register", "findings", "mau-09", "mau-10"]
PackageFormat = Literal["xlsx", "pdf", "docx"]
FileFormat = Literal["xlsx", "pdf", "docx", "html"]
"""Of all files that are made so, also of reports."""


class PackageParameters(Parameters, frozen=True, kw_only=True):
    """Make files of the inventory."""

    package: PackageName
    """`register`: every record. `findings`: what rules have found. `mau-09`, `mau-10`: a dossier of Decree 356/2025, as
    far as facts go."""
    formats: Annotated[list[PackageFormat], Meta(min_length=1, max_length=3)] = field(default_factory=lambda: ["xlsx"])
    language: Language = "vi"
    columns: dict[EntityName, list[str]] = field(default_factory=dict)
    """Of the register: which fields, by the kind of record; all of them where a kind is not named."""

    def __post_init__(self) -> None:
        if len(set(self.formats)) < len(self.formats):
            raise ValueError("each format once")
        if self.columns and self.package != "register":
            raise ValueError("columns are the register's")
        for entity, names in self.columns.items():
            if not names or len(set(names)) < len(names) or not set(names) <= set(columns_of(entity)):
                raise ValueError("fields of the record, each once")


class PackageFile(Struct, frozen=True, kw_only=True):
    """A file that was made."""

    format: FileFormat
    file_id: uuid.UUID
    name: str
    bytes: int
    sha256: str
    pages: int | None = None
    """Of a PDF."""


class MissingBox(Struct, frozen=True, kw_only=True):
    """Something in a form that nobody has said yet, or not of every record."""

    form: str
    box: str
    """Its number in the form."""
    label: str
    """What it asks for, in the package's language."""
    rule: str
    """What asks for it: the code of a rule, or else the form."""
    missing: int
    """How many records lack it,"""
    of: int
    """and of how many; 1 of 1 for what is asked of the organisation."""


class Completeness(Struct, frozen=True, kw_only=True):
    """How far the boxes of a form that facts can fill are filled; what only a person can say does not count."""

    boxes: int
    filled: int
    missing: list[MissingBox]

    @property
    def percent(self) -> int:
        """Of the boxes, rounded down: 100 means all."""
        return 100 * self.filled // self.boxes if self.boxes else 100


class PackageResult(Struct, frozen=True, kw_only=True):
    """The files, and what they are about."""

    package: PackageName
    language: Language
    made_on: datetime.date
    """The day that the files give as theirs, in Viet Nam."""
    records: dict[str, int]
    """How many of each kind are in the inventory."""
    completeness: Completeness | None
    """Of a dossier."""
    files: list[PackageFile]


class MakingState(Struct, frozen=True, kw_only=True):
    """A checkpoint: what was gathered is a file of its own until all others are made of it."""

    made_on: datetime.date
    generation: int = 0
    """How often what was gathered has got lost, so that it had to be gathered anew."""
    gathered: bool = False
    files: list[PackageFile] = []


class PackageState(MakingState, frozen=True, kw_only=True):
    """A package's checkpoint."""

    records: dict[str, int] = {}
    completeness: Completeness | None = None


PACKAGE = TaskKind(
    "package",
    PackageParameters,
    PackageResult,
    (
        Stage("gather", 30, "Gathering what the files will say", "Đang tập hợp nội dung"),
        Stage("xlsx", 20, "Making the workbook", "Đang lập bảng tính"),
        Stage("docx", 10, "Making the Word file", "Đang lập tệp Word"),
        Stage("pdf", 40, "Making the pages", "Đang dàn trang PDF"),
    ),
    scope="jobs:write",
)


def columns_of(entity: str) -> list[str]:
    """What the register can show of a record: its fields, and then what it is linked with, by the fields of the ids."""
    kind = ENTITIES[entity]
    return [*kind.columns, *(link.field for link in kind.links)]

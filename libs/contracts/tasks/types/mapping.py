"""Mappings as tasks: proposed from a file's columns, and applied to make another file."""

import uuid
from typing import Literal

from msgspec import Struct

from libs.contracts.files.mapping_bodies import MappingView
from libs.contracts.files.mappings import Source
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind
from libs.contracts.tasks.types.load import EntityName


class MappingParameters(Parameters, frozen=True, kw_only=True):
    """Propose how the columns of a file become fields."""

    file_id: uuid.UUID
    entity: EntityName | None = None
    reference_file_id: uuid.UUID | None = None
    """Another file, whose columns are to be matched instead of an entity's fields."""
    provider: Literal["local", "ai"] = "local"
    """`ai` also asks the provider that is set about columns that nobody here knows."""
    source: Source | None = None
    """How to read the file, where a person knows better than the first look."""

    def __post_init__(self) -> None:
        if (self.entity is None) is (self.reference_file_id is None):
            raise ValueError("either entity or reference_file_id")


class MappingResult(Struct, frozen=True, kw_only=True):
    """A mapping, proposed."""

    mapping_id: uuid.UUID
    mapping: MappingView
    """As `GET /api/v1/mappings/{id}` shows it."""
    certain: bool
    """False where a person has to agree to how the file is read, its encoding above all."""


MAPPING = TaskKind(
    "mapping",
    MappingParameters,
    MappingResult,
    (
        Stage("look", 1, "Looking at the columns", "Đang xem các cột"),
        Stage("match", 1, "Matching them", "Đang ghép cột"),
    ),
)

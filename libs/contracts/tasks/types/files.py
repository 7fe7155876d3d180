"""Many files at once: each is a load or a transform of its own."""

import uuid
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from libs.contracts.jobs import JobStatus, Lane
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind
from libs.contracts.tasks.types.load import LoadParameters
from libs.contracts.tasks.types.transform import TransformParameters

MOST_FILES = 200


class LoadItem(LoadParameters, frozen=True, kw_only=True, tag_field="type", tag="load"):
    """A file to be loaded."""


class TransformItem(TransformParameters, frozen=True, kw_only=True, tag_field="type", tag="transform"):
    """A file to be transformed."""


class FilesParameters(Parameters, frozen=True, kw_only=True):
    """Load or transform many files."""

    files: Annotated[list[LoadItem | TransformItem], Meta(min_length=1, max_length=MOST_FILES)]
    lane: Lane = "normal"
    """Of the task and its transforms; a load has its own."""


class FileOutcome(Struct, frozen=True, kw_only=True):
    """What became of one of the files."""

    job_id: uuid.UUID
    """The task of this file, whose `parent_id` is the one of all of them."""
    type: Literal["load", "transform"]
    file_id: uuid.UUID
    status: JobStatus
    records: dict[str, int]
    """As a job's records."""
    error: str | None
    """Why it failed."""


class FilesResult(Struct, frozen=True, kw_only=True):
    """What became of the files, in their order."""

    completed: int
    failed: int
    cancelled: int
    files: list[FileOutcome]


class FilesState(Struct, frozen=True, kw_only=True):
    """Where it stands."""

    opened: bool = False
    """Whether every file has its task."""
    retries: int = 0
    """How often somebody had asked for another try of what failed."""


FILES = TaskKind(
    "files",
    FilesParameters,
    FilesResult,
    (
        Stage("open", 1, "Opening a job for each file", "Đang mở tác vụ cho từng tệp"),
        Stage("run", 99, "Handling the files", "Đang xử lý các tệp"),
    ),
)


def parameters_of(item: dict[str, Any]) -> dict[str, Any]:
    """A file's own parameters, as its task has them."""
    return {name: value for name, value in item.items() if name != "type"}

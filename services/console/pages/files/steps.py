"""Where a file is on its way to records, and what is to be done next: one thing at a time."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import MappingSummary
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.analyze import AnalyzeResult
from libs.files.formats import FORMATS
from libs.files.mapping.targets import targets_of
from libs.files.mapping.words import folded

STAGES = ("bring", "analyze", "map", "load")


class Way(Struct, frozen=True, kw_only=True):
    """What was done with a file so far."""

    file: StoredFile
    analysis: AnalyzeResult | None
    tasks: Sequence[Task]
    """The newest first."""
    mappings: Sequence[MappingSummary]
    """Those of this file and of others with the same header, the newest first."""

    def last(self, kind: str) -> Task | None:
        """The newest task of a type."""
        return next((task for task in self.tasks if task.type == kind), None)

    def running(self, kind: str) -> Task | None:
        """The newest task of a type, if it has not ended."""
        task = self.last(kind)
        return task if task and not task.status.ended else None

    @property
    def own(self) -> list[str]:
        """The kinds of records that the file's columns have the very names of: it needs no mapping for them."""
        if self.analysis is None:
            return []
        made = FORMATS[self.analysis.format].entities if self.analysis.format in FORMATS else ()
        return list(made) or own_entities([column.name for column in self.analysis.columns])

    @property
    def proposed(self) -> MappingSummary | None:
        """The newest mapping that was made for this file and waits for somebody."""
        newest = next((each for each in self.mappings if each.file_id == self.file.file_id), None)
        return newest if newest and newest.status == "proposed" else None

    @property
    def approved(self) -> list[MappingSummary]:
        """The mappings that it can be loaded with; those to another file's columns make no records."""
        return [each for each in self.mappings if each.status == "approved" and each.entity]

    @property
    def step(self) -> str:
        """What is next."""
        if self.file.state != "complete":
            return "bring"
        if self.running("analyze"):
            return "analyzing"
        if self.analysis is None:
            return "analyze"
        if not self.analysis.certain:
            return "agree"
        return self._later

    @property
    def _later(self) -> str:
        for kind, step in (("load", "loading"), ("mapping", "mapping")):
            if self.running(kind):
                return step
        if self.proposed:
            return "approve"
        loaded = self.last("load")
        if loaded and loaded.status == "completed" and not loaded.dry_run:
            return "loaded"
        return "load" if self.approved or self.own else "map"

    @property
    def stage(self) -> int:
        """How many of the stages are behind it."""
        return {
            "bring": 0, "analyzing": 1, "analyze": 1, "agree": 1, "mapping": 2, "map": 2, "approve": 2, "load": 3,
            "loading": 3, "loaded": 4,
        }[self.step]  # fmt: skip

    @property
    def likeliest(self) -> str:
        """The kind of record that most columns seem to be of."""
        names = [folded(column.name) for column in self.analysis.columns[:200]] if self.analysis else []
        return max(ENTITIES, key=lambda entity: _known(entity, names))


def _known(entity: str, names: Sequence[str]) -> float:
    """How many columns are called as fields are, and how many fields that every record must have are among these."""
    targets = targets_of(entity)
    found = [target for target, known in targets.names.items() if any(name in known for name in names)]
    return len(found) + sum(target in targets.required for target in found) * 2


def own_entities(header: Sequence[str]) -> list[str]:
    """The kinds of records whose fields all of these columns are, each once, with all that every record must have."""
    return [
        entity
        for entity in ENTITIES
        if header
        and len(set(header)) == len(header)
        and set(header) <= set(targets_of(entity).kinds)
        and set(targets_of(entity).required) <= set(header)
    ]


def analysis_of(file: StoredFile) -> AnalyzeResult | None:
    """What the last analysis found; None where there is none, or another version has written it."""
    try:
        return msgspec.convert(file.analysis, AnalyzeResult) if file.analysis else None
    except msgspec.ValidationError:
        return None


class Brief(Struct, frozen=True):
    """What a list tells of an analysis."""

    format: str
    rows: int
    columns: int


def brief_of(file: StoredFile) -> Brief | None:
    """The same, in brief: lists have many, and columns may be many more."""
    found = file.analysis
    return Brief(found["format"], found["rows"], len(found["columns"])) if found else None

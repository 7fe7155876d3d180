"""Writes a file's rows, segment by segment, into the new file and into the one of the rejects."""

from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import replace

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Mapping
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.types.transform import TransformState
from libs.files.mapping.apply import Mapper
from libs.files.mapping.targets import targets_for
from libs.files.readers.segments import Segment, segments
from libs.files.readers.stretches import Position
from libs.files.readers.table import Table
from libs.files.writers.formats import WRITERS
from libs.tasks.context import Context
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools
from services.processor.transforming.output import Output
from services.processor.transforming.rows import made_of, row_errors

MOST_ERRORS = 100
MOST_ROWS = 10_000
"""Rows at a time, where no entity says how many."""
SAVE_EVERY = 8 * 1024 * 1024
"""Bytes between two checkpoints."""
LONGEST_STEM = 200
COMPRESSED = (".gz", ".zst", ".zstd")


class Making:
    """One run of one transform, from a checkpoint on. Raises LostOutputError, Refusal, UnreadableError."""

    def __init__(
        self, context: Context, tools: Tools, file: StoredFile, mapping: Mapping, table: Table, state: TransformState
    ) -> None:
        self._context = context
        self._mapping, self._table = mapping, table
        self._mapper = Mapper(mapping, len(table.header))
        kind = context.parameters.format
        self._writer = WRITERS[kind](columns_of(mapping))
        if not self._writer.goes_on:
            state = replace(
                state, offset=table.first.offset, line=table.first.line, result_bytes=0, rejects_bytes=0, rows=0,
                rejected=0, errors=[],
            )  # fmt: skip
        self._state = state
        stem, ending = names_of(file.name)
        made = (tools.files, context.task)
        self.result = Output(*made, f"result-{state.generation}", f"{stem}.{kind}", state.result_bytes)
        rejects = f"{stem}-rejects{ending if table.source.format in ('csv', 'ndjson') else '.csv'}"
        self.rejects = Output(*made, f"rejects-{state.generation}", rejects, state.rejects_bytes)

    def run(self) -> TransformState:
        """Write all that is left, and complete the files."""
        try:
            self._write()
            for piece in self._writer.tail():
                self._context.progress("end", 0.0)
                self.result.write(piece)
        finally:
            self._writer.close()
        self._save("end", 0.5)
        crash_point("transform.before_files")
        self.rejects.finish()
        crash_point("transform.between_files")
        self.result.finish()
        return self._state

    def _write(self) -> None:
        state = self._state
        if not self.result.at:
            self.result.write(self._writer.head())
        start = Position(state.offset, state.line)
        entity = self._mapping.entity
        records = ENTITIES[entity].max_records if entity else MOST_ROWS
        saved = self.result.at + self.rejects.at
        for segment in segments(self._table.read(start), start, records=records):
            self._add(segment)
            share = self._table.share(segment.end)
            self._context.progress("write", share, self._counters)
            if self._writer.goes_on and self.result.at + self.rejects.at - saved >= SAVE_EVERY:
                saved = self.result.at + self.rejects.at
                self._save("write", share)

    def _add(self, segment: Segment) -> None:
        made = made_of(self._mapping, self._mapper, segment, in_cells=not self._writer.goes_on)
        self.result.write(self._writer.rows(made.records))
        if made.faults:
            head = b"" if self.rejects.at else self._table.head()
            self.rejects.write(head + b"".join(map(segment.raw, made.faults)))
        state = self._state
        errors = row_errors(self._mapping, segment, made.faults, MOST_ERRORS - len(state.errors))
        self._state = replace(
            state, offset=segment.end.offset, line=segment.end.line, rows=state.rows + segment.size,
            rejected=state.rejected + len(made.faults), errors=[*state.errors, *errors],
            result_bytes=self.result.at, rejects_bytes=self.rejects.at,
        )  # fmt: skip

    def _save(self, stage: str, share: float) -> None:
        """What the checkpoint says is there is durable before it says so."""
        self.result.save()
        self.rejects.save()
        crash_point("transform.after_save")
        self._context.checkpoint(stage, share, self._state, self._counters)

    @property
    def _counters(self) -> dict[str, int]:
        rows, rejected = self._state.rows, self._state.rejected
        return {"total": rows, "created": rows - rejected, "rejected": rejected}


def columns_of(mapping: Mapping) -> list[str]:
    """The columns of the new file: what the mapping gives, in the order of the record's fields or of the other file."""
    targets = targets_for(mapping)
    if targets.entity is None:
        return list(targets.names)
    given: set[Any] = {column.target for column in mapping.columns} | mapping.constants.keys()
    return [name for name in targets.names if name in given]


def names_of(name: str) -> tuple[str, str]:
    """A file's name without its ending, and that ending; what says that it is compressed does not count."""
    path = PurePosixPath(name)
    if path.suffix.lower() in COMPRESSED:
        path = PurePosixPath(path.stem)
    return path.stem[:LONGEST_STEM], path.suffix[:20]

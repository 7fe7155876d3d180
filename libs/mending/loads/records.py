"""What a load could not load: the errors of its batches with row, column and offset, and the rows as they came."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import RecordErrors, Reject, RowErrorView, error_views
from libs.contracts.files.mappings import Mapping
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LOAD
from libs.database.mappings import MappingStore
from libs.database.segments import SegmentRow, SegmentRows, numbered
from libs.files.mapping.apply import column_of
from libs.lookup.jobs import JobLookup
from libs.mending.loads.files import LoadedFile
from libs.uploads.files import FileStore

JSON_FORMATS = frozenset(("json", "ndjson"))


class RejectedRows(Struct, frozen=True):
    """Rows as they came, and what they are."""

    media: str
    ending: str
    pieces: Iterator[bytes]


class LoadRecords:
    """Reads what loads could not load. Raises psycopg.Error, redis.RedisError, Refusal."""

    def __init__(self, lookup: JobLookup, segments: SegmentRows, files: FileStore, mappings: MappingStore) -> None:
        self._lookup = lookup
        self._segments = segments
        self._files = files
        self._mappings = mappings

    def errors(self, task: Task, *, after: int = -1) -> Iterator[list[RecordErrors]]:
        """Pages of rows with errors whose index is above `after`, by index."""
        if not _has_rows(task):
            return
        with closing(LoadedFile(task, self._files, self._mappings)) as file:
            for segment, rejects in self._rejects(task, after):
                yield list(_errors(file, segment, rejects))

    def plain_errors(self, task: Task, *, after: int = -1) -> Iterator[RecordErrors]:
        """The same one by one, without their places in the file, which is not read."""
        for segment, rejects in self._rejects(task, after) if _has_rows(task) else ():
            for reject in rejects:
                moved = replace(reject, index=segment.first_row + reject.index)
                yield RecordErrors(moved.index, error_views(moved))

    def drafts(self, task: Task, *, after: int = -1) -> Iterator[Reject]:
        """Rejected rows by index, each with its record; of one that is none, with what can be made of its cells."""
        if not _has_rows(task):
            return
        with closing(LoadedFile(task, self._files, self._mappings)) as file:
            for segment, rejects in self._rejects(task, after, raw=True):
                for reject in rejects:
                    raw = reject.raw or file.draft(segment, reject.index)
                    yield replace(reject, index=segment.first_row + reject.index, raw=raw)

    def rejects(self, task: Task) -> RejectedRows:
        """The rows that were rejected, with what stands before the rows of the file: a file that can be loaded."""
        if not _has_rows(task):
            return RejectedRows("text/csv", "csv", iter(()))
        file = LoadedFile(task, self._files, self._mappings)
        source = file.opened().table.source
        media, ending = ("application/x-ndjson", "ndjson") if source.format in JSON_FORMATS else ("text/csv", "csv")
        encoding = source.encoding if source.format == "csv" else "utf-8"
        return RejectedRows(f"{media}; charset={encoding}" if ending == "csv" else media, ending, self._raw(task, file))

    def _raw(self, task: Task, file: LoadedFile) -> Iterator[bytes]:
        with closing(file):
            yield file.opened().table.head()
            for row, rejects in self._rejects(task, -1):
                segment = file.segment(row)
                yield b"".join(segment.raw(reject.index) for reject in rejects)

    def _rejects(self, task: Task, after: int, *, raw: bool = False) -> Iterator[tuple[SegmentRow, list[Reject]]]:
        """Pages of a load's rejects with the segment that they are of; their indexes are those of its rows."""
        number = -1
        while segments := self._segments.with_errors(task.tenant_id, task.id, after=number, after_row=after):
            for segment in segments:
                job = self._lookup.job(task.tenant_id, segment.job_id)
                first = max(after - segment.first_row, -1)
                for page in self._lookup.reject_pages(job, after=first, raw=raw) if job else ():
                    yield segment, page
            number = segments[-1].number


def _has_rows(task: Task) -> bool:
    """Whether it is a load that has begun."""
    return task.type == LOAD.name and task.checkpoint is not None


def _errors(file: LoadedFile, segment: SegmentRow, rejects: Sequence[Reject]) -> Iterator[RecordErrors]:
    places: Iterator[tuple[int | str | None, int | None]]
    if segment.jumps:
        places = ((numbered(segment.jumps, reject.index, file.state.sheet), None) for reject in rejects)
    elif found := file.places(segment, [reject.index for reject in rejects]):
        places = ((place.line, place.offset) for place in found)
    else:
        places = ((None, None) for _ in rejects)
    for reject, (row, offset) in zip(rejects, places, strict=True):
        index = segment.first_row + reject.index
        views = [
            RowErrorView(**{
                **msgspec.structs.asdict(view), "index": index, "row": row, "offset": offset,
                "column": _column(file.mapping, view.pointer),
            })
            for view in error_views(reject)
        ]  # fmt: skip
        yield RecordErrors(index, views)


def _column(mapping: Mapping | None, pointer: str) -> str | None:
    """The name of the column that a pointer into the record came from; without a mapping it is the field's own."""
    if mapping is None:
        return pointer.removeprefix("/").partition("/")[0] or None
    column = column_of(mapping, pointer)
    return column.name if column else None

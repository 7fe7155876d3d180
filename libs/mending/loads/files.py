"""The file of a load, opened to find its rows again; segment by segment, since one is all that is held."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import msgspec
from msgspec import convert

from libs.contracts.files.mappings import Mapping
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LOAD, LoadParameters, LoadState
from libs.database.mappings import MappingStore
from libs.database.segments import SegmentRow
from libs.files.content import ContentChangedError
from libs.files.failures import UnreadableError
from libs.files.readers.segments import Segment
from libs.files.readers.stretches import Position
from libs.files.records import RecordFile, opened_records
from libs.files.storage import PartMissingError
from libs.uploads.files import FileStore
from libs.uploads.receiving import storing

GONE = ("FILE_NOT_FOUND", "FILE_DAMAGED")


class LoadedFile:
    """What a load was told and has pinned, and its file. Not for several threads; `close` it."""

    def __init__(self, task: Task, files: FileStore, mappings: MappingStore) -> None:
        self._task = task
        self._files = files
        self._parameters: LoadParameters = task.parameters_as(LOAD)
        self.state = convert(task.checkpoint, LoadState)
        self.mapping = self._mapping(mappings)
        self._open = ExitStack()
        self._file: RecordFile | None = None
        self._held: tuple[int, Segment] | None = None

    def _mapping(self, mappings: MappingStore) -> Mapping | None:
        parameters = self._parameters
        if parameters.mapping_id is None:
            return None
        stored = mappings.mapping(self._task.tenant_id, parameters.mapping_id, self.state.mapping_version)
        return stored.content if stored else None

    def opened(self) -> RecordFile:
        """The file. Raises Refusal where it is not there any more, or not what it was."""
        if self._file is None:
            task, parameters = self._task, self._parameters
            with _reading():
                known = self._files.file(task.tenant_id, parameters.file_id)
                content = self._files.content(task.tenant_id, parameters.file_id)
                name = known.name if known else ""
                opening = opened_records(content, name, parameters.entity, self.mapping, parameters.format)
                self._file = self._open.enter_context(opening)
        return self._file

    def segment(self, row: SegmentRow) -> Segment:
        """A segment, read again. Raises Refusal whatever is wrong with the file."""
        if self._held is None or self._held[0] != row.number:
            self._held = None
            found = self.opened().segments(Position(row.start_offset, row.start_line), row.number)
            with _reading():
                self._held = row.number, next(found)
        return self._held[1]

    def places(self, row: SegmentRow, indexes: Sequence[int]) -> list[Position] | None:
        """Where some rows of a segment are, of those that have bytes; None where the file is gone."""
        try:
            return self.segment(row).places(indexes)
        except Refusal as refusal:
            if refusal.problem.code not in GONE:
                raise
            return None

    def draft(self, row: SegmentRow, index: int) -> bytes:
        """What can be made of a row that is no record, as JSON; nothing where the file is gone."""
        try:
            stretch, place = self.segment(row).find(index)
            return msgspec.json.encode(self.opened().draft(stretch.rows[place]))
        except Refusal as refusal:
            if refusal.problem.code not in GONE:
                raise
            return b""

    def close(self) -> None:
        """Give the file back."""
        self._open.close()


@contextmanager
def _reading() -> Iterator[None]:
    """Say what is wrong with a file or its storage. Raises Refusal."""
    try:
        with storing():
            yield
    except (UnreadableError, ContentChangedError, PartMissingError) as error:
        raise Refusal("FILE_DAMAGED") from error

"""Reads what the pages of files show."""

import uuid
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Source
from libs.contracts.jobs import Before
from libs.database.mappings import MappingStore
from libs.database.task_reader import TaskReader
from libs.files.mapping.proposing.history import signature
from libs.lookup import page_tokens
from libs.steering.looking import opened
from libs.steering.preview import LONGEST_CELL, first_rows
from libs.uploads.files import FileStore
from libs.uploads.rows import After
from services.console.pages.files.steps import Way, analysis_of

PAGE = 50
TASKS_SHOWN = 30
MAPPINGS_SHOWN = 30
ROWS_SHOWN = 20
COLUMNS_SHOWN = 100
COLUMNS_ANALYSED = 500


class FilePage(Struct, frozen=True):
    """A page of files, and the token of the next one."""

    files: Sequence[StoredFile]
    older: str | None


class Look(Struct, frozen=True):
    """The first rows of a file, cut to what a page can show."""

    source: Source
    certain: bool
    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str], str | None]]
    columns: int
    sheets: Sequence[str]


class FileReading:
    """Raises Refusal, psycopg.Error."""

    def __init__(self, store: FileStore, tasks: TaskReader, mappings: MappingStore) -> None:
        self._store = store
        self._tasks = tasks
        self._mappings = mappings

    def page(self, tenant_id: uuid.UUID, token: object) -> FilePage:
        """The tenant's files, newest first."""
        before = page_tokens.read_job_token(tenant_id, token)
        after = After(before.created_at, before.job_id) if before else None
        files = self._store.files(tenant_id, after=after, limit=PAGE + 1)
        last = files[PAGE - 1] if len(files) > PAGE else None
        older = page_tokens.after_job(tenant_id, Before(last.created_at, last.file_id)) if last else None
        return FilePage(files[:PAGE], older)

    def way(self, tenant_id: uuid.UUID, file: StoredFile) -> Way:
        """What was done with a file."""
        (way,) = self.ways(tenant_id, [file])
        return msgspec.structs.replace(way, tasks=self._tasks.of_file(tenant_id, file.file_id, limit=TASKS_SHOWN))

    def ways(self, tenant_id: uuid.UUID, files: Sequence[StoredFile]) -> list[Way]:
        """What some files can be loaded with; their tasks are left out."""
        analyses = {file.file_id: analysis_of(file) for file in files}
        signatures = {
            file_id: signature([column.name for column in analysis.columns] if analysis else [])
            for file_id, analysis in analyses.items()
        }
        mappings = self._mappings.for_files(tenant_id, signatures, limit=MAPPINGS_SHOWN)
        return [
            Way(file=file, analysis=analyses[file.file_id], tasks=(), mappings=mappings[file.file_id]) for file in files
        ]

    def look(self, tenant_id: uuid.UUID, file_id: uuid.UUID, source: Source) -> Look:
        """The first rows, read like this."""
        with opened(self._store, tenant_id, file_id, source) as table:
            rows = [(line, _cut(cells), fault) for line, cells, fault in first_rows(table, ROWS_SHOWN)]
            return Look(table.source, table.certain, _cut(table.header), rows, len(table.header), list(table.sheets))


def _cut(cells: Sequence[str]) -> list[str]:
    return [cell[:LONGEST_CELL] for cell in cells[:COLUMNS_SHOWN]]


def source_with(known: Source, **said: str | int | None) -> Source:
    """How a file was read, with what somebody says otherwise."""
    changes = {name: value for name, value in said.items() if value not in (None, "")}
    return msgspec.structs.replace(known, **changes)

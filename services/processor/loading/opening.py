"""Opens a load's file with its mapping, and pins both at the load's first run."""

from collections.abc import Iterator
from contextlib import contextmanager

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Mapping
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.load import LoadParameters, LoadState
from libs.files.content import ContentChangedError, StorageAwayError
from libs.files.failures import UnreadableError
from libs.files.records import READER, RecordFile, opened_records
from libs.files.storage import PartMissingError
from libs.tasks.context import Context, TaskFailedError, TransientError
from services.processor.tools import Tools

HEADER_ONLY = "FILE_HEADER_ONLY"


@contextmanager
def opened(context: Context, tools: Tools) -> Iterator[tuple[RecordFile, LoadState] | None]:
    """The file as records, and where to go on; None for a file that has a header and no rows.

    Raises Refusal, TaskFailedError, TransientError, also for what is found out while the file is read.
    """
    parameters: LoadParameters = context.parameters
    state: LoadState | None = context.restored(LoadState)
    file = _file(context, tools, state)
    mapping, version = _mapping(context, tools, state)
    try:
        content = tools.files.content(file.tenant_id, file.file_id)
        with opened_records(content, file.name, parameters.entity, mapping, parameters.format) as records:
            yield records, state or _pinned(context, tools, file, version, records)
    except UnreadableError as error:
        if error.code != HEADER_ONLY:
            raise TaskFailedError(error.code, **error.params) from error
        yield None
    except (ContentChangedError, PartMissingError) as error:
        raise TaskFailedError("FILE_DAMAGED") from error
    except StorageAwayError as error:
        raise TransientError("STORAGE_UNAVAILABLE") from error


def _file(context: Context, tools: Tools, state: LoadState | None) -> StoredFile:
    file = tools.files.file(context.task.tenant_id, context.parameters.file_id)
    if file is None:
        raise Refusal("FILE_NOT_FOUND")
    if state and state.file_sha256 != file.sha256:
        raise TaskFailedError("FILE_CHANGED")
    if state and state.reader != READER:
        raise TaskFailedError("READER_CHANGED")
    return file


def _mapping(context: Context, tools: Tools, state: LoadState | None) -> tuple[Mapping | None, int | None]:
    """The mapping of the load's version, and which that is; none where it needs none."""
    parameters: LoadParameters = context.parameters
    if parameters.mapping_id is None:
        return None, None
    version = state.mapping_version if state else parameters.mapping_version
    stored = tools.mappings.mapping(context.task.tenant_id, parameters.mapping_id, version)
    if stored is None:
        raise Refusal("MAPPING_NOT_FOUND")
    if stored.status != "approved":
        raise Refusal("MAPPING_NOT_APPROVED")
    return stored.content, stored.version


def _pinned(context: Context, tools: Tools, file: StoredFile, version: int | None, records: RecordFile) -> LoadState:
    first = records.table.first
    return LoadState(
        file_sha256=file.sha256 or "", mapping_version=version, reader=READER,
        chunk_records=tools.settings.intake.chunk_records, sheet=records.sheet, offset=first.offset, line=first.line,
        retries=context.task.retries,
    )  # fmt: skip

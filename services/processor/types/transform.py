"""Makes another file of a file's rows: the same pass as a load's, with the same rows refused.

A run that dies costs what it made since its last checkpoint: the next one makes the same bytes again, and passes over
those that are durable.
"""

from msgspec.structs import replace

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import StoredMapping
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.transform import TransformParameters, TransformResult, TransformState
from libs.files.mapping.changing import missing
from libs.files.mapping.fit import check_columns
from libs.files.readers.table import Table
from libs.files.records import READER
from libs.tasks.context import Context, TaskFailedError, TransientError
from services.processor.reading import file_of, opened
from services.processor.tools import Tools
from services.processor.transforming.making import Making
from services.processor.transforming.output import LostOutputError

TAKEN_OVER = "UPLOAD_TAKEN_OVER"


def run(context: Context, tools: Tools) -> TransformResult:
    """Make the file."""
    context.progress("open", 0.0)
    state: TransformState | None = context.restored(TransformState)
    file = file_of(context, tools, context.parameters.file_id)
    stored = _mapping(context, tools, state)
    with opened(context, tools, file, stored.content.source, stored.content.entity) as table:
        check_columns(stored.content, table.header)
        _require_same(file, state)
        state = state or _pinned(file, stored, table)
        context.checkpoint("open", 1.0, state)
        try:
            return _made(context, tools, file, stored, table, state)
        except Refusal as refusal:
            if refusal.problem.code == TAKEN_OVER:  # by a run that was thought dead, and does not know it yet
                raise TransientError(TAKEN_OVER) from refusal
            raise


def _mapping(context: Context, tools: Tools, state: TransformState | None) -> StoredMapping:
    """The mapping's pinned version. Raises Refusal where it cannot be applied."""
    parameters: TransformParameters = context.parameters
    version = state.mapping_version if state else parameters.mapping_version
    stored = tools.mappings.mapping(context.task.tenant_id, parameters.mapping_id, version)
    if stored is None:
        raise Refusal("MAPPING_NOT_FOUND")
    if stored.status != "approved":
        raise Refusal("MAPPING_NOT_APPROVED")
    if lacking := missing(stored.content):
        raise Refusal("MAPPING_INCOMPLETE", missing=", ".join(lacking))
    return stored


def _require_same(file: StoredFile, state: TransformState | None) -> None:
    if state and state.file_sha256 != file.sha256:
        raise TaskFailedError("FILE_CHANGED")
    if state and state.reader != READER:
        raise TaskFailedError("READER_CHANGED")


def _pinned(file: StoredFile, stored: StoredMapping, table: Table) -> TransformState:
    return TransformState(
        file_sha256=file.sha256 or "", mapping_version=stored.version, reader=READER, offset=table.first.offset,
        line=table.first.line,
    )  # fmt: skip


def _made(
    context: Context, tools: Tools, file: StoredFile, stored: StoredMapping, table: Table, state: TransformState
) -> TransformResult:
    try:
        making = Making(context, tools, file, stored.content, table, state)
    except LostOutputError:
        anew = replace(_pinned(file, stored, table), generation=state.generation + 1)
        context.checkpoint("write", 0.0, anew)
        making = Making(context, tools, file, stored.content, table, anew)
    done = making.run()
    return TransformResult(
        result_file_id=making.result.file_id,
        rejects_file_id=making.rejects.file_id if making.rejects.begun else None, rows=done.rows,
        written=done.rows - done.rejected, rejected=done.rejected, errors=done.errors,
        mapping_id=stored.mapping_id, mapping_version=stored.version,
    )  # fmt: skip

"""Looks at a file: reads it once, and keeps what was found with it. A run that dies goes on at its last checkpoint."""

import time

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Source
from libs.contracts.tasks.types.analyze import AnalyzeResult
from libs.files.analysis.passing import Analysis, AnalysisState
from libs.files.readers.table import Table
from libs.files.records import READER
from libs.tasks.context import Context
from libs.telemetry.process.crashpoints import crash_point
from services.processor.reading import file_of, opened
from services.processor.tools import Tools

EVERY_S = 5.0
"""How often what is known is kept: hashes and counts of all columns, a megabyte at most."""


class AnalyzeState(Struct, frozen=True):
    """A checkpoint. It holds no value of the file."""

    file_sha256: str
    reader: int
    analysis: AnalysisState


def run(context: Context, tools: Tools) -> AnalyzeResult:
    """Look at all of a file."""
    parameters = context.parameters
    context.progress("look", 0.0)
    file = file_of(context, tools, parameters.file_id)
    with opened(context, tools, file, parameters.source or Source()) as table:
        analysis = Analysis(table, _restored(context, file))
        _read(context, file, analysis)
        result = _result(context, file, table, analysis)
    plain = [replace(column, samples=[]) for column in result.columns]
    crash_point("analyze.before_note")
    tools.files.note_analysis(file.tenant_id, file.file_id, msgspec.to_builtins(replace(result, columns=plain)))
    crash_point("analyze.after_note")
    return result


def _restored(context: Context, file: StoredFile) -> AnalysisState | None:
    """How far the run before has come, if what it read would be read in the same way now."""
    state: AnalyzeState | None = context.restored(AnalyzeState)
    known = state is not None and (state.file_sha256, state.reader) == (file.sha256, READER)
    return state.analysis if state and known else None


def _read(context: Context, file: StoredFile, analysis: Analysis) -> None:
    kept = time.monotonic()
    for share in analysis.run():
        context.progress("read", share)
        if time.monotonic() - kept >= EVERY_S:
            kept = time.monotonic()
            context.checkpoint("read", share, AnalyzeState(file.sha256 or "", READER, analysis.state))


def _result(context: Context, file: StoredFile, table: Table, analysis: Analysis) -> AnalyzeResult:
    return AnalyzeResult(
        file_id=file.file_id, format=table.source.format or "", source=table.source, certain=table.certain,
        rows=analysis.state.rows, faulty_rows=analysis.state.faulty, sheets=list(table.sheets),
        columns=analysis.columns(samples=context.parameters.samples),
    )  # fmt: skip

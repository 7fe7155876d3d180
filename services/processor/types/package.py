"""Makes the files of a package: gathers once what they say, then makes one after the other of it.

A run that dies costs the file that it was making: what was gathered is kept until all files are there.
"""

import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.package import PackageFormat, PackageParameters, PackageResult, PackageState
from libs.contracts.tasks.schedules import DEFAULT_ZONE
from libs.files.content import ContentChangedError, StorageAwayError
from libs.files.storage import PartMissingError
from libs.tasks.context import Context, TransientError
from libs.telemetry.crashpoints import crash_point
from services.processor.packaging.content import Content
from services.processor.packaging.files import Workroom, name_of
from services.processor.packaging.gathering import gather
from services.processor.tools import Tools
from services.processor.transforming.output import LostOutputError

TAKEN_OVER = "UPLOAD_TAKEN_OVER"
ORDER: tuple[PackageFormat, ...] = ("xlsx", "docx", "pdf")
"""The quickest first."""


def run(context: Context, tools: Tools) -> PackageResult:
    """Make all files."""
    context.progress("gather", 0.0)
    state: PackageState = context.restored(PackageState) or PackageState(made_on=_today(context))
    while True:
        try:
            return _made(context, tools, state)
        except (LostOutputError, PartMissingError, ContentChangedError):  # taken away meanwhile, or damaged
            state = PackageState(made_on=state.made_on, generation=state.generation + 1)
            context.checkpoint("gather", 0.0, state)
        except StorageAwayError as error:
            raise TransientError("STORAGE_UNAVAILABLE") from error
        except Refusal as refusal:
            if refusal.problem.code == TAKEN_OVER:  # by a run that was thought dead, and does not know it yet
                raise TransientError(TAKEN_OVER) from refusal
            raise


def _today(context: Context) -> datetime.date:
    """The day in Viet Nam on which somebody asked for it."""
    return context.task.created_at.astimezone(ZoneInfo(DEFAULT_ZONE)).date()


def _made(context: Context, tools: Tools, state: PackageState) -> PackageResult:
    parameters: PackageParameters = context.parameters
    content = Content(tools.files, context.task, name_of(parameters, state, "content.ndjson"), state.generation)
    if not state.gathered:
        found = gather(context, tools.snapshots, content, state)
        state = replace(state, gathered=True, records=found.records, completeness=found.completeness)
        crash_point("package.after_content")
        context.checkpoint("gather", 1.0, state)
    missing = [kind for kind in ORDER if kind in parameters.formats and kind not in {f.format for f in state.files}]
    if missing:
        state = _filed(context, tools, content, state, missing)
    content.forget()
    crash_point("package.after_content_went")
    files = sorted(state.files, key=lambda file: get_args(PackageFormat).index(file.format))
    return PackageResult(
        package=parameters.package, language=parameters.language, made_on=state.made_on, records=state.records,
        completeness=state.completeness, files=files,
    )  # fmt: skip


def _filed(
    context: Context, tools: Tools, content: Content, state: PackageState, missing: list[PackageFormat]
) -> PackageState:
    if not content.is_there:
        raise LostOutputError
    with Workroom(context, tools.files, content, state) as workroom:
        for kind in missing:
            state = replace(state, files=[*state.files, workroom.file(kind)])
            context.checkpoint(kind, 1.0, state)
    return state

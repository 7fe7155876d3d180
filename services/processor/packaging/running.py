"""Makes files of a content: gathers once what they say, then makes one after the other of it.

A run that dies costs the file that it was making: what was gathered is kept until all files are there.
"""

import datetime
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from libs.compliance.packages.writing.order import Order
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.schedules import DEFAULT_ZONE
from libs.contracts.tasks.types.package import FileFormat, MakingState
from libs.files.content import ContentChangedError, StorageAwayError
from libs.files.storage import PartMissingError
from libs.tasks.context import Context, TransientError
from libs.telemetry.process.crashpoints import crash_point
from libs.uploads.files import FileStore
from services.processor.packaging.content import Content
from services.processor.packaging.files import Workroom
from services.processor.transforming.output import LostOutputError

GATHER = "gather"
"""The first stage; each format is one of its own name."""
TAKEN_OVER = "UPLOAD_TAKEN_OVER"

State = TypeVar("State", bound=MakingState)


class Plan(Struct, Generic[State], frozen=True, kw_only=True):
    """What is made."""

    gather: Callable[[Content, State], State]
    """Writes the content, and notes what it is about."""
    order: Callable[[State], Order]
    name: Callable[[State, str], str]
    """What a file with this ending is called."""
    formats: Sequence[FileFormat]
    """One after the other."""


def asked_on(task: Task) -> datetime.date:
    """The day in Viet Nam on which somebody asked for it."""
    return task.created_at.astimezone(ZoneInfo(DEFAULT_ZONE)).date()


def make_files(context: Context, files: FileStore, state: State, plan: Plan[State]) -> State:
    """Make all files; where what was made has got lost, all of them anew."""
    context.progress(GATHER, 0.0)
    while True:
        try:
            return _made(context, files, state, plan)
        except (LostOutputError, PartMissingError, ContentChangedError):  # taken away meanwhile, or damaged
            state = replace(state, generation=state.generation + 1, gathered=False, files=[])
            context.checkpoint(GATHER, 0.0, state)
        except StorageAwayError as error:
            raise TransientError("STORAGE_UNAVAILABLE") from error
        except Refusal as refusal:
            if refusal.problem.code == TAKEN_OVER:  # by a run that was thought dead, and does not know it yet
                raise TransientError(TAKEN_OVER) from refusal
            raise


def _made(context: Context, files: FileStore, state: State, plan: Plan[State]) -> State:
    content = Content(files, context.task, plan.name(state, "content.ndjson"), state.generation)
    if not state.gathered:
        state = replace(plan.gather(content, state), gathered=True)
        crash_point("package.after_content")
        context.checkpoint(GATHER, 1.0, state)
    there = {file.format for file in state.files}
    if missing := [kind for kind in plan.formats if kind not in there]:
        state = _filed(context, files, content, state, plan, missing)
    content.forget()
    crash_point("package.after_content_went")
    return state


def _filed(
    context: Context, files: FileStore, content: Content, state: State, plan: Plan[State], missing: Sequence[FileFormat]
) -> State:
    if not content.is_there:
        raise LostOutputError
    with Workroom(context, files, content, plan.order(state), state.generation) as workroom:
        for kind in missing:
            state = replace(state, files=[*state.files, workroom.file(kind, plan.name(state, kind))])
            context.checkpoint(kind, 1.0, state)
    return state

"""What the functions of types work with, besides their context: every store and service of a processor, wired once."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from libs.broker.publisher import Publisher
from libs.contracts.tasks.kinds import TaskKind
from libs.database.mappings import MappingStore
from libs.database.segments import SegmentRows
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.jobs.store import JobStore
from libs.lookup.jobs import JobLookup
from libs.tasks.context import Context
from libs.tasks.desk import TaskDesk
from libs.uploads.files import FileStore
from services.processor.settings import ProcessorSettings


class Tools(Struct, frozen=True, kw_only=True):
    """The tools of one processor; safe to use from all of its threads."""

    settings: ProcessorSettings
    files: FileStore
    mappings: MappingStore
    segments: SegmentRows
    jobs: JobStore
    lookup: JobLookup
    intake: Intake
    admission: Admission
    desk: TaskDesk
    """Opens, cancels and retries other tasks."""
    publisher: Publisher
    """Wakes who runs them."""


Work: TypeAlias = Callable[[Context, Tools], Struct]
"""Does a task's work and returns its result, a struct of its kind's type."""
Types: TypeAlias = dict[str, tuple[TaskKind, Work]]
"""By name, what each type declares and does."""

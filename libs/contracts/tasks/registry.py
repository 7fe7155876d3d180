"""Every type of task. To add one: declare it in a module here, list it, and give its function to the processor."""

from libs.contracts.tasks.files import ANALYZE, LOAD
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.mapping import MAPPING

KINDS: dict[str, TaskKind] = {kind.name: kind for kind in (ANALYZE, MAPPING, LOAD)}

"""Every type of task. To add one: declare it in a module of `types`, list it, give its function to the processor."""

from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.types.analyze import ANALYZE
from libs.contracts.tasks.types.bulk import BULK
from libs.contracts.tasks.types.files import FILES
from libs.contracts.tasks.types.load import LOAD
from libs.contracts.tasks.types.mapping import MAPPING
from libs.contracts.tasks.types.package import PACKAGE
from libs.contracts.tasks.types.report import REPORT
from libs.contracts.tasks.types.rules import RULES
from libs.contracts.tasks.types.transform import TRANSFORM
from libs.contracts.tasks.types.upkeep.backup import BACKUP
from libs.contracts.tasks.types.upkeep.retention import RETENTION
from libs.contracts.tasks.types.upkeep.tenants import TENANTS
from libs.contracts.tasks.types.upkeep.warm import WARM

_ALL = (ANALYZE, MAPPING, TRANSFORM, LOAD, FILES, BULK, RULES, PACKAGE, REPORT, BACKUP, RETENTION, TENANTS, WARM)
KINDS: dict[str, TaskKind] = {kind.name: kind for kind in _ALL}

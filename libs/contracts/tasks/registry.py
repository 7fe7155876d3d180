"""Every type of task. To add one: declare it in a module here, list it, and give its function to the processor."""

from libs.contracts.tasks.analyze import ANALYZE
from libs.contracts.tasks.backup import BACKUP
from libs.contracts.tasks.bulk import BULK
from libs.contracts.tasks.files import FILES
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.load import LOAD
from libs.contracts.tasks.mapping import MAPPING
from libs.contracts.tasks.package import PACKAGE
from libs.contracts.tasks.report import REPORT
from libs.contracts.tasks.retention import RETENTION
from libs.contracts.tasks.rules import RULES
from libs.contracts.tasks.tenants import TENANTS
from libs.contracts.tasks.transform import TRANSFORM

_ALL = (ANALYZE, MAPPING, TRANSFORM, LOAD, FILES, BULK, RULES, PACKAGE, REPORT, BACKUP, RETENTION, TENANTS)
KINDS: dict[str, TaskKind] = {kind.name: kind for kind in _ALL}

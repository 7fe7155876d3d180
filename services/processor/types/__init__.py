"""What each type of task does, one module a type. To add one: a kind in `libs.contracts.tasks`, a function here."""

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
from services.processor.tools import Types
from services.processor.types import (
    analyze,
    bulk,
    files,
    load,
    mapping,
    package,
    report,
    rules,
    transform,
)
from services.processor.types.upkeep import backup, retention, tenants, warm

TYPES: Types = {
    ANALYZE.name: (ANALYZE, analyze.run),
    MAPPING.name: (MAPPING, mapping.run),
    TRANSFORM.name: (TRANSFORM, transform.run),
    LOAD.name: (LOAD, load.run),
    FILES.name: (FILES, files.run),
    BULK.name: (BULK, bulk.run),
    RULES.name: (RULES, rules.run),
    PACKAGE.name: (PACKAGE, package.run),
    REPORT.name: (REPORT, report.run),
    BACKUP.name: (BACKUP, backup.run),
    RETENTION.name: (RETENTION, retention.run),
    TENANTS.name: (TENANTS, tenants.run),
    WARM.name: (WARM, warm.run),
}

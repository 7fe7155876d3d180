"""What each type of task does, one module a type. To add one: a kind in `libs.contracts.tasks`, a function here."""

from libs.contracts.tasks.analyze import ANALYZE
from libs.contracts.tasks.backup import BACKUP
from libs.contracts.tasks.bulk import BULK
from libs.contracts.tasks.files import FILES
from libs.contracts.tasks.load import LOAD
from libs.contracts.tasks.mapping import MAPPING
from libs.contracts.tasks.package import PACKAGE
from libs.contracts.tasks.report import REPORT
from libs.contracts.tasks.retention import RETENTION
from libs.contracts.tasks.rules import RULES
from libs.contracts.tasks.tenants import TENANTS
from libs.contracts.tasks.transform import TRANSFORM
from services.processor.tools import Types
from services.processor.types import (
    analyze,
    backup,
    bulk,
    files,
    load,
    mapping,
    package,
    report,
    retention,
    rules,
    tenants,
    transform,
)

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
}

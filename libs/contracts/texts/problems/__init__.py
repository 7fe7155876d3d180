"""The catalogue of errors: every code a user can meet, in English and Vietnamese. Nothing else words an error.

`PROBLEMS` are answers to a whole request (RFC 9457); `RECORD_ERRORS` belong to one record. A template's `{names}` are
filled with limits and names, never with a value that the client sent. One module a theme; each is listed here.
"""

from libs.contracts.texts.problems.backups import BACKUPS
from libs.contracts.texts.problems.console import CONSOLE
from libs.contracts.texts.problems.files.bringing import FILES
from libs.contracts.texts.problems.files.load import LOADS
from libs.contracts.texts.problems.files.mappings import CELLS, MAPPINGS
from libs.contracts.texts.problems.files.readers import READERS, ROWS
from libs.contracts.texts.problems.findings import FINDINGS
from libs.contracts.texts.problems.inventory import INVENTORY
from libs.contracts.texts.problems.lanes import LANES
from libs.contracts.texts.problems.organisation import ORGANISATION
from libs.contracts.texts.problems.records import RECORDS
from libs.contracts.texts.problems.requests import REQUESTS
from libs.contracts.texts.problems.schedules import SCHEDULES
from libs.contracts.texts.problems.shapes import Problem, RecordError
from libs.contracts.texts.problems.statistics import STATISTICS
from libs.contracts.texts.problems.tasks import TASKS

__all__ = ["PROBLEMS", "RECORD_ERRORS", "Problem", "RecordError"]

PROBLEMS: dict[str, Problem] = {
    problem.code: problem
    for problem in (
        *BACKUPS,
        *CONSOLE,
        *FILES,
        *FINDINGS,
        *INVENTORY,
        *LANES,
        *LOADS,
        *MAPPINGS,
        *ORGANISATION,
        *READERS,
        *REQUESTS,
        *SCHEDULES,
        *STATISTICS,
        *TASKS,
    )
}
RECORD_ERRORS: dict[str, RecordError] = {error.code: error for error in (*CELLS, *RECORDS, *ROWS)}

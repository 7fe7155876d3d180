"""For how long things are kept, in whole days; each from `SLUICE_<NAME>`.

Files have a time of their own (`SLUICE_FILE_HOURS`), by which each is forgotten without this.
"""

from typing import Annotated

from msgspec import Meta, Struct

DAY_S = 86_400
Days = Annotated[int, Meta(ge=1)]
LedgerDays = Annotated[int, Meta(ge=30)]
"""Minutes of statistics are counted from the ledger for a week; and a repeat that meets no ledger is a new batch."""


class RetentionSettings(Struct, frozen=True, kw_only=True):
    """After an end of its job each is kept for so many days."""

    keep_rejects_days: Days = 180
    """Rejected records as they came, which are personal data."""
    keep_jobs_days: LedgerDays = 400
    """Batches with their ledger, and tasks: a repeat under the same key is known for so long."""
    keep_logs_days: Days = 90
    """Lines of the stories of tasks."""
    keep_findings_days: Days = 730
    """Findings, after they are gone."""
    keep_statistics_days: LedgerDays = 400
    """Days of statistics."""

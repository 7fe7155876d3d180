"""What a push tells its caller. What the server says of a job is in `libs.contracts.answers`."""

from uuid import UUID

from msgspec import Struct

from libs.contracts.chunks import RowErrorView


class Receipt(Struct, frozen=True, kw_only=True):
    """What a push needs of the answer to a batch, be it accepted or refused whole; the long lists are left out."""

    job_id: UUID
    total_submitted: int
    total_accepted: int
    total_rejected: int


class Reject(Struct, frozen=True, kw_only=True):
    """One error of one record of a push; `position` counts from 0 in the caller's data, blank lines left out.

    A record that has several errors has several rejects.
    """

    position: int
    id: str | None
    external_id: str | None
    code: str
    """One of `libs.contracts.texts.problems.RECORD_ERRORS`."""
    pointer: str
    """A JSON Pointer into the record; empty for the record as a whole."""
    error: str
    error_vi: str
    stage: str
    """`validate`, `reference` or `write`."""


class JobErrorPage(Struct, frozen=True):
    """Errors, by index."""

    errors: list[RowErrorView]
    next_page_token: str | None


class PushProgress(Struct, frozen=True, kw_only=True):
    """How far a push is, in records; `jobs_open` counts batches that are accepted and not ended.

    When `done`: submitted = created + updated + unchanged + rejected + failed + cancelled.
    """

    submitted: int = 0
    """Sent, in batches that the server has answered."""
    accepted: int = 0
    """Found valid when their batch arrived."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0
    jobs_open: int = 0
    done: bool = False

    @property
    def written(self) -> int:
        """Records that are in the database."""
        return self.created + self.updated + self.unchanged

    @property
    def missing(self) -> int:
        """Records that ended without being written."""
        return self.rejected + self.failed + self.cancelled

"""What an error means for a chunk, by its SQLSTATE (PostgreSQL's manual, appendix A)."""

import enum
import re

import psycopg

from libs.database.nodes.away import node_is_away

BACKOFF_FIRST_S = 0.25
BACKOFF_LONGEST_S = 5.0
"""Short, so that all jobs end soon after PostgreSQL has come back."""
MENDING_LONGEST_S = 30.0
MENDING_ATTEMPTS = 48
"""Ten to twenty minutes, by their jitter."""
INTERRUPTED_ATTEMPTS = 30
UNEXPECTED_ATTEMPTS = 5
CAREFUL_AFTER_CRASHES = 3
MOST_CRASHES = 60
"""Enough to close in on several records of a chunk that each kill their writer; then the whole chunk fails."""


class ErrorKind(enum.StrEnum):
    """Kinds of errors, told apart because each calls for something else."""

    DATA = "data"
    """The data is refused: bisecting finds the records."""
    UNAVAILABLE = "unavailable"
    """PostgreSQL is away, or one of its nodes, full, shutting down or read-only: try for ever."""
    CONTENDED = "contended"
    """Other transactions are in the way, which is not the chunk's fault: try for ever, and out of the way of others."""
    INTERRUPTED = "interrupted"
    """It took longer than a statement or a transaction may, or somebody ended it: try again, up to a bound."""
    MENDING = "mending"
    """A table, a column or a right is missing: somebody is in the middle of a migration. Try for minutes."""
    UNEXPECTED = "unexpected"
    """A bug, of ours or of a trigger: try a few times, in case somebody mends it."""


_KINDS = {
    ErrorKind.CONTENDED: ("40", "55P03", "55006"),
    ErrorKind.INTERRUPTED: ("57014", "25P03"),
    ErrorKind.UNAVAILABLE: ("08", "53", "57P", "58", "25006"),
    ErrorKind.DATA: ("22", "23", "54"),
    ErrorKind.MENDING: ("42", "3F"),
}
"""By kind, what its SQLSTATEs begin with."""


def constraint_of(error: psycopg.Error) -> str:
    """The unique index or constraint that refused a row, as PostgreSQL calls it; a part of a table has its own.

    A node that passes an error on may leave its fields out, but not its words.
    """
    named = re.search(r'unique constraint "([^"]+)"', str(error))
    return error.diag.constraint_name or (named[1] if named else "")


def classify(error: BaseException) -> ErrorKind:
    """The kind of an error that was raised while a chunk was written."""
    if not isinstance(error, psycopg.Error):
        return ErrorKind.UNEXPECTED
    sqlstate = error.sqlstate
    if sqlstate is None:
        # libpq reports a connection that is lost, and the pool one that it cannot have, without an SQLSTATE.
        return ErrorKind.UNAVAILABLE if isinstance(error, psycopg.OperationalError) else ErrorKind.UNEXPECTED
    if node_is_away(error):
        return ErrorKind.UNAVAILABLE
    return next((kind for kind, starts in _KINDS.items() if sqlstate.startswith(starts)), ErrorKind.UNEXPECTED)


def code_of(error: BaseException) -> str:
    """An error's SQLSTATE, or what kind of exception it is; never a value."""
    return getattr(error, "sqlstate", None) or type(error).__name__


BOUNDS = {
    ErrorKind.DATA: 1,
    ErrorKind.INTERRUPTED: INTERRUPTED_ATTEMPTS,
    ErrorKind.MENDING: MENDING_ATTEMPTS,
    ErrorKind.UNEXPECTED: UNEXPECTED_ATTEMPTS,
}
"""How many attempts may end in an error of a kind. Each kind is counted for itself: the attempts of a long outage
say nothing about the error that follows it."""


def may_retry(kind: ErrorKind, failures: int) -> bool:
    """Whether a chunk that has failed this way so many times (from 1) is tried again by itself."""
    return kind not in BOUNDS or failures < BOUNDS[kind]


def backoff_s(kind: ErrorKind, failures: int, jitter: float) -> float:
    """Seconds until the next attempt; `jitter` is between 0 and 1, so that chunks do not come back as one crowd."""
    bound = MENDING_LONGEST_S if kind is ErrorKind.MENDING else BACKOFF_LONGEST_S
    longest: float = min(BACKOFF_FIRST_S * 2 ** min(failures - 1, 10), bound)
    return longest * (0.5 + jitter / 2)

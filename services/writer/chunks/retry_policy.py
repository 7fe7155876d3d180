"""What an error means for a chunk, by its SQLSTATE (PostgreSQL's manual, appendix A)."""

import enum

import psycopg

BACKOFF_FIRST_S = 0.25
BACKOFF_LONGEST_S = 5.0
"""Short, so that all jobs end soon after PostgreSQL has come back."""
CONTENDED_ATTEMPTS = 30
UNEXPECTED_ATTEMPTS = 5
CAREFUL_AFTER_CRASHES = 3
MOST_CRASHES = 60
"""Enough to close in on several records of a chunk that each kill their writer; then the whole chunk fails."""


class ErrorKind(enum.StrEnum):
    """Kinds of errors, told apart because each calls for something else."""

    DATA = "data"
    """The data is refused: bisecting finds the records."""
    UNAVAILABLE = "unavailable"
    """PostgreSQL is away, full or shutting down: try for ever."""
    CONTENDED = "contended"
    """Other transactions are in the way: try again, up to a bound."""
    UNEXPECTED = "unexpected"
    """A missing table, a missing right, a bug: try a few times, in case somebody mends it."""


_UNAVAILABLE = ("08", "53", "57P", "58")
_CONTENDED = ("40", "55", "57014", "25P03")


def classify(error: BaseException) -> ErrorKind:
    """The kind of an error that was raised while a chunk was written."""
    if not isinstance(error, psycopg.Error):
        return ErrorKind.UNEXPECTED
    sqlstate = error.sqlstate
    if sqlstate is None:
        # libpq reports a connection that is lost, and the pool one that it cannot have, without an SQLSTATE.
        return ErrorKind.UNAVAILABLE if isinstance(error, psycopg.OperationalError) else ErrorKind.UNEXPECTED
    if sqlstate.startswith(_CONTENDED):
        return ErrorKind.CONTENDED
    if sqlstate.startswith(_UNAVAILABLE) or sqlstate == "25006":
        return ErrorKind.UNAVAILABLE
    return ErrorKind.DATA if sqlstate.startswith(("22", "23", "54")) else ErrorKind.UNEXPECTED


BOUNDS = {ErrorKind.CONTENDED: CONTENDED_ATTEMPTS, ErrorKind.UNEXPECTED: UNEXPECTED_ATTEMPTS}
"""How many attempts may end in an error of a kind. Each kind is counted for itself: the attempts of a long outage
say nothing about the deadlock that follows it."""


def may_retry(kind: ErrorKind, failures: int) -> bool:
    """Whether a chunk that has failed this way so many times (from 1) is tried again by itself."""
    if kind is ErrorKind.DATA:
        return False
    return kind not in BOUNDS or failures < BOUNDS[kind]


def backoff_s(attempts: int, jitter: float) -> float:
    """Seconds until the next attempt; `jitter` is between 0 and 1, so that chunks do not come back as one crowd."""
    longest: float = min(BACKOFF_FIRST_S * 2 ** min(attempts - 1, 10), BACKOFF_LONGEST_S)
    return longest * (0.5 + jitter / 2)

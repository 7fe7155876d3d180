"""Tells that a node has gone: its coordinator says so in words, without a SQLSTATE of its own."""

import re

import psycopg

_NODE_AWAY = re.compile(
    r"connection to (the remote node|server)|could not (connect|establish any connections|send|receive)|lost connection"
    r"|server closed the connection|terminating connection|the database system is|failed to (complete )?COPY",
    re.IGNORECASE,
)
"""How its message begins."""


def says_no_more(error: BaseException) -> bool:
    """Whether an error may be any: what a node refuses in a COPY reaches its coordinator's clients as XX000.

    The same rows in an INSERT are refused under its own name.
    """
    return isinstance(error, psycopg.errors.InternalError_)


def node_is_away(error: psycopg.Error) -> bool:
    """Whether a coordinator says that a node is not there: nothing is wrong with what was asked of it."""
    return says_no_more(error) and _NODE_AWAY.match(error.diag.message_primary or "") is not None

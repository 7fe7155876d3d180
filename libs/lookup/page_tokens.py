"""Page tokens: opaque to clients, positions to us. Each is good for one list of one tenant."""

import base64
import binascii
import datetime
import hashlib
import uuid
from collections.abc import Callable
from typing import TypeVar

from libs.contracts.chunks import IdMaker
from libs.contracts.jobs import Before
from libs.contracts.refusals import Refusal

Named = TypeVar("Named")

LONGEST_TOKEN = 200
MARK_BYTES = 6
"""Enough to tell a token that was copied from another list, or badly; there is nothing to be gained by making one."""


def _encode(of: uuid.UUID, text: str) -> str:
    raw = text.encode()
    mark = hashlib.sha256(of.bytes + raw).digest()[:MARK_BYTES]
    return base64.urlsafe_b64encode(mark + raw).decode().rstrip("=")


def _decode(of: uuid.UUID, token: object) -> str:
    """Raises Refusal, ValueError, binascii.Error."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise _bad_token()
    text = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))[MARK_BYTES:].decode("ascii")
    if _encode(of, text) != token or "\0" in text:  # which PostgreSQL does not take
        raise _bad_token()
    return text


def after_job(tenant_id: uuid.UUID, last: Before) -> str:
    """The page that follows the job at this place."""
    return _encode(tenant_id, f"{round(last.created_at.timestamp() * 1000)}|{last.job_id}")


def read_job_token(tenant_id: uuid.UUID, token: object) -> Before | None:
    """Where a page of jobs starts. Raises Refusal."""
    if token is None:
        return None
    try:
        moment, _, job_id = _decode(tenant_id, token).partition("|")
        before = Before(datetime.datetime.fromtimestamp(int(moment) / 1000, datetime.UTC), uuid.UUID(job_id))
    except (ValueError, binascii.Error, OverflowError, OSError) as error:
        raise _bad_token() from error
    return before


def after_index(job_id: uuid.UUID, index: int) -> str:
    """The page that follows the record of a job at this index, or this line of its story."""
    return _encode(job_id, str(index))


def read_index_token(job_id: uuid.UUID, token: object, most: int = IdMaker.MAX_INDEX) -> int:
    """The index after which a page of errors starts; -1 without a token. Raises Refusal."""
    if token is None:
        return -1
    try:
        index = int(_decode(job_id, token))
    except (ValueError, binascii.Error) as error:
        raise _bad_token() from error
    if not 0 <= index <= most:
        raise _bad_token()
    return index


def after_id(of: uuid.UUID, last: uuid.UUID) -> str:
    """The page that follows what has this id, in the list of a tenant, or of whatever else."""
    return _encode(of, str(last))


def read_id_token(of: uuid.UUID, token: object) -> uuid.UUID | None:
    """The id after which a page starts. Raises Refusal."""
    if token is None:
        return None
    try:
        return uuid.UUID(_decode(of, token))
    except (ValueError, binascii.Error) as error:
        raise _bad_token() from error


def after_text(of: uuid.UUID, last: str) -> str:
    """The page that follows what this names, in whatever way the list does."""
    return _encode(of, last)


def read_text_token(of: uuid.UUID, token: object, parse: Callable[[str], Named]) -> Named | None:
    """What names the place after which a page starts, as `parse` has it. Raises Refusal.

    What `parse` cannot read, it raises ValueError for: whoever knows the list can make a token with any text.
    """
    if token is None:
        return None
    try:
        return parse(_decode(of, token))
    except (ValueError, binascii.Error) as error:
        raise _bad_token() from error


def _bad_token() -> Refusal:
    return Refusal("BAD_PARAMETER", name="page_token", allowed="next_page_token")

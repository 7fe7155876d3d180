"""Page tokens: opaque to clients, positions to us."""

import base64
import binascii
import datetime
import uuid

from libs.contracts.chunks import IdMaker
from libs.contracts.jobs import Before
from libs.contracts.refusals import Refusal

LONGEST_TOKEN = 200


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(token: object) -> str:
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise _bad_token()
    return base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)).decode("ascii")


def after_job(last: Before) -> str:
    """The page that follows the job at this place."""
    return _encode(f"{round(last.created_at.timestamp() * 1000)}|{last.job_id}")


def read_job_token(token: object) -> Before | None:
    """Where a page of jobs starts. Raises Refusal."""
    if token is None:
        return None
    try:
        moment, _, job_id = _decode(token).partition("|")
        before = Before(datetime.datetime.fromtimestamp(int(moment) / 1000, datetime.UTC), uuid.UUID(job_id))
    except (ValueError, binascii.Error, OverflowError, OSError) as error:
        raise _bad_token() from error
    return before


def after_index(index: int) -> str:
    """The page that follows the record at this index."""
    return _encode(str(index))


def read_index_token(token: object) -> int:
    """The index after which a page of errors starts; -1 without a token. Raises Refusal."""
    if token is None:
        return -1
    try:
        index = int(_decode(token))
    except (ValueError, binascii.Error) as error:
        raise _bad_token() from error
    if not 0 <= index <= IdMaker.MAX_INDEX:
        raise _bad_token()
    return index


def after_id(last: uuid.UUID) -> str:
    """The page that follows what has this id."""
    return _encode(str(last))


def read_id_token(token: object) -> uuid.UUID | None:
    """The id after which a page starts. Raises Refusal."""
    if token is None:
        return None
    try:
        return uuid.UUID(_decode(token))
    except (ValueError, binascii.Error) as error:
        raise _bad_token() from error


def _bad_token() -> Refusal:
    return Refusal("BAD_PARAMETER", name="page_token", allowed="next_page_token")

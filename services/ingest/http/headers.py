"""Reads headers that say how a request is to be handled: Idempotency-Key and Prefer."""

import re

import falcon

from libs.contracts.refusals import Refusal

DEFAULT_WAIT_S, LONGEST_WAIT_S = 30, 60
LONGEST_KEY = 255
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?:$|[,;\s])")


def wait_seconds(prefer: str | None) -> float:
    """Seconds to wait (RFC 7240); a preference that cannot be read is ignored."""
    if prefer and re.search(r"(?:^|[,;\s])respond-async(?:$|[,;\s])", prefer):
        return 0.0
    match = _WAIT.search(prefer or "")
    return float(min(int(match[1]), LONGEST_WAIT_S)) if match else float(DEFAULT_WAIT_S)


def idempotency_key(req: falcon.Request) -> str | None:
    """The request's Idempotency-Key. Raises Refusal where it is none."""
    key = req.get_header("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Refusal("BAD_IDEMPOTENCY_KEY")
    return key

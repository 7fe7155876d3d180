"""W3C trace context: a request's trace goes with its job to every chunk (https://www.w3.org/TR/trace-context/)."""

import re
import secrets
import uuid

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def continue_trace(traceparent: str | None) -> str:
    """The traceparent of our own span: in the caller's trace where that is valid, else in a new one."""
    if traceparent and is_traceparent(traceparent):
        return f"{traceparent[:36]}{secrets.token_hex(8)}{traceparent[52:]}"
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def is_traceparent(text: str) -> bool:
    """Whether it names a span of a trace."""
    match = _TRACEPARENT.fullmatch(text)
    return bool(match and set(match[1]) != {"0"} and set(match[2]) != {"0"})


def trace_id(traceparent: str) -> str:
    """The trace's id, for logs."""
    return traceparent[3:35]


def request_id(given: str | None) -> str:
    """The X-Request-ID that a client has given, or another where it is of no use."""
    return given if given and _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())

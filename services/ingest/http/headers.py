"""Reads headers by their grammar: lists, preferences (RFC 7240), and Idempotency-Key."""

import re

import falcon

from libs.contracts.refusals import Refusal

DEFAULT_WAIT_S, LONGEST_WAIT_S = 30, 60
LONGEST_KEY = 255
SENT_ONCE = frozenset(
    ("AUTHORIZATION", "CONTENT-ENCODING", "CONTENT-LENGTH", "CONTENT-TYPE", "HOST", "IDEMPOTENCY-KEY", "X-REQUEST-ID")
)
"""Headers of one value: where there are two, nobody can say which is meant (RFC 9110, 5.3)."""

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ELEMENT = re.compile(r'(?:"(?:[^"\\]|\\.?)*+(?:"|$)|[^",])++', re.DOTALL)
_PREFERENCE = re.compile(rf"({_NAME})(?:\s*=\s*({_NAME}|{_QUOTED})?)?\s*(?:;.*)?", re.DOTALL)
_SECONDS = re.compile(r"[0-9]{1,6}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_KEY_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')


def elements(value: str) -> list[str]:
    """The elements of a list (RFC 9110, 5.6.1): commas part them, but not in quoted strings; empty ones are none."""
    return [element for found in _ELEMENT.findall(value) if (element := found.strip())]


def unquoted(value: str) -> str:
    """The content of a quoted string (RFC 9110, 5.6.4); other values as they are."""
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value


def preferences(prefer: str) -> dict[str, str]:
    """Each preference with its value, "" for none; of a repeated one the first counts, what cannot be read does not."""
    found: dict[str, str] = {}
    for element in elements(prefer):
        if match := _PREFERENCE.fullmatch(element):
            found.setdefault(match[1].lower(), unquoted(match[2] or ""))
    return found


def wait_seconds(prefer: str | None) -> float:
    """Seconds to wait (RFC 7240, 4.1 and 4.3): `respond-async` alone means none."""
    preferred = preferences(prefer or "")
    if _SECONDS.fullmatch(preferred.get("wait", "")):
        return float(min(int(preferred["wait"]), LONGEST_WAIT_S))
    return 0.0 if "respond-async" in preferred else float(DEFAULT_WAIT_S)


def idempotency_key(req: falcon.Request) -> str | None:
    """The request's Idempotency-Key. Raises Refusal where it is none.

    It is a string of RFC 8941, `"abc"` (draft-ietf-httpapi-idempotency-key-header); a bare `abc` is the same key.
    """
    key = req.get_header("Idempotency-Key")
    if key is None:
        return None
    if key.startswith('"'):
        string = _KEY_STRING.fullmatch(key)
        key = re.sub(r"\\(.)", r"\1", string[1]) if string else ""
    if not _KEY.fullmatch(key):
        raise Refusal("BAD_IDEMPOTENCY_KEY")
    return key

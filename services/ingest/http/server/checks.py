"""What gunicorn lets pass of a head, and should not."""

import re
from typing import Any

from falcon.constants import _META_METHODS

from libs.contracts.refusals import Refusal
from services.ingest.http.headers import SENT_ONCE, elements

_HOST = re.compile(r"[\w.~%!$&'()*+,;=:\[\]-]*", re.ASCII)


def check(req: Any) -> None:
    """Refuse a request whose meaning is open. Raises Refusal."""
    names = [name for name, _ in req.headers]
    for name in SENT_ONCE:
        if names.count(name) > 1:
            raise Refusal("REPEATED_HEADER", name=name.title())
    host = dict(req.headers).get("HOST", "" if req.version < (1, 1) else None)
    if host is None or not _HOST.fullmatch(host):
        raise Refusal("HOST_REQUIRED")
    if req.method in _META_METHODS:
        raise Refusal("BAD_REQUEST")


def wants_close(req: Any) -> bool:
    """Whether the client says that this is its last request here, among whatever else it says (RFC 9110, 7.6.1)."""
    said = [option.lower() for name, value in req.headers if name == "CONNECTION" for option in elements(value)]
    return "close" in said

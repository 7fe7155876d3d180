"""What is refused of a mapping's body, and which version is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

import falcon

from libs.contracts.files.mappings import StoredMapping
from libs.contracts.refusals import Refusal
from libs.files.mapping.faults import MappingFault
from libs.steering.mappings import invalid
from services.ingest.http.headers import elements
from services.ingest.http.json_body import MisfitError


@contextmanager
def pointing() -> Iterator[None]:
    """Say where a body does not fit. Raises Refusal."""
    try:
        yield
    except MisfitError as error:
        raise invalid(MappingFault(error.code, error.pointer)) from None


def require_match(req: falcon.Request, stored: StoredMapping, *, needed: bool) -> None:
    """Refuse a request that means another version than the newest (RFC 9110, 13.1.1). Raises Refusal."""
    header = req.get_header("If-Match")
    if header is None and needed:
        raise Refusal("VERSION_REQUIRED")
    if header is not None and not {etag_of(stored), "*"} & set(elements(header)):
        raise Refusal("MAPPING_CHANGED", headers={"ETag": etag_of(stored)})


def etag_of(stored: StoredMapping) -> str:
    """A version's ETag: its number, since a version never changes."""
    return f'"{stored.version}"'

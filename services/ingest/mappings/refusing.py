"""What is refused of a mapping, and which version is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

import falcon

from libs.contracts.mappings import Mapping, StoredMapping
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.files.mapping.changing import UnfitError, missing
from libs.files.mapping.checking import MappingFault, faults_of
from services.ingest.http.headers import elements
from services.ingest.http.json_body import MisfitError


@contextmanager
def pointing() -> Iterator[None]:
    """Say where a body or a change does not fit. Raises Refusal."""
    try:
        yield
    except MisfitError as error:
        raise _invalid(MappingFault(error.code, error.pointer)) from None
    except UnfitError as error:
        raise _invalid(error.fault) from None


def require_fit(mapping: Mapping) -> Mapping:
    """The mapping, if it can be applied. Raises Refusal."""
    for fault in faults_of(mapping):
        raise _invalid(fault)
    return mapping


def require_whole(mapping: Mapping) -> None:
    """Refuse a mapping that lacks what every record must have. Raises Refusal."""
    if lacking := missing(mapping):
        raise Refusal("MAPPING_INCOMPLETE", members={"missing": lacking}, missing=", ".join(lacking))


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


def _invalid(fault: MappingFault) -> Refusal:
    english, vietnamese = worded(fault.code, **fault.params)
    return Refusal("MAPPING_INVALID", members={"pointer": fault.pointer}, reason=english, reason_vi=vietnamese)

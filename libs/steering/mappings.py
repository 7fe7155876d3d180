"""Changes, tries and approves mappings, whoever asks. A version never changes: each change makes the next one."""

import uuid

from msgspec.structs import replace

from libs.contracts.files.mapping_bodies import MappingPatch, Preview
from libs.contracts.files.mappings import Mapping, Source, StoredMapping
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.database.mappings import MappingStore, NewMapping
from libs.files.mapping.changing import UnfitError, changed, missing
from libs.files.mapping.checking import faults_of, source_faults
from libs.files.mapping.faults import MappingFault
from libs.files.mapping.fit import check_columns
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.steering.looking import opened
from libs.steering.preview import preview_rows
from libs.uploads.files import FileStore


class MappingDesk:
    """What people do with mappings. Every method raises Refusal, and psycopg.Error while PostgreSQL is away."""

    def __init__(self, mappings: MappingStore, files: FileStore) -> None:
        self._mappings = mappings
        self._files = files

    def find(self, tenant_id: uuid.UUID, text: str, version: int | None = None) -> StoredMapping:
        """The version of a mapping that is meant, the newest where none is named."""
        try:
            found = self._mappings.mapping(tenant_id, uuid.UUID(text), version)
        except ValueError as error:
            raise Refusal("MAPPING_NOT_FOUND") from error
        if found is None:
            raise Refusal("MAPPING_NOT_FOUND")
        return found

    def make(self, origin: Origin, new: NewMapping) -> StoredMapping:
        """A mapping that somebody has made by hand."""
        return self._mappings.add(new, _audit(origin, "mapping.add", new.mapping_id, new.content))

    def change(self, origin: Origin, stored: StoredMapping, content: Mapping) -> StoredMapping:
        """The version after this one, which must be the newest, with this content."""
        entry = _audit(origin, "mapping.change", stored.mapping_id, content)
        return self._mappings.change(stored.tenant_id, stored.mapping_id, stored.version, content, entry)

    def approve(self, origin: Origin, stored: StoredMapping) -> StoredMapping:
        """The version after this one, which must be the newest, approved; approving it once more is no harm."""
        if stored.status == "approved":
            return stored
        require_whole(require_fit(stored.content))
        entry = _audit(origin, "mapping.approve", stored.mapping_id, stored.content)
        return self._mappings.approve(stored.tenant_id, stored.mapping_id, stored.version, entry)

    def preview(self, stored: StoredMapping, count: int) -> Preview:
        """The first rows of the mapping's file, before and after."""
        content = require_fit(stored.content)
        if stored.file_id is None:
            raise Refusal("FILE_NOT_FOUND")
        with opened(self._files, stored.tenant_id, stored.file_id, content.source, content.entity) as table:
            check_columns(content, table.header)
            rows, header = list(preview_rows(content, table, count)), table.header
        return Preview(mapping_id=stored.mapping_id, version=stored.version, header=header, rows=rows)


def patched(mapping: Mapping, patch: MappingPatch) -> Mapping:
    """The mapping with what a person wants of it, if it can be applied then. Raises Refusal."""
    try:
        return require_fit(changed(mapping, patch))
    except UnfitError as error:
        raise invalid(error.fault) from None


def tried(stored: StoredMapping, content: Mapping) -> StoredMapping:
    """A version as it would be with another content."""
    return replace(stored, content=content)


def require_fit(mapping: Mapping) -> Mapping:
    """The mapping, if it can be applied. Raises Refusal."""
    for fault in faults_of(mapping):
        raise invalid(fault)
    return mapping


def require_source(source: Source) -> Source:
    """How a file is to be read, if one can be. Raises Refusal."""
    for fault in source_faults(source):
        raise invalid(fault)
    return source


def require_whole(mapping: Mapping) -> None:
    """Refuse a mapping that lacks what every record must have. Raises Refusal."""
    if lacking := missing(mapping):
        raise Refusal("MAPPING_INCOMPLETE", members={"missing": lacking}, missing=", ".join(lacking))


def invalid(fault: MappingFault) -> Refusal:
    """What a fault of a mapping is answered with."""
    english, vietnamese = worded(fault.code, **fault.params)
    return Refusal("MAPPING_INVALID", members={"pointer": fault.pointer}, reason=english, reason_vi=vietnamese)


def _audit(origin: Origin, action: str, mapping_id: uuid.UUID, content: Mapping) -> AuditEntry:
    mapped = sum(column.target is not None for column in content.columns)
    return audit_entry(origin, action, mapping_id, content.entity or "", {"columns": mapped})

"""A tenant's inventory: pages of records, one record with its links both ways, and where it came from."""

import uuid

import msgspec
from msgspec import Struct

from libs.contracts.answers import job_url
from libs.contracts.inventory.reading import InventoryFilter, LinkedRecords, LoadedFrom, Origin, StoredRecord, sides_of
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.refusals import Refusal
from libs.database.inventory.reader import Found, InventoryReader, StoredOrigin
from libs.database.segments import numbered
from libs.lookup import page_tokens
from libs.lookup.jobs import JobLookup

LINKS_SHOWN = 100


class RecordDetails(Struct, frozen=True, kw_only=True):
    """A record with all that is known of it."""

    record: StoredRecord
    links: list[LinkedRecords]
    origin: Origin


class InventoryLookup:
    """Reads records. Raises psycopg.Error while PostgreSQL is away, and for one record redis.RedisError."""

    def __init__(self, reader: InventoryReader, jobs: JobLookup) -> None:
        self._reader = reader
        self._jobs = jobs

    def page(
        self, tenant_id: uuid.UUID, entity: Entity, wanted: InventoryFilter, *, token: object, limit: int
    ) -> tuple[Found, str | None]:
        """A page of records, and the token of the next one. Raises Refusal where the token is not of this list."""
        of = list_of(tenant_id, entity, wanted)
        before = page_tokens.read_id_token(of, token)
        found = self._reader.page(tenant_id, entity, wanted, before=before, limit=limit)
        return found, page_tokens.after_id(of, found.after) if found.after else None

    def record(self, tenant_id: uuid.UUID, entity: Entity, text: str) -> RecordDetails:
        """One record. Raises Refusal where the tenant has none of this id."""
        try:
            record_id = uuid.UUID(text)
        except ValueError as error:
            raise Refusal("RECORD_NOT_FOUND") from error
        record = self._reader.record(tenant_id, entity, record_id)
        if record is None:
            raise Refusal("RECORD_NOT_FOUND")
        return RecordDetails(
            record=record,
            links=self._links(tenant_id, entity, record_id),
            origin=self._origin(tenant_id, record.job_id, record_id),
        )

    def _links(self, tenant_id: uuid.UUID, entity: Entity, record_id: uuid.UUID) -> list[LinkedRecords]:
        links = []
        for side in sides_of(entity):
            records, more = self._reader.linked(tenant_id, side, record_id, LINKS_SHOWN)
            url = f"/api/v1/inventory/{side.entity}?{side.own}={record_id}"
            links.append(LinkedRecords(entity=side.entity, records=records, more=more, url=url))
        return links

    def _origin(self, tenant_id: uuid.UUID, job_id: uuid.UUID, record_id: uuid.UUID) -> Origin:
        stored = self._reader.origin(tenant_id, job_id)
        index = self._index(tenant_id, job_id, record_id) if stored else None
        return Origin(
            job_id=job_id, job_url=job_url(job_id), created_by=stored.created_by if stored else None, index=index,
            loaded=_loaded(stored, index) if stored else None,
        )  # fmt: skip

    def _index(self, tenant_id: uuid.UUID, job_id: uuid.UUID, record_id: uuid.UUID) -> int | None:
        """The record's place in its batch, as the ledger has it; of two that are one row, the later one's."""
        job = self._jobs.job(tenant_id, job_id)
        text = str(record_id)
        return max((each.index for each in self._jobs.ids(job) if each.id == text), default=None) if job else None


def entity_of(name: str) -> Entity:
    """An entity by its name. Raises Refusal."""
    if name not in ENTITIES:
        raise Refusal("ENTITY_NOT_FOUND", known=", ".join(ENTITIES))
    return ENTITIES[name]


def list_of(tenant_id: uuid.UUID, entity: Entity, wanted: InventoryFilter) -> uuid.UUID:
    """The name of a list, so that a token is good for it alone."""
    return uuid.uuid5(tenant_id, f"{entity.name} {msgspec.json.encode(wanted, order='sorted').decode()}")


def _loaded(stored: StoredOrigin, index: int | None) -> LoadedFrom | None:
    if stored.task_id is None or stored.file_id is None:
        return None
    place = row = None
    if index is not None and stored.first_row is not None:
        place, row = stored.first_row + index, _row(stored, index)
    return LoadedFrom(task_id=stored.task_id, file_id=stored.file_id, file_name=stored.file_name, index=place, row=row)


def _row(stored: StoredOrigin, index: int) -> int | str | None:
    """A row's number in its file, as far as the ledger can tell without reading the file."""
    if stored.jumps:
        return numbered(stored.jumps, index, stored.sheet)
    return None if stored.first_line is None else stored.first_line + index

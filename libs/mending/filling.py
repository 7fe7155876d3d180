"""What people fill in of a stored record: an upsert of one record, that has what was changed and nothing else."""

import hashlib
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from libs.contracts.chunks import Fault
from libs.contracts.inventory.reading import StoredRecord
from libs.contracts.inventory.records import Entity
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.intake.options import BatchOptions, Origin
from libs.intake.validation.bodies import NDJSON
from libs.intake.validation.judging import Batch
from libs.intake.validation.record_check import read_record
from libs.mending.fields import Field, fields_of, value_of

TOO = {"data-transfers": ("dossier_filed_on",)}
"""What people fill in of what scanners send, too: by entity."""


class Filled(Struct, frozen=True):
    """What somebody has typed: what is changed by it, or what is wrong with it."""

    changes: dict[str, Any]
    """By member: its new value, of which None empties it."""
    faults: dict[str, list[Fault]]
    """By member."""


@cache
def fields_to_fill(entity: Entity) -> tuple[Field, ...]:
    """What people fill in, in the order of the columns."""
    names = {*entity.seldom, *TOO.get(entity.name, ())}
    return tuple(field for field in fields_of(entity.name) if field.name in names)


def version_of(record: StoredRecord) -> str:
    """What tells a stored record from itself once it is written again."""
    return f"{record.job_id}.{record.updated_at.isoformat()}"


def filled(entity: Entity, record: StoredRecord, texts: Mapping[str, str]) -> Filled:
    """What these texts, by member, change of a stored record; by the rules that every batch is validated by."""
    typed = {field.name: value_of(field, texts[field.name]) for field in fields_to_fill(entity) if field.name in texts}
    needed = {field.name: getattr(record, field.name) for field in fields_of(entity.name) if field.required}
    reading = read_record(entity.record, msgspec.json.encode({**needed, **typed}))
    if reading.record is None:
        faults: dict[str, list[Fault]] = {}
        for fault in reading.faults:
            faults.setdefault(fault.pointer.removeprefix("/").partition("/")[0], []).append(fault)
        return Filled({}, faults)
    said = {name: getattr(reading.record, name) for name in typed}
    return Filled({name: value for name, value in said.items() if value != getattr(record, name)}, {})


class Filling:
    """Opens the batches. Raises Refusal, redis.RedisError; then there is none."""

    def __init__(self, intake: Intake, admission: Admission) -> None:
        self._intake = intake
        self._admission = admission

    def fill(self, origin: Origin, entity: Entity, record: StoredRecord, changes: Mapping[str, Any]) -> uuid.UUID:
        """The batch that changes a record which somebody has seen like this; the same changes again are the same batch.

        What was not changed does not come, not even what every record must have: it stays what it is by then.
        """
        self._admission.check(origin.caller.tenant_id)
        own = getattr(record, entity.id_field)
        needed = dict.fromkeys((field.name for field in fields_of(entity.name) if field.required), UNSET)
        batch = Batch(entity, 1, range(1), [entity.record(**{entity.id_field: own, **needed, **changes})], [])
        content = msgspec.json.encode([version_of(record), changes], order="sorted")
        options = BatchOptions(
            entity=entity, kind=NDJSON, mode="upsert", on_error="continue", lane="high", dry_run=False,
            key=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        origin = replace(origin, route=f"fill/{entity.name}/{own}")
        return self._intake.accept(self._intake.prepare(origin, options, batch, options.fingerprint(content))).job_id

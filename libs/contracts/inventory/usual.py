"""The records of most batches: without the members that come seldom, so that those cost a batch nothing."""

from functools import cache
from typing import Any, cast

from msgspec import defstruct, structs

from libs.contracts.inventory.records import Entity, Record


@cache
def usual_record(entity: Entity) -> type[Record]:
    """The entity's struct without its `seldom` members; a record that has one of those does not decode as it."""
    kept = [field for field in structs.fields(entity.record) if field.name not in entity.seldom]
    fields: list[Any] = [
        (field.name, field.type) if field.required else (field.name, field.type, field.default) for field in kept
    ]
    made = defstruct(f"Usual{entity.record.__name__}", fields, bases=(Record,), kw_only=True)
    return cast(type[Record], made)

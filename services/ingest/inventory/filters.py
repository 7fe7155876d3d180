"""Reads which records a list is asked for."""

import uuid

import falcon

from libs.contracts.inventory.members import MAX_EXTERNAL_ID
from libs.contracts.inventory.reading import InventoryFilter, choices_of, sides_of
from libs.contracts.inventory.records import Entity
from libs.contracts.refusals import Refusal
from services.ingest.http.parameters import choices, text

LONGEST_SEARCH = 255


def filters_of(entity: Entity) -> tuple[str, ...]:
    """The parameters that a list of this entity takes."""
    return (*choices_of(entity), *(side.other for side in sides_of(entity)), "external_id", "q")


def inventory_filter(req: falcon.Request, entity: Entity) -> InventoryFilter:
    """The filter of a request's query. Raises Refusal."""
    chosen = {name: choices(req, name, allowed) for name, allowed in choices_of(entity).items()}
    linked = {side.other: _id(req, side.other) for side in sides_of(entity)}
    return InventoryFilter(
        chosen={name: values for name, values in chosen.items() if values},
        linked={name: value for name, value in linked.items() if value},
        external_id=text(req, "external_id", MAX_EXTERNAL_ID), q=text(req, "q", LONGEST_SEARCH),
    )  # fmt: skip


def _id(req: falcon.Request, name: str) -> uuid.UUID | None:
    value = req.params.get(name)
    if value is None:
        return None
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise Refusal("BAD_PARAMETER", name=name, allowed="UUID") from error

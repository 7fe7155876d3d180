"""Which records a list shows: read from its address, and written into addresses."""

import uuid
from urllib.parse import urlencode

import falcon.asgi
from msgspec import Struct

from libs.contracts.inventory.members import MAX_EXTERNAL_ID
from libs.contracts.inventory.reading import InventoryFilter, choices_of, sides_of
from libs.contracts.inventory.records import Entity

LONGEST_SEARCH = 255


class Search(Struct, frozen=True):
    """The filter of a list of records."""

    entity: Entity
    wanted: InventoryFilter
    unknown: tuple[str, ...] = ()
    """Filters whose value nobody knows; the list is as if they were not there, and says so."""
    untidy: bool = False
    """Whether the address has filters that are empty, as forms send them."""

    def address(self, token: str | None = None) -> str:
        """The address of the list, or of one of its pages."""
        wanted = self.wanted
        pairs = [("q", wanted.q), ("external_id", wanted.external_id), *wanted.linked.items(), ("page_token", token)]
        chosen = [(name, value) for name, values in wanted.chosen.items() for value in values]
        query = urlencode([*chosen, *((name, value) for name, value in pairs if value)])
        return f"/inventory/{self.entity.name}" + (f"?{query}" if query else "")

    @property
    def empty(self) -> bool:
        """Whether all records are meant."""
        return self.wanted == InventoryFilter()


def search_of(req: falcon.asgi.Request, entity: Entity) -> Search:
    """The filter of an address."""
    given = {name: _values(req, name) for name in (*choices_of(entity), *_linked(entity), "external_id", "q")}
    unknown: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for name, known in choices_of(entity).items():
        values = tuple(dict.fromkeys(value for value in given[name] if value in known))
        if values:
            chosen[name] = values
        elif any(given[name]):
            unknown.append(name)
    linked = {}
    for name in _linked(entity):
        if any(given[name]):
            try:
                linked[name] = uuid.UUID(given[name][0])
            except ValueError:
                unknown.append(name)
    wanted = InventoryFilter(
        chosen=chosen, linked=linked, external_id=_line(given["external_id"], MAX_EXTERNAL_ID),
        q=_line(given["q"], LONGEST_SEARCH),
    )  # fmt: skip
    return Search(entity, wanted, tuple(unknown), untidy=any("" in values for values in given.values()))


def _linked(entity: Entity) -> tuple[str, ...]:
    return tuple(side.other for side in sides_of(entity))


def _values(req: falcon.asgi.Request, name: str) -> list[str]:
    given = req.params.get(name, [])
    return [given] if isinstance(given, str) else list(given)


def _line(values: list[str], longest: int) -> str | None:
    """What somebody has typed, as far as it can be looked for."""
    text = "".join(each for each in " ".join(values) if each.isprintable())
    return text[:longest].strip() or None

"""/inventory/{entity}: a page of records."""

import falcon
import falcon.asgi

from libs.contracts.inventory.reading import choices_of, names_of, sides_of
from libs.contracts.inventory.records import ENTITIES
from libs.database.inventory.statements import MOST_LOOKED_AT
from libs.lookup.inventory import InventoryLookup, entity_of
from services.console.http.threads import Threads
from services.console.pages.inventory.search import search_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

PAGE = 50
COLUMNS = 3
"""Fields of a list that have one of a few values."""
FEW = 20
"""Values that are offered; of others people know the code."""


class InventoryListPage:
    """Lists of records."""

    def __init__(self, view: View, gate: Gate, threads: Threads, lookup: InventoryLookup) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._lookup = lookup

    async def on_get_start(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The first entity."""
        raise falcon.HTTPSeeOther(self._view.site.path(f"/inventory/{next(iter(ENTITIES))}"))

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, entity: str) -> None:
        """A page; what a form has sent becomes an address that can be kept and sent."""
        person = await self._gate.person(req, Right.INVENTORY)
        kind = entity_of(entity)
        search, token = search_of(req, kind), req.params.get("page_token")
        if search.untidy and not search.unknown:
            raise falcon.HTTPSeeOther(self._view.site.path(search.address()))
        found, following = await self._threads.run(
            lambda: self._lookup.page(person.caller.tenant_id, kind, search.wanted, token=token, limit=PAGE)
        )
        choices = choices_of(kind)
        self._view.show(
            req, resp, "inventory/list.html", person, section="inventory", entity=kind, entities=ENTITIES,
            search=search, found=found, following=following, first=token is None, looked_at=MOST_LOOKED_AT,
            names=names_of(kind), columns=list(choices)[:COLUMNS], choices=choices, few=FEW,
            linked_entities={side.other: side.entity for side in sides_of(kind)},
        )  # fmt: skip

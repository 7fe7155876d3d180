"""/mappings: the tenant's mappings."""

import uuid

import falcon.asgi

from libs.contracts.files.mappings import MappingSummary
from libs.database.mappings import MappingStore
from libs.lookup import page_tokens
from services.console.http.threads import Threads
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

PAGE = 50


class MappingListResource:
    """Lists them, newest first."""

    def __init__(self, view: View, gate: Gate, threads: Threads, mappings: MappingStore) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._mappings = mappings

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """A page of them."""
        person = await self._gate.person(req, Right.VIEW)
        token = req.params.get("page_token")
        found = await self._threads.run(self._page, person.caller.tenant_id, token)
        more = len(found) > PAGE
        self._view.show(
            req, resp, "mappings/list.html", person, section="files", mappings=found[:PAGE], first=token is None,
            older=page_tokens.after_id(person.caller.tenant_id, found[PAGE - 1].mapping_id) if more else None,
        )  # fmt: skip

    def _page(self, tenant_id: uuid.UUID, token: object) -> list[MappingSummary]:
        before = page_tokens.read_id_token(tenant_id, token)
        return self._mappings.page(tenant_id, before=before, entity=None, status=None, limit=PAGE + 1)

"""/files/{id}/content: a file, to be kept; no browser shows it."""

from collections.abc import Iterator

import falcon.asgi

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.files.content import ContentChangedError
from libs.files.storage import PartMissingError
from libs.lookup.slots import Slots
from libs.uploads.files import FileStore
from libs.uploads.receiving import storing
from services.console.http.threads import Threads
from services.console.pages.files.uploads import find
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

BLOCK = 128 * 1024


class ContentResource:
    """Hands files out, a few at once: each holds a part in memory."""

    def __init__(self, gate: Gate, threads: Threads, store: FileStore, slots: Slots) -> None:
        self._gate = gate
        self._threads = threads
        self._store = store
        self._slots = slots

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """The bytes."""
        person = await self._gate.person(req, Right.REJECTS)
        found, blocks = await self._threads.run(self._open, person, file)
        first = await self._threads.run(next, blocks, None)
        resp.content_type = "application/octet-stream"
        resp.downloadable_as = found.name
        resp.content_length = found.size
        resp.stream = self._threads.each(_with(first, blocks))

    def _open(self, person: Person, text: str) -> tuple[StoredFile, Iterator[bytes]]:
        found = find(self._store, person, text)
        return found, self._blocks(found)

    def _blocks(self, file: StoredFile) -> Iterator[bytes]:
        """The bytes, from the first of which on a place is held. Raises Refusal."""
        if not self._slots.take(file.tenant_id):
            raise Refusal("TOO_MANY_STREAMS", headers={"Retry-After": "1"})
        try:
            content = self._store.content(file.tenant_id, file.file_id)
            with storing():
                while block := content.read(BLOCK):
                    yield block
        except (PartMissingError, ContentChangedError) as error:
            raise Refusal("FILE_DAMAGED") from error
        finally:
            self._slots.give_back(file.tenant_id)


def _with(first: bytes | None, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first is not None:
        yield first
        yield from rest

"""Reads a form with files as it comes: for browsers without scripts, whose uploads cannot go on where they were cut."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import falcon
import falcon.asgi
from falcon.asgi.multipart import BodyPart, MultipartForm
from falcon.errors import DelimiterError
from falcon.media.multipart import MultipartParseOptions
from falcon.util.mediatypes import parse_header

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.intake.options import Origin
from libs.uploads.files import FileStore
from libs.uploads.names import file_name
from libs.uploads.receiving import Receiving
from services.console.http.bodies import Body
from services.console.http.threads import Threads
from services.console.pages.files.receiving import Receiver, new_file

FILE = "file"
BLOCK = 256 * 1024
LONGEST_BOUNDARY = 70
MOST_PARTS = 64


class FormReader:
    """Reads forms for one process."""

    def __init__(self, store: FileStore, receiver: Receiver, threads: Threads) -> None:
        self._store = store
        self._receiver = receiver
        self._threads = threads
        self._options = MultipartParseOptions()
        self._options.max_body_part_count = MOST_PARTS

    async def read(self, req: falcon.asgi.Request, origin: Origin) -> list[StoredFile]:
        """The files of a form; one that is refused ends it, and those before it stay. Raises Refusal."""
        with self._receiver.place(origin.caller.tenant_id):
            form = MultipartForm(Body(req), _boundary(req), sys.maxsize, self._options)  # type: ignore[arg-type]
            try:
                files = [await self._take(part, origin, name) async for part in form if (name := _name_of(part))]
            except (falcon.HTTPError, DelimiterError) as error:
                raise _refusal() from error
        if not files:
            raise Refusal("NO_FILE_CHOSEN")
        return files

    async def _take(self, part: BodyPart, origin: Origin, name: str) -> StoredFile:
        run = self._threads.run
        async with self._receiving(origin, name) as receiving:
            while block := await part.stream.read(BLOCK):
                await run(receiving.add, block)
            if not receiving.ahead:
                raise Refusal("FILE_EMPTY")
            return await run(lambda: self._receiver.ended(origin, receiving.finish(), "multipart"))

    @asynccontextmanager
    async def _receiving(self, origin: Origin, name: str) -> AsyncIterator[Receiving]:
        """A new file, which is forgotten where the block fails: nobody knows its name, to go on with it."""
        receiving = await self._threads.run(self._store.begin, new_file(origin, file_name(name), None))
        try:
            yield receiving
        except BaseException:
            await self._threads.run(self._receiver.forget, receiving.file)
            raise


def _name_of(part: BodyPart) -> str:
    """The name of the file in a part; nothing where nothing was chosen. Raises Refusal."""
    try:
        name, given = part.name, part.filename
    except (ValueError, falcon.HTTPError) as error:  # not UTF-8, or of an encoding that nobody knows
        raise _refusal() from error
    if name != FILE:
        raise _refusal()
    return given or ""


def _boundary(req: falcon.asgi.Request) -> bytes:
    media, options = parse_header(req.content_type or "")
    boundary = options.get("boundary", "")
    is_form = media.lower() == "multipart/form-data" and boundary.isascii()
    if not is_form or not 1 <= len(boundary) <= LONGEST_BOUNDARY:
        raise _refusal()
    return boundary.encode()


def _refusal() -> Refusal:
    return Refusal("MULTIPART", allowed="-")

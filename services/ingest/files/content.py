"""/api/v1/files/{file}/content: the bytes of a file, to be kept and never to be shown by a browser."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import falcon

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.files.content import Content, ContentChangedError
from libs.files.storage import PartMissingError
from libs.lookup.slots import Slots
from libs.uploads.files import FileStore
from libs.uploads.receiving import storing
from services.ingest.files.file import find
from services.ingest.files.protocols.ranges import wanted
from services.ingest.http.auth import require
from services.ingest.http.parameters import known_parameters
from services.ingest.http.streams import Streamed

BLOCK = 128 * 1024


class ContentResource:
    """Hands files out."""

    def __init__(self, store: FileStore, slots: Slots) -> None:
        self._store, self._slots = store, slots

    def on_get(self, req: falcon.Request, resp: falcon.Response, file: str) -> None:
        """The bytes, or a range of them."""
        caller = require(req, "jobs:read")
        known_parameters(req)
        found = find(self._store, caller, file)
        content = self._store.content(caller.tenant_id, found.file_id)
        etag = f'"{found.sha256}"'
        _say_what_it_is(resp, found, etag)
        asked = wanted(_range(req, etag), content.size)
        first, end = asked or (0, content.size)
        resp.content_length = end - first
        if asked:
            resp.status = falcon.HTTP_206
            resp.set_header("Content-Range", f"bytes {first}-{end - 1}/{content.size}")
        if req.context.method != "HEAD":
            self._send(resp, found, content, first, end)

    def _send(self, resp: falcon.Response, file: StoredFile, content: Content, first: int, end: int) -> None:
        """Stream the bytes. The first block is read here, so that a storage that is away is still a clean refusal."""
        answer = Streamed(self._slots, file.tenant_id)
        content.seek(first)
        blocks = _blocks(content, end)
        try:
            with storing():
                head = next(blocks, b"")
        except (PartMissingError, ContentChangedError) as error:
            raise Refusal("FILE_DAMAGED") from error
        answer.pieces = _with(head, blocks)
        resp.stream = answer


def _range(req: falcon.Request, etag: str) -> str | None:
    """The range that is asked for, if it is of the file as it is (RFC 9110, 13.1.5)."""
    condition = req.get_header("If-Range")
    return req.get_header("Range") if condition in (None, etag) else None


def _say_what_it_is(resp: falcon.Response, file: StoredFile, etag: str) -> None:
    plain = re.sub(r'[^ !#-\[\]-~]|[%;\\"]', "_", file.name)
    resp.content_type = "application/octet-stream"
    resp.set_header("Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, '')}")
    resp.set_header("X-Content-Type-Options", "nosniff")
    resp.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
    resp.set_header("Cache-Control", "private, no-store")
    resp.set_header("Accept-Ranges", "bytes")
    resp.set_header("ETag", etag)


def _blocks(content: Content, end: int) -> Iterator[bytes]:
    while (left := end - content.tell()) > 0 and (block := content.read(min(BLOCK, left))):
        yield block


def _with(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest

"""Reads multipart/form-data as it comes: one file, which goes to the storage part by part, and a few short fields."""

import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing

import falcon
from falcon.errors import DelimiterError
from falcon.media.multipart import BodyPart, MultipartForm, MultipartParseOptions
from falcon.util.mediatypes import parse_header
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.intake.options import Origin
from libs.uploads.names import file_name
from libs.uploads.receiving import Receiving
from services.ingest.files.protocols.announced import Announced
from services.ingest.files.receiver import Receiver, watched
from services.ingest.http.body import BodyReader

MEDIA_TYPE = "multipart/form-data"
FILE = "file"
LONGEST_BOUNDARY = 70
LONGEST_FIELD = 64 * 1024
MOST_PARTS = 64
BLOCK = 64 * 1024


class Form(Struct, frozen=True):
    """What was in a form."""

    file: StoredFile | None
    fields: dict[str, str]


class FormReader:
    """Reads forms for one process."""

    def __init__(self, receiver: Receiver, bodies: BodyReader) -> None:
        self._receiver, self._bodies = receiver, bodies
        self._options = MultipartParseOptions()
        self._options.max_body_part_count = MOST_PARTS
        self._options.max_body_part_buffer_size = LONGEST_FIELD

    def read(self, req: falcon.Request, origin: Origin, fields: Collection[str] = ()) -> Form:
        """The form of a request: its part `file`, and those of these `fields` that are there, each once.

        Nothing of a form that is refused is kept. Raises Refusal.
        """
        form = _Reading(self._receiver, origin, fields)
        with self._receiver.place(origin.caller.tenant_id), closing(self._bodies.blocks(req)) as blocks:
            parts = MultipartForm(_Stream(blocks), _boundary(req), sys.maxsize, self._options)
            with ExitStack() as undo:
                for part in _well_formed(parts, fields):
                    form.take(part, undo)
                next(blocks, b"")  # the line end behind the last boundary is of the body, too
                return form.ended()


class _Reading:
    def __init__(self, receiver: Receiver, origin: Origin, allowed: Collection[str]) -> None:
        self._receiver, self._origin, self._allowed = receiver, origin, allowed
        self._receiving: Receiving | None = None
        self._fields: dict[str, str] = {}

    def take(self, part: BodyPart, undo: ExitStack) -> None:
        try:
            name, given = part.name, part.filename
        except (ValueError, falcon.HTTPError) as error:  # not UTF-8, or of an encoding that nobody knows
            raise _refusal(self._allowed) from error
        if name == FILE and self._receiving is None:
            file = Announced(name=file_name(given), size=None)
            self._receiving = receiving = self._receiver.begin(self._origin, file)
            undo.enter_context(self._receiver.or_nothing(receiving))
            for block in watched(receiving, iter(lambda: part.stream.read(BLOCK), b"")):
                receiving.add(block)
        elif name is not None and name in self._allowed and name not in self._fields:
            self._fields[name] = self._text(part)
        else:
            raise _refusal(self._allowed)

    def _text(self, part: BodyPart) -> str:
        try:
            return part.get_data().decode()
        except (ValueError, falcon.HTTPError) as error:
            raise _refusal(self._allowed) from error

    def ended(self) -> Form:
        if self._receiving is None:
            return Form(None, self._fields)
        return Form(self._receiving.finish(), self._fields)


def _well_formed(parts: MultipartForm, allowed: Collection[str]) -> Iterator[BodyPart]:
    """The parts of a form. Raises Refusal where they are none."""
    try:
        yield from parts
    except (falcon.HTTPError, DelimiterError) as error:
        raise _refusal(allowed) from error


class _Stream:
    """The blocks of a body as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def read(self, size: int | None = None, /) -> bytes:
        self._rest = self._rest or next(self._blocks, b"")
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def _boundary(req: falcon.Request) -> bytes:
    media, options = parse_header(req.content_type or "")
    boundary = options.get("boundary", "")
    if media.lower() != MEDIA_TYPE or not 1 <= len(boundary) <= LONGEST_BOUNDARY or not boundary.isascii():
        raise _refusal(())
    return boundary.encode()


def _refusal(allowed: Collection[str]) -> Refusal:
    return Refusal("MULTIPART", allowed=", ".join(sorted(allowed)) or "-")

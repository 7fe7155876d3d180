"""Reads a request's body: whole, decompressed, within its limits, and not for ever.

Falcon's `bounded_stream` yields nothing for a chunked body and takes a short body for a complete one, so the WSGI
stream is read directly and the length is compared.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import falcon
from gunicorn.http.errors import ParseException

from libs.contracts.refusals import Refusal
from libs.files.decompression import ZSTD_WINDOW, CorruptError, Decompressor, WindowError, decompressor
from libs.intake.body import Body
from libs.telemetry.metrics.requests import CAPACITY
from services.ingest.http.body_memory import BodyMemory, Share
from services.ingest.http.slow_bodies import Pace, Reading, Watchdog, next_block
from services.ingest.settings import IngestSettings

PACED_BYTES = 256 * 1024
"""Of a body that is not held: so many bytes must keep the pace by themselves."""


class BodyReader:
    """Reads bodies for one process."""

    def __init__(self, settings: IngestSettings) -> None:
        self._limit = settings.max_body_bytes
        self._pace = Pace(settings.body_seconds, settings.body_bytes_per_second, settings.body_grace_seconds)
        self._watchdog = Watchdog(self._pace, crowd=settings.ingest_threads // 2)
        self._memory = BodyMemory(settings.body_memory_bytes)
        CAPACITY.labels("body_bytes").set(settings.body_memory_bytes)

    def check_headers(self, req: falcon.Request) -> None:
        """Refuse what the headers already show to be unreadable. Raises Refusal."""
        if not _is_framed(req) or self._decompressor(req) is None:
            raise Refusal("UNSUPPORTED_ENCODING", headers={"Accept-Encoding": "gzip, zstd"})
        if not req.get_header("Transfer-Encoding") and req.content_length is None:
            raise Refusal("LENGTH_REQUIRED")
        if (req.content_length or 0) > self._limit:
            raise Refusal("BODY_TOO_LARGE", limit=self._limit)

    @contextmanager
    def reading(self, req: falcon.Request) -> Iterator[Body]:
        """The decompressed body, which counts as held in memory until the end of the block. Raises Refusal.

        What has come counts, not what is announced: else a few clients that send nothing could take all of the memory.
        """
        with self._memory.share() as share:
            yield self._read(req, share)

    def blocks(self, req: falcon.Request) -> Generator[bytes]:
        """The body as it is and as it comes, of any length, in blocks of 128 KiB at most. Raises Refusal.

        Not for a body that has a Content-Encoding. To be closed by whoever does not read it to its end.
        """
        if not _is_framed(req) or req.get_header("Content-Encoding", default="identity").strip().lower() != "identity":
            raise Refusal("CODED_BODY", headers={"Accept-Encoding": "identity"})
        total = 0
        with self._watchdog.watch(req.env.get("gunicorn.socket")) as reading:
            while data := self._next(req, reading):
                total += len(data)
                if reading.received >= PACED_BYTES:
                    reading.begin_again()
                yield data
            if reading.given_up or total < (req.content_length or 0):
                raise self._ended_early(reading)
        req.context.body_read = True

    def _next(self, req: falcon.Request, reading: Reading) -> bytes:
        try:
            data: bytes = req.stream.read(next_block(reading.received))
        except (ParseException, OSError) as error:
            raise self._ended_early(reading) from error
        reading.received += len(data)
        return data

    def _read(self, req: falcon.Request, share: Share) -> Body:
        decompress = self._decompressor(req)
        assert decompress is not None
        with self._watchdog.watch(req.env.get("gunicorn.socket")) as reading:
            try:
                body = self._collect(req, reading, decompress, share)
            except (ParseException, OSError) as error:
                raise self._ended_early(reading) from error
            if reading.given_up or reading.received < (req.content_length or 0):
                raise self._ended_early(reading)
        req.context.body_read = True
        try:
            decompress.finish()
        except CorruptError as error:
            raise _corrupt(req, error) from error
        return body

    def _decompressor(self, req: falcon.Request) -> Decompressor | None:
        return decompressor(req.get_header("Content-Encoding", default="").strip().lower(), self._limit)

    def _collect(self, req: falcon.Request, reading: Reading, decompress: Decompressor, share: Share) -> Body:
        body = Body()
        while data := req.stream.read(next_block(reading.received)):
            reading.received += len(data)
            for at in range(0, len(data), decompress.part):
                try:
                    fresh = decompress.feed(data[at : at + decompress.part])
                except CorruptError as error:
                    raise _corrupt(req, error) from error
                for piece in fresh:
                    body.add(piece, pack=share.is_crowded)
                if body.size > self._limit or reading.received > self._limit:
                    raise Refusal("BODY_TOO_LARGE", limit=self._limit)
                share.hold(body.held)
        return body

    def _ended_early(self, reading: Reading) -> Refusal:
        if not reading.given_up:
            return Refusal("BODY_INCOMPLETE")
        return Refusal("BODY_TIMEOUT", rate=int(self._pace.bytes_per_second), seconds=int(self._pace.seconds))


def _is_framed(req: falcon.Request) -> bool:
    return req.get_header("Transfer-Encoding", default="").strip().lower() in ("", "chunked")


def _corrupt(req: falcon.Request, error: CorruptError) -> Refusal:
    if isinstance(error, WindowError):
        return Refusal("ZSTD_WINDOW", limit=ZSTD_WINDOW)
    return Refusal("BAD_COMPRESSION", encoding=(req.get_header("Content-Encoding") or "").strip().lower())

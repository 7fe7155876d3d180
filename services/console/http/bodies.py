"""Reads the bodies of files: as they come, and not for ever. No thread waits for any of it."""

import asyncio
from collections.abc import AsyncIterator

import falcon.asgi

from libs.contracts.refusals import Refusal
from libs.telemetry.metrics.requests import UPLOAD_BYTES

PIECE = 64 * 1024
PATIENCE_S = 10.0
"""How long so much may take to come."""


class Body:
    """The body of a request, piece by piece. Raises Refusal where it ends before its length, or is too slow."""

    def __init__(self, req: falcon.asgi.Request) -> None:
        if req.content_length is None:
            raise Refusal("LENGTH_REQUIRED")
        self._stream = req.stream
        self._left = req.content_length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each piece as soon as it is there."""
        while self._left:
            yield await self._next()

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE_S):
                piece = await self._stream.read(min(PIECE, self._left))
        except TimeoutError as error:
            raise Refusal("BODY_TIMEOUT", rate=int(PIECE / PATIENCE_S), seconds=int(PATIENCE_S)) from error
        if not piece:
            raise Refusal("BODY_INCOMPLETE")
        UPLOAD_BYTES.inc(len(piece))
        self._left -= len(piece)
        return piece

"""A request's body while it waits to be decoded: in blocks, which are packed where many bodies are held."""

from collections.abc import Iterator
from io import BytesIO

from libs.jobs.payload import compress, decompress

BLOCK_BYTES = 1024 * 1024
PACKED_FROM = 8 * BLOCK_BYTES
"""Usual bodies are smaller, and kept as they are: packing a block takes 4 ms."""


class Body:
    """What has come of a body so far. Iterating gives its bytes, block by block."""

    def __init__(self, data: bytes = b"") -> None:
        self.size = 0
        self.held = 0
        """Bytes of memory that it takes."""
        self._blocks: list[tuple[bytes, bool]] = []
        self._last = BytesIO()
        self.add(data)

    def add(self, data: bytes, *, pack: bool = False) -> None:
        """Take what comes next; with `pack`, blocks are kept packed once there are many of them."""
        self._last.write(data)
        self.size += len(data)
        self.held += len(data)
        if self._last.tell() >= BLOCK_BYTES:
            self._blocks.append((self._last.getvalue(), False))
            self._last = BytesIO()
            if pack and self.size > PACKED_FROM:
                self._pack()

    def _pack(self) -> None:
        for at, (block, packed) in enumerate(self._blocks):
            if not packed:
                smaller = compress(block)
                self._blocks[at] = (smaller, True)
                self.held -= len(block) - len(smaller)

    def __iter__(self) -> Iterator[bytes]:
        yield from (_unpacked(*block) for block in self._blocks)
        yield self._last.getvalue()

    def take(self) -> bytes:
        """All of it, in one piece, which is then the caller's alone: each block is let go once it is copied."""
        if not self._blocks:
            return self._last.getvalue()
        whole, blocks = BytesIO(), self._blocks[::-1]
        self._blocks = []
        while blocks:
            whole.write(_unpacked(*blocks.pop()))
        whole.write(self._last.getvalue())
        self._last = BytesIO()
        return whole.getvalue()


def _unpacked(block: bytes, packed: bool) -> bytes:
    return decompress(block) if packed else block

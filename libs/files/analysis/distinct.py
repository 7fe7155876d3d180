"""How many distinct values there are, by the least of their hashes (KMV): exact while they are few, then within 3 %."""

from collections.abc import Iterable
from zlib import crc32

from msgspec import Struct

HASHES = 2**32


class Distinct(Struct):
    """The least hashes of all values; CRC-32 spreads well enough, and is the same in every process."""

    most: int
    """How many are kept."""
    hashes: list[int] = []
    limit: int = HASHES
    """All hashes below it are kept."""

    def add(self, values: Iterable[str]) -> None:
        """More values, of which some may be known."""
        limit = self.limit
        fresh = {found for found in map(crc32, map(str.encode, values)) if found < limit}
        fresh.difference_update(self.hashes)
        if not fresh:
            return
        self.hashes = sorted([*self.hashes, *fresh])
        if len(self.hashes) > self.most:
            self.limit = self.hashes[self.most]
            del self.hashes[self.most :]

    def estimate(self) -> int:
        """About how many distinct values there were."""
        if self.limit == HASHES:
            return len(self.hashes)
        return round((len(self.hashes) - 1) * HASHES / max(self.hashes[-1], 1))

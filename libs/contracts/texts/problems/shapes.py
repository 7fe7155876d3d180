"""What a problem of a request and an error of a record consist of."""

from collections import defaultdict
from typing import Any

from msgspec import Struct


class Problem(Struct, frozen=True):
    """A refused request."""

    code: str
    status: int
    title: str
    title_vi: str
    detail: str
    detail_vi: str
    retryable: bool = False


class RecordError(Struct, frozen=True):
    """A refused record."""

    code: str
    error: str
    error_vi: str

    def text(self, params: dict[str, Any]) -> tuple[str, str]:
        """The message in English and in Vietnamese; what PostgreSQL would not keep of its parameters is left open."""
        known = defaultdict(lambda: "…", params)
        return self.error.format_map(known), self.error_vi.format_map(known)

"""What a file says of itself, beside its blocks."""

import datetime

from msgspec import Struct

WHOLE = "whole.pdf"
"""What the parts of a PDF are joined to."""


class Order(Struct, frozen=True, kw_only=True):
    """How a file is made."""

    title: str
    language: str
    number: str
    """What stands below a page, with `{page}` and `{pages}`."""
    cut: str
    """What stands below a table of which only the first rows are there, with `{rows}`."""
    made: datetime.date
    """The day that the file gives as its own."""

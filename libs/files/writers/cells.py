"""Cells that no spreadsheet takes for a formula."""

import re

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What formulas begin with (OWASP, "CSV Injection"); the last four are the first four in full width."""
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
"""Numbers and phone numbers with a sign compute nothing."""


def safe(text: str) -> str:
    """The cell with an apostrophe before it, where a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text

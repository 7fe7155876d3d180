"""One sentence in both languages. The standard library is all it needs: a launcher without packages may say it."""

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence."""

    en: str
    vi: str

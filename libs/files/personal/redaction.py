"""Takes out of a text that people wrote what looks like a person's own: addresses, numbers."""

import re

_OWN = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.\w+|\+?\d[\d\s.\-()]{5,}\d|https?://\S+")


def redacted(text: str) -> str:
    """The text with `…` in place of e-mail addresses, links, and numbers of seven digits or more."""
    return _OWN.sub("…", text)

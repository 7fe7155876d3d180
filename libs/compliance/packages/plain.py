"""Text as it may stand in any file: what cannot be seen, or turns what stands beside it around, is spelled out."""

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, all but tabs and line ends; XML knows none of them
    "\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # marks of direction, joiners, other ends of lines
    "\ud800-\udfff\ufff9-\ufffb\ufffe\uffff]"
)
_END = re.compile("\r\n?")


def plain(text: str) -> str:
    """The text, with each character that nobody can see as its code: `[U+202E]`."""
    if text.isprintable():  # nearly all of them, by the million
        return text
    return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", _END.sub("\n", text))

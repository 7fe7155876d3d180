"""A first look at a file: what its beginning and its directory say, for the formats to tell whether it is theirs."""

import codecs
import re

from msgspec import Struct

from libs.files.sniffing.compound import COMPOUND, stream_names
from libs.files.sniffing.zipped import ZIP, entry_names
from libs.files.streams import Stream, as_file, read_up_to

START = 64 * 1024
_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\x00", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_TAR = slice(257, 262)
_BINARIES = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ", b"SQLite format 3\0", b"{\\rtf")
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST_CONTROLS = 0.1
"""Share of a text's bytes that may be control characters."""


class Look(Struct, frozen=True):
    """What is known of a file before a format is chosen."""

    start: bytes
    """Its first bytes, inflated."""
    text: str
    """The same as text, without a byte order mark; nothing where it is none."""
    names: frozenset[str]
    """What is in it, where it is a container: a ZIP's entries, a compound file's streams; in lower case."""
    ending: str
    """Of its name, in lower case and without that of a compression."""

    @property
    def is_archive(self) -> bool:
        """Whether other files are in it."""
        return self.start.startswith((ZIP, *_ARCHIVES)) or self.start[_TAR] == b"ustar"

    @property
    def is_json(self) -> bool:
        """Whether it begins as a JSON object or list does."""
        return self.text.lstrip()[:1] in ("{", "[")

    def has(self, *members: str) -> bool:
        """Whether it is JSON that has all these members near its beginning."""
        return self.is_json and all(re.search(rf'"{re.escape(member)}"\s*:', self.text) for member in members)


def look_at(stream: Stream, name: str) -> Look:
    """Look at a file. Raises UnreadableError where its directory is damaged."""
    start = read_up_to(stream, START)
    names: frozenset[str] = frozenset()
    if start.startswith(ZIP):
        names = entry_names(as_file(stream))
    elif start.startswith(COMPOUND):
        names = stream_names(as_file(stream))
    return Look(start, "" if names else _text(start), names, ending_of(name))


def ending_of(name: str) -> str:
    """The ending of a file's name: `csv` of `A.CSV.gz`."""
    parts = name.lower().split(".")
    if len(parts) > 1 and parts[-1] in ("gz", "gzip", "zst", "zstd"):
        parts.pop()
    return parts[-1] if len(parts) > 1 else ""


def _text(start: bytes) -> str:
    """The beginning as text, if it is text of any kind; letters beyond ASCII may be garbled."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return start[2:].decode(encoding, "replace")
    if start.startswith((*_BINARIES, *_ARCHIVES, ZIP, COMPOUND, b"PAR1")) or start[_TAR] == b"ustar":
        return ""
    if len(_CONTROLS.findall(start)) > MOST_CONTROLS * len(start):
        return ""
    return start.decode("utf-8-sig", "replace")

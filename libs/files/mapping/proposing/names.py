"""What a header says: its words without abbreviations, plurals and small ones, its language, what it is a name of."""

import re
from functools import lru_cache

from msgspec import Struct

from libs.files.mapping.words import folded

SHORT = {
    "dl": "du lieu", "dlcn": "du lieu ca nhan", "hd": "hoat dong", "tg": "thoi gian", "sl": "so luong",
    "qg": "quoc gia", "cspl": "co so phap ly", "ref": "reference", "no": "number", "num": "number",
    "desc": "description",
}  # fmt: skip
SMALL = frozenset(
    [
        "cua",
        "viec",
        "cac",
        "nhung",
        "ve",
        "cho",
        "tai",
        "tu",
        "va",
        "hoac",
        "o",
        "la",
        "the",
        "of",
        "for",
        "and",
        "or",
        "in",
        "to",
        "by",
        "a",
        "an",
        "is",
        "are",
        "tieng",
        "language",
        "art",
        "dieu",
    ]
)
LANGUAGES = {
    "en": "en", "eng": "en", "english": "en", "anh": "en",
    "vi": "vi", "vn": "vi", "viet": "vi", "vietnamese": "vi",
}  # fmt: skip
CODES = frozenset(("id", "code", "key", "reference", "number", "uuid"))
DATES = frozenset(("date", "on", "at"))
_PUNCTUATION = re.compile(r"[^\w#]+")
LONGEST = 200
"""Characters of a header that are looked at."""


class Name(Struct, frozen=True):
    """A header, understood."""

    text: str
    """Its words, singular, in their order."""
    owned: str
    """The words before `của` or `of`; nothing where it has neither."""
    first: bool
    """Whether its first word is what it is a name of: Vietnamese says that first."""
    language: str | None
    """`en` or `vi` where it says so: a column may be there in both."""
    head: str
    """`code`, `date` or nothing: what it is a name of, so that the date of a contract is no contract."""


@lru_cache(maxsize=16_384)
def understood(header: str) -> Name:
    """What a header says."""
    plain = _PUNCTUATION.sub(" ", folded(header[:LONGEST]))
    words = " ".join(SHORT.get(word, word) for word in plain.split()).split()
    languages = [LANGUAGES[word] for word in words if word in LANGUAGES]
    owned = next((words[:at] for at, word in enumerate(words) if word in ("cua", "of") and at), [])
    kept = _kept(words)
    return Name(
        " ".join(kept) or plain,
        " ".join(_kept(owned)),
        not header.isascii(),
        languages[0] if languages else None,
        _head(kept),
    )


def _kept(words: list[str]) -> list[str]:
    return [_singular(word) for word in words if word not in SMALL and word not in LANGUAGES]


def _head(words: list[str]) -> str:
    """Vietnamese says it first, English last."""
    if not words:
        return ""
    if words[0] in ("ma", "stt") or words[-1] in CODES:
        return "code"
    return "date" if words[0] == "ngay" or words[-1] in DATES else ""


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    return (
        word[:-1] if word.endswith("s") and not word.endswith(("ss", "is", "us")) and len(word) > len("ids") else word
    )

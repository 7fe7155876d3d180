"""Words in Vietnamese and English as cells have them, folded so that spelling does not matter."""

import re
from functools import lru_cache

from libs.contracts.inventory.normal_form import in_form

TRUE = frozenset({"co", "true", "yes", "y", "1", "x", "dung", "bat buoc", "v"})
FALSE = frozenset({"khong", "false", "no", "n", "0", "sai", "chua", "khong co"})
MONTHS_OF = {
    "thang": 1, "month": 1, "months": 1, "mo": 1, "m": 1, "nam": 12, "year": 12, "years": 12, "y": 12, "quy": 3,
    "quarter": 3, "quarters": 3,
}  # fmt: skip
_SPACES = re.compile(r"[\s_\-/.]+")
_MARKS = re.compile(r"[\u0300-\u036f]")
LONGEST_FOLDED = 4_000
LONGEST_CODE = 2


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """A text in lower case, without diacritics and with single spaces: `Căn cứ_pháp lý` is `can cu phap ly`.

    Texts beyond `LONGEST_FOLDED` characters are cut: nothing that is looked up by its words is that long.
    """
    plain = in_form("NFD", text[:LONGEST_FOLDED]).lower().replace("\u0111", "d")
    return _SPACES.sub(" ", _MARKS.sub("", plain)).strip()


def value_key(text: str) -> str:
    """What a value is looked up by: folded, but two letters keep their marks: `Mỹ` (US) is not `MY` (Malaysia)."""
    plain = folded(text)
    return plain if len(plain) > LONGEST_CODE else in_form("NFC", text[:LONGEST_FOLDED]).strip().lower()

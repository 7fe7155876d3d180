"""Two encodings of before Unicode that Vietnamese offices still have files in, as Python codecs `tcvn3` and `vni`.

TCVN3 (TCVN 5712:1993, also called ABC) has one byte a letter; its capitals with tones are lower case in a capital font.
VNI (VNI-Windows) writes a vowel and then its marks, as bytes of Windows-1252.
"""

import codecs
import re
from typing import Any

from libs.contracts.inventory.normal_form import in_form

_TCVN3 = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãá",
    0xB9: "ạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}


def _tcvn3_table() -> str:
    letters = [chr(code) if code < 0x80 else "\ufffe" for code in range(256)]  # \ufffe: no such character  # noqa: PLR2004
    for first, run in _TCVN3.items():
        letters[first : first + len(run)] = run
    return "".join(letters)


TCVN3_TABLE = _tcvn3_table()

ACUTE, GRAVE, HOOK, TILDE, DOT, BREVE, CIRCUMFLEX = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323", "\u0306", "\u0302"
_TONES = {"ù": ACUTE, "ø": GRAVE, "û": HOOK, "õ": TILDE, "ï": DOT}
_WITH_BREVE = {"ê": "", "é": ACUTE, "è": GRAVE, "ú": HOOK, "ü": TILDE, "ë": DOT}
_WITH_CIRCUMFLEX = {"â": "", "á": ACUTE, "à": GRAVE, "å": HOOK, "ã": TILDE, "ä": DOT}
_LOWER = (
    _TONES
    | {letter: BREVE + tone for letter, tone in _WITH_BREVE.items()}
    | {letter: CIRCUMFLEX + tone for letter, tone in _WITH_CIRCUMFLEX.items()}
)
_MARKS = _LOWER | {letter.upper(): marks for letter, marks in _LOWER.items()}
_LETTERS = str.maketrans("æóòîñôöÆÓÒÎÑÔÖ", "ỉĩịỵđơưỈĨỊỴĐƠƯ")
_VOWEL_AND_MARKS = re.compile("([aAeEoOuUyYôÔöÖ])([" + "".join(_MARKS) + "])|[æóòîñôöÆÓÒÎÑÔÖ]")


def _vni_letter(match: "re.Match[str]") -> str:
    if match[1] is None:
        return match[0].translate(_LETTERS)
    return in_form("NFC", match[1].translate(_LETTERS) + _MARKS[match[2]])


def _decode_tcvn3(data: Any, errors: str = "strict") -> tuple[str, int]:
    return codecs.charmap_decode(data, errors, TCVN3_TABLE)


def _decode_vni(data: Any, errors: str = "strict") -> tuple[str, int]:
    return _VOWEL_AND_MARKS.sub(_vni_letter, bytes(data).decode("cp1252", errors)), len(data)


def _no_encoding(text: str, errors: str = "strict") -> tuple[bytes, int]:
    raise UnicodeEncodeError("tcvn3, vni", text, 0, len(text), "these encodings are read, never written")


_CODECS = {
    name: codecs.CodecInfo(_no_encoding, decode, name=name)
    for name, decode in (("tcvn3", _decode_tcvn3), ("vni", _decode_vni))
}


def register() -> None:
    """Make the codecs known to this process; may be called again."""
    codecs.register(_CODECS.get)

"""The name of a file, as somebody gave it."""

import unicodedata

from libs.contracts.inventory.normal_form import in_form
from libs.contracts.refusals import Refusal

LONGEST_NAME = 255
"""Characters."""
NAMELESS = "upload"
"""For a file that came without a name."""
NEVER = ("", ".", "..")
INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Categories of characters that change how a name is shown, or are none."""


def file_name(given: str | None) -> str:
    """The last part of a path, in NFC. Raises Refusal for a name that is too long or holds what nobody can see."""
    if given is None:
        return NAMELESS
    if len(given) > LONGEST_NAME:
        raise _refusal()
    name = in_form("NFC", given).replace("\\", "/").rpartition("/")[2].strip()
    if name in NEVER or any(unicodedata.category(character) in INVISIBLE for character in name):
        raise _refusal()
    return name


def _refusal() -> Refusal:
    return Refusal("FILE_NAME", limit=LONGEST_NAME)

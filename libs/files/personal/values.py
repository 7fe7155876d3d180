"""Which kind of personal data a value looks like, by its pattern. Values are looked at here and go nowhere."""

import re
from collections.abc import Callable

from libs.files.mapping.words import folded

Test = Callable[[str], bool]

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-zA-Z]{2,}")
_PHONE = re.compile(r"(?:\+?84|0)(?:[35789]\d{8}|2\d{9})")
_CITIZEN = re.compile(r"0(?:0[1-9]|[1-8]\d|9[0-6])\d{9}")
"""The province (001 to 096), the century and sex, the year, six digits: Circular 59/2021/TT-BCA."""
_TAX = re.compile(r"(\d{10})(?:-?\d{3})?")
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_CARD = re.compile(r"(?:4|5[1-5]|2[2-7]|3[47]|35|6|9704)\d{11,17}")
_HEALTH = re.compile(r"[A-Z]{2}[1-5]\d{12}")
_PLATE = re.compile(r"\d{2}[A-Z]{1,2}\d?[- ]?\d{3}\.?\d{2}")
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_PLACE = re.compile(r"-?\d{1,2}\.\d{3,}[,; ]\s*-?\d{1,3}\.\d{3,}")
_GAPS = re.compile(r"[\s.\-()]")
_FAMILY_NAMES = frozenset(
    """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh mai truong lam doan trinh to ta cao
    luu luong thai chau quach ton vuong bach dam phung kieu lieu nghiem khuong la ha dao
    """.split()  # noqa: SIM905 -- words are read best as words
)
_PLACES = re.compile(
    r"\b(phuong|quan|huyen|xa|tinh|thanh pho|tp|duong|thon|ap|so nha|ngo|ngach|hem|to dan pho|khu pho|street|district"
    r"|ward|road|avenue|city)\b"
)


def _bare(value: str) -> str:
    return _GAPS.sub("", value)


def is_tax_code(value: str) -> bool:
    """Ten digits of which the last is a check, with or without a branch of three."""
    match = _TAX.fullmatch(value.strip())
    if match is None:
        return False
    *digits, check = map(int, match[1])
    return (10 - sum(map(int.__mul__, digits, _TAX_WEIGHTS)) % 11) % 11 == check


def is_bank_card(value: str) -> bool:
    """Of an issuer's range, with Luhn's check."""
    digits = _bare(value)
    if not _CARD.fullmatch(digits):
        return False
    doubled = (int(digit) * 2 if at % 2 else int(digit) for at, digit in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0  # noqa: PLR2004 -- the sum of its digits


def _is_name(value: str) -> bool:
    words = value.split()
    return 2 <= len(words) <= 6 and folded(words[0]) in _FAMILY_NAMES and not any(map(str.isdigit, value))  # noqa: PLR2004


STRONG: tuple[tuple[str, Test], ...] = (
    ("email", lambda value: bool(_EMAIL.fullmatch(value.strip()))),
    ("bank_card", is_bank_card),
    ("tax_code", is_tax_code),
    ("citizen_id", lambda value: bool(_CITIZEN.fullmatch(_bare(value)))),
    ("phone", lambda value: bool(_PHONE.fullmatch(_bare(value)))),
    ("health_insurance", lambda value: bool(_HEALTH.fullmatch(_bare(value)))),
    ("vehicle_plate", lambda value: bool(_PLATE.fullmatch(value.strip()))),
    ("device", lambda value: bool(_IP.fullmatch(value.strip()))),
    ("location", lambda value: bool(_PLACE.fullmatch(value.strip()))),
)
"""Patterns that say more than a column's name does; in the order in which they are taken."""
WEAK: tuple[tuple[str, Test], ...] = (
    ("full_name", _is_name),
    ("address", lambda value: len(_PLACES.findall(folded(value))) >= 1 and " " in value),
)
"""Patterns that count where a column's name says nothing."""
LONGEST = 300
"""Characters of a value that is looked at."""


def kinds_of_value(value: str) -> list[str]:
    """All kinds that a value looks like."""
    return [kind for kind, test in (*STRONG, *WEAK) if test(value)] if len(value) <= LONGEST else []

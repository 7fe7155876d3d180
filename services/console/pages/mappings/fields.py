"""What the fields of a record take, as a page offers it, and what somebody has typed as a field's value."""

from typing import Any, get_args

from msgspec import Struct, inspect

from libs.contracts.inventory.legal_codes import LegalCode
from libs.contracts.inventory.members import CategoryType, LegalBasis, RecipientType, Role
from libs.files.mapping.targets import Targets
from libs.files.mapping.words import value_key
from services.console.pages.speech import Speech

CHOICES: dict[str, tuple[str, ...]] = {
    "legal_basis": get_args(LegalBasis), "category_type": get_args(CategoryType),
    "recipient_type": get_args(RecipientType), "role": get_args(Role), "legal_code": get_args(LegalCode),
}  # fmt: skip
YES_NO = ("true", "false")


class FieldKind(Struct, frozen=True):
    """How a value of a field is chosen or typed."""

    name: str
    choices: tuple[str, ...] = ()
    """The values that it can have, if they are few."""


def kind_of(targets: Targets, target: str) -> FieldKind:
    """How a value of this field is given."""
    kind = targets.kinds[target]
    if target in CHOICES and targets.entity:
        return FieldKind("choice", CHOICES[target])
    if isinstance(kind, inspect.BoolType):
        return FieldKind("choice", YES_NO)
    if isinstance(kind, inspect.IntType):
        return FieldKind("number")
    if isinstance(kind, inspect.ListType):
        return FieldKind("list")
    return FieldKind("text")


def value_of(targets: Targets, target: str, text: str) -> Any:
    """What was typed as a value of a field; what it cannot have stays text, and is refused as such."""
    name = kind_of(targets, target).name if target in targets.kinds else "text"
    if name == "list":
        return [part.strip() for part in text.split(",") if part.strip()]
    if text in YES_NO and target in targets.kinds and isinstance(targets.kinds[target], inspect.BoolType):
        return text == "true"
    digits = text.strip()
    if name == "number" and len(digits) < 20 and digits.isascii() and digits.isdigit():  # noqa: PLR2004 -- of 64 bits
        return int(digits)
    return text


def text_of(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def word_of(speech: Speech, value: Any) -> str:
    """What a value is called, where it is one of a few."""
    text = text_of(value)
    return speech.t(f"INVENTORY_{'YES' if text == 'true' else 'NO'}") if text in YES_NO else speech.word("VALUE", text)


def entries_of(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """A table of values, in the order that reads best: what is written in the file stands before words of our own."""
    return sorted(values.items(), key=lambda entry: (value_key(entry[0]) == entry[0], entry[0]))

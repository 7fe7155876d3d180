"""One language: sentences, fields and values as a package has them."""

import datetime
from collections.abc import Sequence
from typing import Any

from libs.compliance.packages.plain import plain
from libs.contracts.texts import Language
from libs.contracts.texts.console.inventory import INVENTORY
from libs.contracts.texts.dossiers import DOSSIERS

LONGEST_LIST = 30_000
"""Characters: a cell of a workbook has room for no more."""
BETWEEN = "; "


class Wording:
    """Words everything in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def t(self, name: str, /, **params: Any) -> str:
        """A sentence of the catalogue."""
        text = DOSSIERS[name]
        return (text.vi if self.language == "vi" else text.en).format_map(params)

    def field(self, name: str) -> str:
        """A field's name."""
        text = INVENTORY.get(f"FIELD_{name.upper()}")
        return name if text is None else text.vi if self.language == "vi" else text.en

    def value(self, value: Any) -> str:
        """A field's value, in plain text."""
        match value:
            case None:
                return ""
            case bool():
                return self.t("YES" if value else "NO")
            case datetime.datetime() | datetime.date():
                return self.date(value)
            case list():
                return self.listed(value)
            case _:
                return plain(str(value))

    def coded(self, value: Any) -> str:
        """The value of a field that has one of a few."""
        text = INVENTORY.get(f"VALUE_{value}".upper())
        return self.value(value) if text is None else text.vi if self.language == "vi" else text.en

    def date(self, date: datetime.date) -> str:
        """A date."""
        return f"{date:%d/%m/%Y}" if self.language == "vi" else f"{date:%Y-%m-%d}"

    def number(self, value: int) -> str:
        """A number with its thousands parted."""
        return f"{value:,}".replace(",", ".") if self.language == "vi" else f"{value:,}"

    def name(self, vietnamese: str, english: str | None) -> str:
        """Of two names the one in this language."""
        return plain(vietnamese if self.language == "vi" else english or vietnamese)

    def listed(self, values: Sequence[Any]) -> str:
        """Values as one text; where they are too many, how many more there are."""
        shown: list[str] = []
        room = LONGEST_LIST
        for number, value in enumerate(values):
            text = self.value(value)
            room -= len(text) + len(BETWEEN)
            if room < 0:
                return BETWEEN.join([*shown, self.t("AND_MORE", n=len(values) - number)])
            shown.append(text)
        return BETWEEN.join(shown)

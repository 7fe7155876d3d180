"""One person's language and time zone: sentences, numbers, moments and spans as they are written there."""

import datetime
import zoneinfo
from typing import Any

from libs.contracts.refusals import Refusal
from libs.contracts.texts import Language
from libs.contracts.texts.console import CONSOLE

MINUTE, HOUR, DAY = 60, 3600, 86_400
SHORT_SPAN = 10
KIB = 1024
SIZES = ("B", "KiB", "MiB", "GiB")


class Speech:
    """Words everything for one person. A zone that nobody knows is UTC."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language = language
        self.zone = _zone(zone)

    def t(self, name: str, /, **params: Any) -> str:
        """A sentence of the catalogue."""
        text = CONSOLE[name]
        return (text.vi if self.language == "vi" else text.en).format_map(params)

    def chosen(self, english: str, vietnamese: str) -> str:
        """The one of two wordings that is in this language."""
        return vietnamese if self.language == "vi" else english

    def refusal(self, refusal: Refusal) -> str:
        """Why something was refused."""
        text = self.chosen(refusal.problem.detail, refusal.problem.detail_vi)
        return text.format_map(refusal.params) + self.chosen(*refusal.addition)

    def word(self, kind: str, value: str | None) -> str:
        """The word for a state, a type, an entity or a lane; one that is not in the catalogue as it is."""
        name = f"{kind}_{(value or '').upper().replace('-', '_')}"
        return self.t(name) if name in CONSOLE else value or ""

    def number(self, value: float, digits: int = 0) -> str:
        """A number with its thousands parted."""
        english = f"{value:,.{digits}f}"
        return english.translate(str.maketrans(",.", ".,")) if self.language == "vi" else english

    def size(self, count: float) -> str:
        """Bytes, in the unit that reads best."""
        unit = 0
        while count >= KIB and unit < len(SIZES) - 1:
            count, unit = count / KIB, unit + 1
        return f"{self.number(count, 0 if count == int(count) else 1)} {SIZES[unit]}"

    def moment(self, moment: datetime.datetime) -> str:
        """Date and time."""
        local = moment.astimezone(self.zone)
        return f"{local:%d/%m/%Y %H:%M:%S}" if self.language == "vi" else f"{local:%Y-%m-%d %H:%M:%S}"

    def to_minute(self, moment: datetime.datetime) -> str:
        """Date, hour and minute."""
        return self.moment(moment)[:-3]

    def date(self, date: datetime.date) -> str:
        """A date; of a moment, that of UTC."""
        return f"{date:%d/%m/%Y}" if self.language == "vi" else f"{date:%Y-%m-%d}"

    def minute(self, moment: datetime.datetime) -> str:
        """Hour and minute."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def clock(self, moment: datetime.datetime, now: datetime.datetime) -> str:
        """The time alone where it is of today."""
        local = moment.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == now.astimezone(self.zone).date() else self.moment(moment)

    def span(self, seconds: float) -> str:
        """How long something took, to what matters of it."""
        whole = round(seconds)
        if seconds < SHORT_SPAN:
            return self.t("SECONDS", n=self.number(seconds, 1))
        if whole < MINUTE:
            return self.t("SECONDS", n=whole)
        if whole < HOUR:
            return self.t("MINUTES", n=whole // MINUTE, s=whole % MINUTE)
        if whole < DAY:
            return self.t("HOURS", n=whole // HOUR, m=whole % HOUR // MINUTE)
        return self.t("DAYS", n=self.number(whole // DAY), h=whole % DAY // HOUR)

    def offset(self, now: datetime.datetime) -> str:
        """How far the zone is from UTC: `UTC+07:00`."""
        return f"{now.astimezone(self.zone):UTC%z}"[:6] + ":" + f"{now.astimezone(self.zone):%z}"[3:5]


def _zone(name: str) -> zoneinfo.ZoneInfo | datetime.timezone:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.UTC

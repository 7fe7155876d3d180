"""The sentences that people read, in English and Vietnamese, by theme. Nothing else words one.

The API says each in both languages (`worded`); a command, or a service on its standard error, speaks one at a time
(`said`). Requests and records that the server refuses are worded in `problems`. A template's `{names}` are filled
with names, numbers and paths that the user gave, never with a token or with anything of a record.
"""

import os
from typing import Any, Literal

from libs.contracts.texts.answers import ANSWERS
from libs.contracts.texts.command.audit import AUDIT
from libs.contracts.texts.command.backups import BACKUPS
from libs.contracts.texts.command.boot import BOOT
from libs.contracts.texts.command.client import CLIENT
from libs.contracts.texts.command.dossier import DOSSIER
from libs.contracts.texts.command.findings import FINDINGS
from libs.contracts.texts.command.loading import LOADING
from libs.contracts.texts.command.organisation import ORGANISATION
from libs.contracts.texts.command.report import REPORT
from libs.contracts.texts.command.schedules import SCHEDULES
from libs.contracts.texts.command.stack import STACK
from libs.contracts.texts.command.usage.help import HELP
from libs.contracts.texts.command.usage.help_files import HELP_FILES
from libs.contracts.texts.compliance import COMPLIANCE
from libs.contracts.texts.formats import FORMATS
from libs.contracts.texts.mappings import MAPPINGS
from libs.contracts.texts.personal_data import PERSONAL_DATA
from libs.contracts.texts.text import Text

Language = Literal["en", "vi"]

LANGUAGE = "SLUICE_LANG"
"""The variable that names the language before the locale does; `--lang` sets it, so that child processes agree."""
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")

THEMES: tuple[dict[str, Text], ...] = (
    ANSWERS, AUDIT, BACKUPS, BOOT, CLIENT, COMPLIANCE, DOSSIER, FINDINGS, FORMATS, HELP, HELP_FILES, LOADING, MAPPINGS,
    ORGANISATION, PERSONAL_DATA, REPORT, SCHEDULES, STACK,
)  # fmt: skip
"""No two of them have a name in common."""
TEXTS: dict[str, Text] = {name: text for theme in THEMES for name, text in theme.items()}


def worded(name: str, /, **params: Any) -> tuple[str, str]:
    """The sentence in English and in Vietnamese."""
    text = TEXTS[name]
    return text.en.format_map(params), text.vi.format_map(params)


def language() -> Language:
    """The language of this process: that of SLUICE_LANG, else of the locale; English unless it is Vietnamese."""
    named = filter(None, (os.environ.get(name) for name in (LANGUAGE, *LOCALE)))
    return "vi" if next(named, "").lower().startswith("vi") else "en"


def chosen(english: str, vietnamese: str) -> str:
    """The one of two wordings that is in this process' language."""
    return vietnamese if language() == "vi" else english


def said(name: str, /, **params: Any) -> str:
    """The sentence in this process' language."""
    return chosen(*TEXTS[name]).format_map(params)

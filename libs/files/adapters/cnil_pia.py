"""An impact assessment as the CNIL's PIA software exports it: the assessment, and answers to numbered questions.

Names of authors, evaluators, validators and officers are left out; so are opinions, comments and attachments.
"""

import html
import re

from msgspec import Struct

from libs.files.adapters.inventory import Inventory
from libs.files.adapters.reading.documents import decoded
from libs.files.adapters.table import scanner
from libs.files.mapping.words import folded
from libs.files.personal.names import kinds_in_text

PURPOSES, BASIS, DATA, RETENTION = "211", "212", "121", "215"
"""Questions: what for, on which basis, which data, for how long."""
_BASES = {
    "consent": "consent|consentement|dong y",
    "contract": "contract|contrat|hop dong",
    "legal_obligation": "legal obligation|obligation legale|nghia vu phap ly",
    "vital_interests": "vital interest|interets vitaux|tinh mang",
    "legitimate_interest": "legitimate interest|interet legitime|loi ich hop phap",
}
_MONTHS = {"month": 1, "mois": 1, "thang": 1, "year": 12, "an": 12, "ans": 12, "annee": 12, "nam": 12}
_TIME = re.compile(r"\b(\d{1,3}) (month|mois|thang|year|ans|an|annee|nam)s?\b")
_TAG = re.compile(r"<[^>]*>")


class _Assessment(Struct):
    id: int | str
    name: str


class _Data(Struct):
    text: str | None = None


class _Answer(Struct):
    reference_to: int | str
    data: _Data | None = None


class _Export(Struct):
    pia: _Assessment
    answers: list[_Answer] = []


def find(data: bytes, inventory: Inventory) -> None:
    """Add the processing, and the kinds of data that its answer names."""
    export = decoded(data, _Export)
    answers = {str(answer.reference_to): _plain(answer.data) for answer in export.answers}
    kinds = kinds_in_text(answers.get(DATA, ""))
    inventory.add(
        "processing-activities", f"pia-{export.pia.id}",
        activity_name_vi=export.pia.name, activity_name_en=export.pia.name,
        purpose_vi=answers.get(PURPOSES), legal_basis=_basis(answers.get(BASIS, "")),
        retention_period_months=_months(answers.get(RETENTION, "")), requires_dpia=True,
        data_category_external_ids=[inventory.category(kind.name, kind) for kind in kinds],
    )  # fmt: skip


def _plain(data: _Data | None) -> str:
    """An answer without its marks of HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", data.text or "")).split()) if data else ""


def _basis(answer: str) -> str | None:
    """The basis, where the answer names one alone."""
    found = [basis for basis, words in _BASES.items() if re.search(rf"\b({words})", folded(answer))]
    return found[0] if len(found) == 1 else None


def _months(answer: str) -> int | None:
    """How long, where the answer names one time alone."""
    found = _TIME.findall(folded(answer))
    return int(found[0][0]) * _MONTHS[found[0][1]] if len(found) == 1 else None


FORMAT = scanner(
    "cnil-pia", ("json",), ("data-categories", "processing-activities"),
    lambda look: look.has("pia", "author_name") or look.has("pia", "reference_to"), find,
)  # fmt: skip

"""What went wrong, and what was found, as the templates of these pages say it to one person."""

from collections.abc import Callable
from typing import Any

from libs.contracts.files.mapping_bodies import CellError
from libs.contracts.refusals import Refusal
from libs.contracts.texts import TEXTS, worded
from libs.contracts.texts.problems import PROBLEMS, RECORD_ERRORS
from services.console.pages.speech import Speech

Word = Callable[[Any], str]


def words_of(speech: Speech) -> dict[str, Word]:
    """Functions by the names that templates call them by."""

    def problem(code: str) -> str:
        known = PROBLEMS.get(code)
        return f"{speech.chosen(known.title, known.title_vi)} ({code})" if known else code

    def refused(refusal: Refusal) -> str:
        detail = speech.chosen(refusal.problem.detail, refusal.problem.detail_vi)
        return detail.format_map(refusal.params) + speech.chosen(*refusal.addition)

    def record_error(code: str) -> str:
        return speech.chosen(*RECORD_ERRORS[code].text({})) if code in RECORD_ERRORS else code

    def cell_error(error: CellError) -> str:
        return speech.chosen(error.error, error.error_vi)

    def reason(code: str) -> str:
        return speech.chosen(*worded(code or "NOT_MAPPED"))

    def personal(kind: str) -> str:
        name = f"PERSONAL_{kind.upper()}"
        return speech.chosen(*worded(name)) if name in TEXTS else kind

    return {
        "problem": problem, "refused": refused, "record_error": record_error, "cell_error": cell_error,
        "reason": reason, "personal": personal,
    }  # fmt: skip

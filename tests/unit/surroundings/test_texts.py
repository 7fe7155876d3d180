"""The catalogue of sentences: both languages say the same things."""

import string

import pytest

from libs.contracts.texts import LOCALE, TEXTS, THEMES, said, worded
from libs.contracts.texts.console import CONSOLE
from libs.contracts.texts.problems import PROBLEMS
from libs.contracts.texts.tasks import STORY, UNEXPECTED, told
from libs.contracts.texts.text import Text


def fields(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_are_there_and_name_the_same_things(name: str) -> None:
    text = TEXTS[name]

    assert text.en
    assert text.vi
    assert fields(text.vi) == fields(text.en)


@pytest.mark.parametrize("name", CONSOLE)
def test_the_console_says_the_same_in_both_languages(name: str) -> None:
    assert CONSOLE[name].vi
    assert fields(CONSOLE[name].vi) == fields(CONSOLE[name].en)


def test_no_theme_takes_a_name_from_another() -> None:
    assert len(TEXTS) == sum(map(len, THEMES))


@pytest.mark.parametrize("text", [*STORY.values(), UNEXPECTED])
def test_a_line_of_a_story_is_there_in_both_languages(text: Text) -> None:
    assert text.vi
    assert {f"{name}_vi" if name in ("stage", "why") else name for name in fields(text.en)} == fields(text.vi)


def test_why_a_task_failed_is_told_whatever_it_was() -> None:
    for code in (*PROBLEMS, *STORY, "40P01", "ZeroDivisionError"):
        english, vietnamese = told(code, {})
        assert english != vietnamese or code == "STAGE"
        assert "{" not in english
    assert "40P01" in told("40P01", {})[0]
    assert told("ENDED_FAILED", {"error": "40P01"})[0].startswith("Failed. Something")
    assert told("CANCEL_ASKED", {"reason": ""}) == ("Its end was asked for.", "Có yêu cầu hủy.")


ENGLISH, VIETNAMESE = "… and 1,234 more errors", "… và 1,234 lỗi khác"


def test_the_api_has_a_sentence_in_both_languages() -> None:
    assert worded("MORE_ERRORS", count=1234) == (ENGLISH, VIETNAMESE)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, ENGLISH),
        ({"LANG": "vi_VN.UTF-8"}, VIETNAMESE),
        ({"LANG": "fr_FR.UTF-8"}, ENGLISH),
        ({"LANG": "C"}, ENGLISH),
        ({"LC_MESSAGES": "vi_VN", "LANG": "en_US.UTF-8"}, VIETNAMESE),
        ({"LC_ALL": "C.UTF-8", "LC_MESSAGES": "vi_VN", "LANG": "vi_VN"}, ENGLISH),
        ({"SLUICE_LANG": "vi", "LC_ALL": "C.UTF-8"}, VIETNAMESE),
        ({"SLUICE_LANG": "en", "LANG": "vi_VN"}, ENGLISH),
        ({"SLUICE_LANG": "", "LANG": "vi_VN"}, VIETNAMESE),
    ],
)
def test_a_process_speaks_one_language(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], sentence: str) -> None:
    for name in ("SLUICE_LANG", *LOCALE):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert said("MORE_ERRORS", count=1234) == sentence

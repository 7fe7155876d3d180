"""The catalogue of sentences: both languages say the same things."""

import string

import pytest

from libs.contracts.texts import TEXTS, both


def fields(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_are_there_and_name_the_same_things(name: str) -> None:
    text = TEXTS[name]

    assert text.en
    assert text.vi
    assert fields(text.vi) <= fields(text.en)


def test_a_sentence_comes_in_both_languages() -> None:
    assert both("MORE_ERRORS", count=1234) == "… and 1,234 more errors / … và 1,234 lỗi khác"

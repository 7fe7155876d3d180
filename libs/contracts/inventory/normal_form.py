"""Unicode's composed form (NFC) of a text, at a cost that is linear in every text.

`unicodedata.normalize` sorts each run of combining marks by insertion, with the interpreter locked: a run of 100,000
takes it 14 seconds. So a run is bounded before, as Unicode's Stream-Safe Text Format does (Standard Annex 15, section
13), and so is a text's length. Nothing else of Sluice normalises.
"""

import unicodedata
from itertools import takewhile
from typing import Literal

LONGEST_RUN = 30
"""Marks that may follow one another; no language needs more."""
MOST_COMPOSED = 4
"""A character of NFC stands for this many at most of any other form (Standard Annex 15, table 5)."""
_STEP = LONGEST_RUN + 1
_LAST_WITH_MARKS = 0x1FFFF

MARKS = frozenset(
    character
    for character in map(chr, range(_LAST_WITH_MARKS + 1))
    # By what it is decomposed to: three vowel signs of Tibetan are no marks themselves and become two.
    if unicodedata.combining(unicodedata.normalize("NFD", character)[0])
)
"""What sorting moves: the characters that begin with a combining class other than 0."""
_DOUBLED = [mark for mark in MARKS if len(unicodedata.normalize("NFC", mark)) > 1]
"""Marks that become two, also in NFC."""


def has_long_run(text: str) -> bool:
    """Whether more than `LONGEST_RUN` marks follow one another."""
    # Of so many in a row, one stands at a multiple of their number: most texts are seen to have none there.
    if text.isascii() or MARKS.isdisjoint(text[::_STEP]):
        return False
    return any(_run_around(text, at) > LONGEST_RUN for at in range(0, len(text), _STEP) if text[at] in MARKS)


def _run_around(text: str, at: int) -> int:
    """The length of the run of marks around this place, as far as `_STEP` to both sides."""
    before = takewhile(MARKS.__contains__, reversed(text[max(at - _STEP, 0) : at]))
    after = takewhile(MARKS.__contains__, text[at : at + _STEP])
    return sum(1 for _ in before) + sum(1 for _ in after)


def tidy(text: str, longest: int) -> str | None:
    """A text as it is stored: in NFC, without white space around it.

    None where it cannot be stored: it has no form of `longest` characters, which only its length is looked at for, or
    a long run.
    """
    text = text.strip()
    if len(text) > MOST_COMPOSED * longest or has_long_run(text):
        return None
    composed = unicodedata.normalize("NFC", text)
    return None if any(mark in text for mark in _DOUBLED) and has_long_run(composed) else composed


def in_form(form: Literal["NFC", "NFD"], text: str) -> str:
    """A text to be compared, in this form; one with a long run stays as it is."""
    return text if has_long_run(text) else unicodedata.normalize(form, text)


def is_tidy(text: str) -> bool:
    """Whether a text, or some texts joined by line feeds, are in NFC and without a long run."""
    # Substrings of a text in NFC are in NFC (Standard Annex 15), and a line feed ends a run.
    return unicodedata.is_normalized("NFC", text) and not has_long_run(text)

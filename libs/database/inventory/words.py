"""Words to look for, as patterns of PostgreSQL that find them whatever their case and their Vietnamese marks.

A letter without a mark finds the letter with any; one with a mark finds itself. So the row's text is compared as it is
stored, by one pass of an automaton, and no extension, no locale and no index has to know Vietnamese.
"""

from collections import defaultdict
from collections.abc import Sequence

from libs.contracts.inventory.normal_form import in_form

MOST_WORDS = 8
"""What stands behind these is one of them: each is another look at every record."""
_SPECIAL = "[]^-\\"
_MARKED = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))


def _letters() -> dict[str, str]:
    """By a letter of ASCII, small: all letters that are it with marks."""
    found: dict[str, str] = defaultdict(str, d="đĐ")
    for letter in map(chr, _MARKED):
        plain = in_form("NFD", letter)[0]
        if plain.isascii() and plain.isalpha():
            found[plain.lower()] += letter
    return dict(found)


_LETTERS = _letters()


def patterns(words: str) -> list[str]:
    """A pattern for each word; a text must match them all."""
    return ["".join(map(_pattern, word)) for word in in_form("NFC", words).split(maxsplit=MOST_WORDS - 1)]


def phrases(texts: Sequence[str]) -> str:
    """A pattern that finds any of these texts, whatever its case; their marks are looked at."""
    return "|".join("".join(map(_cases, in_form("NFC", text))) for text in texts)


def _cases(letter: str) -> str:
    """A letter, small and large."""
    meant = sorted({letter, *filter(_is_single, (letter.lower(), letter.upper()))})
    return f"[{''.join(f'{chr(92)}{each}' if each in _SPECIAL else each for each in meant)}]"


def _pattern(letter: str) -> str:
    """Every letter that is meant. Between brackets all but the special ones mean themselves."""
    meant = {letter, *filter(_is_single, (letter.lower(), letter.upper())), *_LETTERS.get(letter.lower(), "")}
    escaped = (f"\\{each}" if each in _SPECIAL else each for each in sorted(meant))
    return f"[{''.join(escaped)}]"


def _is_single(text: str) -> bool:
    return len(text) == 1

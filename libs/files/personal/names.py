"""Which kind of personal data a name says that it holds."""

import re
from functools import lru_cache

from libs.files.mapping.words import folded
from libs.files.personal.kinds import KINDS, Kind

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
LONGEST = 200


@lru_cache(maxsize=16_384)
def kind_of_name(name: str) -> Kind | None:
    """The kind that the name of a column, a label of a scanner or a key of a taxonomy says; the longest word wins."""
    plain = _SEPARATORS.sub(" ", folded(_CAMEL.sub(" ", name[:LONGEST]))).strip()
    return _WHOLE.get(plain) or max(_within(plain), default=(0, None), key=lambda found: found[0])[1]


def kinds_in_text(text: str) -> list[Kind]:
    """All kinds that are named in a text, in the order of the law."""
    plain = f" {_SEPARATORS.sub(' ', folded(text))} "
    return [kind for kind in KINDS if any(f" {word} " in plain for word in kind.words)]


def _within(plain: str) -> list[tuple[int, Kind | None]]:
    padded = f" {plain} "
    return [(len(word), kind) for kind in KINDS for word in kind.words if f" {word} " in padded]


_WHOLE = {word: kind for kind in KINDS for word in (*kind.whole, *kind.words)}

"""The letters that the vendored fonts can draw; all others are spelled out, so that no name comes out empty."""

import functools
import re
from itertools import groupby
from pathlib import Path

FONTS = Path(__file__).parents[2] / "fonts"
DRAWING = ("LiberationSerif-Regular.ttf", "DroidSansFallbackFull.ttf", "NanumSquareR.ttf")
"""The text's own, and those that stand in for it: Chinese and Japanese, Korean."""
LINE_ENDS = "\t\n"


def lettered(text: str) -> str:
    """The text, with each character that no font has as its code: `[U+1F600]`."""
    if text.isascii():
        return text
    return _undrawn().sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


@functools.cache
def _undrawn() -> re.Pattern[str]:
    from fontTools.ttLib import TTFont  # of no use to whoever makes no PDF

    drawn = {ord(each) for each in LINE_ENDS}
    for name in DRAWING:
        with TTFont(FONTS / name, lazy=True) as font:
            drawn.update(font.getBestCmap())
    return re.compile(f"[^{''.join(_range(*span) for span in _spans(sorted(drawn)))}]")


def _spans(codes: list[int]) -> list[tuple[int, int]]:
    """Codes that follow each other, by the first and the last."""
    found = []
    for _, some in groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        run = [code for _, code in some]
        found.append((run[0], run[-1]))
    return found


def _range(first: int, last: int) -> str:
    return f"\\U{first:08x}-\\U{last:08x}"

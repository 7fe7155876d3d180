"""Plots as SVG: bars of several parts, day by day. The same picture in a page and on paper; no text in it is markup."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from msgspec import Struct

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 10, 34, 34
"""What lies around the bars: numbers, names of the parts, days."""
FONT = "Liberation Serif, Times New Roman, serif"
GRID, INK = "#d5d9e0", "#333a45"
SHARE = 0.72
"""Of a day's place, what its bar takes."""
MOST_LABELS = 14
LINES = 4
STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""What is round, of two digits."""
CHARACTER = 6.4
"""The width of a letter at this size, or thereabouts."""


class Series(Struct, frozen=True):
    """One part of each bar."""

    name: str
    colour: str
    values: list[int]


def bars(title: str, days: Sequence[str], series: Sequence[Series], number: Callable[[int], str]) -> str:
    """A bar a day. `number` words a number."""
    shown = [each for each in series if any(each.values)]
    top = nice([sum(values) for values in zip(*(each.values for each in shown), strict=True)])
    pieces = [*_grid(top, number), *_bars(shown, len(days), top), *_days(days), *_legend(shown)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="{FONT}" '
        f'font-size="13">'
        f"<title>{escape(title)}</title>{''.join(pieces)}</svg>"
    )


def nice(totals: Sequence[int]) -> int:
    """Four times the least round number, so that no total is above."""
    quarter = -(-max([1, *totals]) // LINES)
    scale = int(10 ** max(0, len(str(quarter)) - 2))
    return LINES * scale * next(step for step in STEPS if step * scale >= quarter)


def _height(value: int, top: int) -> float:
    return (HEIGHT - TOP - BOTTOM) * value / top


def _grid(top: int, number: Callable[[int], str]) -> Iterator[str]:
    for line in range(LINES + 1):
        value = top * line // LINES
        y = HEIGHT - BOTTOM - _height(value, top)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{escape(number(value))}</text>'


def _bars(series: Sequence[Series], days: int, top: int) -> Iterator[str]:
    place = (WIDTH - LEFT - RIGHT) / days
    for day in range(days):
        x, y = LEFT + place * (day + (1 - SHARE) / 2), float(HEIGHT - BOTTOM)
        for each in series:
            if height := _height(each.values[day], top):
                y -= height
                size = f'width="{place * SHARE:.1f}" height="{height:.1f}"'
                yield f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{each.colour}"/>'


def _days(days: Sequence[str]) -> Iterator[str]:
    place = (WIDTH - LEFT - RIGHT) / len(days)
    every = -(-len(days) // MOST_LABELS)
    for day in range(0, len(days), every):
        at = f'x="{LEFT + place * (day + 0.5):.1f}" y="{HEIGHT - BOTTOM + 18}"'
        yield f'<text {at} text-anchor="middle" fill="{INK}">{escape(days[day])}</text>'


def _legend(series: Sequence[Series]) -> Iterator[str]:
    x = float(LEFT)
    for each in series:
        yield f'<rect x="{x:.1f}" y="8" width="11" height="11" fill="{each.colour}"/>'
        yield f'<text x="{x + 16:.1f}" y="18" fill="{INK}">{escape(each.name)}</text>'
        x += 36 + CHARACTER * len(each.name)

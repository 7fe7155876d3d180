"""What is drawn: numbers over time, as JSON that `static/plots.js` reads. Each stands in a table beside it, too."""

import datetime
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from libs.contracts.statistics import STEP_LENGTH, StatisticsPoint, Step


class Series(Struct, frozen=True):
    """One line of a plot."""

    label: str
    colour: str
    """A colour of `static/console.css`, by its name."""
    value: Callable[[StatisticsPoint], float | None]
    """What a step comes to; None leaves a gap."""
    dashed: bool = False


class Mark(Struct, frozen=True):
    """A moment that is marked."""

    at: datetime.datetime
    label: str


class Frame(Struct, frozen=True):
    """The time that a plot covers."""

    since: datetime.datetime
    until: datetime.datetime
    step: Step


def plot(
    frame: Frame,
    points: Sequence[StatisticsPoint],
    series: Sequence[Series],
    *,
    marks: Sequence[Mark] = (),
    quiet: float | None = 0,
) -> str:
    """A plot of the series that ever come to something.

    Steps in which something happened are told by their number; all others are `quiet`.
    """
    length = STEP_LENGTH[frame.step]
    valued = [(each, list(map(each.value, points))) for each in series]
    told = {
        "start": frame.since.timestamp(),
        "step": length.total_seconds(),
        "count": -((frame.since - frame.until) // length),
        "quiet": quiet,
        "at": [(point.starts_at - frame.since) // length for point in points],
        "series": [
            {"label": each.label, "colour": each.colour, "dashed": each.dashed, "values": values}
            for each, values in valued
            if any(values)
        ],
        "marks": [{"at": (mark.at - frame.since) // length, "label": mark.label} for mark in marks],
    }  # fmt: skip
    return msgspec.json.encode(told).decode()

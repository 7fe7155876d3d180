"""Reads of which time, and in which steps, statistics are asked for."""

import datetime

import falcon
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.contracts.statistics import STEP_LENGTH, STEPS, Step
from services.ingest.http.parameters import choice, moment

MOST_STEPS = 11_520
"""Eight days of minutes, which is what is kept of them."""
DEFAULT_LENGTH: dict[Step, datetime.timedelta] = {
    "minute": datetime.timedelta(hours=1),
    "hour": datetime.timedelta(days=1),
    "day": datetime.timedelta(days=30),
}


class Period(Struct, frozen=True):
    """A span of time; it begins with a step."""

    since: datetime.datetime
    until: datetime.datetime
    step: Step


def read_period(req: falcon.Request, now: datetime.datetime) -> Period:
    """`from`, `to` and `step` of a request; by default a while before `to`, which is now. Raises Refusal."""
    step: Step = choice(req, "step", STEPS, "minute")
    until = moment(req, "to") or now
    try:
        since = moment(req, "from") or until - DEFAULT_LENGTH[step]
    except OverflowError as error:
        raise Refusal("STATISTICS_SPAN", limit=MOST_STEPS) from error
    since = _beginning(since, step)
    if not datetime.timedelta() < until - since <= MOST_STEPS * STEP_LENGTH[step]:
        raise Refusal("STATISTICS_SPAN", limit=MOST_STEPS)
    return Period(since, until, step)


def _beginning(at: datetime.datetime, step: Step) -> datetime.datetime:
    """The beginning of the step that holds a moment, in UTC."""
    whole = at.replace(second=0, microsecond=0)
    if step == "minute":
        return whole
    return whole.replace(minute=0) if step == "hour" else whole.replace(minute=0, hour=0)

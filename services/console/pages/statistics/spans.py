"""Of which time statistics are shown: read from the address of the page, and written into addresses."""

import datetime
from urllib.parse import urlencode

import falcon.asgi

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.contracts.statistics import STEP_LENGTH, Step
from services.console.pages.plots import Frame

HOUR, DAY = STEP_LENGTH["hour"], STEP_LENGTH["day"]
MINUTE = STEP_LENGTH["minute"]
SPANS: dict[str, datetime.timedelta] = {
    "hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY,
}  # fmt: skip
USUAL = "day"
BY_MINUTE = 8 * DAY
"""What is older is kept by the day."""
LONGEST = 400 * DAY
YEARS = 2000, 9000
FEW_ROWS = 2 * HOUR
"""So much time is shown in a table by the minute."""


class Span(Frame, frozen=True):
    """A span of time, and the entity that is meant; none for all."""

    name: str
    """One of SPANS; empty where the address names a beginning and an end."""
    entity: str | None

    @property
    def rows(self) -> Step:
        """The steps of the table beside a plot, which are fewer."""
        if self.step == "day":
            return "day"
        return "minute" if self.until - self.since <= FEW_ROWS else "hour"

    @property
    def last(self) -> datetime.datetime:
        """The beginning of the last step."""
        return self.until - STEP_LENGTH[self.step]

    def named(self, name: str) -> str:
        """The address of another span, of the same entity."""
        return _address(span=name, entity=self.entity)

    def of(self, entity: str | None) -> str:
        """The address of the same span, of another entity."""
        if self.name:
            return _address(span=self.name, entity=entity)
        return _address(**{"from": self.since.isoformat(), "to": self.until.isoformat()}, entity=entity)

    def nearer(self, at: datetime.datetime, now: datetime.datetime) -> str | None:
        """The address of one row of the table alone, if more is known of it than the row."""
        if self.rows == "minute" or at < now - SPANS["week"]:
            return None
        until = at + STEP_LENGTH[self.rows]
        return _address(**{"from": at.isoformat(), "to": until.isoformat()}, entity=self.entity)


def span_of(req: falcon.asgi.Request, now: datetime.datetime) -> Span:
    """The span of an address. Raises Refusal."""
    entity = _one_of(req, "entity", tuple(ENTITIES))
    if "from" in req.params or "to" in req.params:
        return _between(_moment(req, "from"), _moment(req, "to"), now, entity)
    name = _one_of(req, "span", tuple(SPANS)) or USUAL
    step: Step = "minute" if SPANS[name] <= BY_MINUTE else "day"
    until = _floor(now, step) + STEP_LENGTH[step]
    return Span(until - SPANS[name], until, step, name, entity)


def _between(since: datetime.datetime, until: datetime.datetime, now: datetime.datetime, entity: str | None) -> Span:
    step: Step = "minute" if until - since <= BY_MINUTE and since >= now - BY_MINUTE else "day"
    since, until = _floor(since, step), _floor(until - MINUTE, step) + STEP_LENGTH[step]
    if not datetime.timedelta() < until - since <= LONGEST:
        raise Refusal("BAD_PARAMETER", name="to", allowed=f"from + 1..{LONGEST // DAY} d")
    return Span(since, until, step, "", entity)


def _floor(at: datetime.datetime, step: Step) -> datetime.datetime:
    """The beginning of the step that holds a moment, in UTC."""
    whole = at.replace(second=0, microsecond=0)
    return whole if step == "minute" else whole.replace(hour=0, minute=0)


def _moment(req: falcon.asgi.Request, name: str) -> datetime.datetime:
    """A moment with its offset, near enough to be reckoned with. Raises Refusal."""
    try:
        found = datetime.datetime.fromisoformat(str(req.params.get(name)))
        known = found.tzinfo is not None and YEARS[0] <= found.year <= YEARS[1]
    except ValueError:
        known = False
    if not known:
        raise Refusal("BAD_PARAMETER", name=name, allowed="2026-11-25T12:00:00Z")
    return found.astimezone(datetime.UTC)


def _one_of(req: falcon.asgi.Request, name: str, known: tuple[str, ...]) -> str | None:
    value = req.params.get(name)
    if value is not None and value not in known:
        raise Refusal("BAD_PARAMETER", name=name, allowed=", ".join(known))
    return value and str(value)


def _address(**parts: str | None) -> str:
    return "/statistics?" + urlencode({name: value for name, value in parts.items() if value})

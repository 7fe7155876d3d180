"""When a schedule is due: words or cron in, moments out. A moment is of UTC; what is written is of a zone's clock.

Where a zone's clock is set forward over a time of day, what was due then is due as soon as the gap ends; where it is
set back, what is due at that time of day is due once, as Debian's cron has it.
"""

import datetime
import re
import zoneinfo
from functools import cache
from itertools import islice, takewhile

from cronsim import CronSim, CronSimError

from libs.contracts.refusals import Refusal

EXAMPLES = "daily 02:00, monday 08:00, 0 2 * * *"
FIELDS = 5
MOST_MISSED = 1_000
"""That are counted."""
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_VI_DAYS = ("chủ nhật", "thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy")
_WORDS = {
    "daily": "* * *", "hằng ngày": "* * *", "hàng ngày": "* * *", "weekdays": "* * 1-5", "ngày làm việc": "* * 1-5",
    **{name: f"* * {number}" for names in (_DAYS, _VI_DAYS) for number, name in enumerate(names)},
}  # fmt: skip
_AT = re.compile(r"(?P<words>\D+?) (?P<hour>\d{1,2}):(?P<minute>\d{2})")
_MONTHLY = re.compile(r"(?:monthly|hằng tháng|hàng tháng) (?P<day>\d{1,2}) (?P<hour>\d{1,2}):(?P<minute>\d{2})")
_HOURLY = re.compile(r"(?:hourly|hằng giờ|hàng giờ)(?: :(?P<minute>\d{2}))?")


def cron_of(when: str) -> str:
    """Five fields of cron for what somebody has written. Raises Refusal where it says no time."""
    text = " ".join(when.lower().split())
    cron = _by_words(text) or text.upper()
    try:
        if len(cron.split()) != FIELDS:
            raise Refusal("SCHEDULE_WHEN", examples=EXAMPLES)
        next(CronSim(cron, datetime.datetime.now(datetime.UTC)))
    except (CronSimError, StopIteration) as error:  # the latter: never
        raise Refusal("SCHEDULE_WHEN", examples=EXAMPLES) from error
    return cron


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The zone of this name. Raises Refusal."""
    if name not in _zones():
        raise Refusal("SCHEDULE_ZONE")
    return zoneinfo.ZoneInfo(name)


def next_after(cron: str, zone: str, moment: datetime.datetime) -> datetime.datetime:
    """When it is due for the first time after a moment."""
    return next(_times(cron, zone, moment))


def last_until(
    cron: str, zone: str, due: datetime.datetime, now: datetime.datetime, grace: datetime.timedelta
) -> datetime.datetime | None:
    """The last time that it was due, from `due` to `now`, no longer ago than the grace; None where there is none."""
    last = None
    for moment in _times(cron, zone, max(due, now - grace) - datetime.timedelta(seconds=1)):
        if moment > now:
            break
        last = moment
    return last


def count_between(cron: str, zone: str, since: datetime.datetime, until: datetime.datetime) -> int:
    """How many times it was due from `since` to before `until`, as far as `MOST_MISSED`."""
    times = takewhile(lambda moment: moment < until, _times(cron, zone, since - datetime.timedelta(seconds=1)))
    return sum(1 for _ in islice(times, MOST_MISSED))


def _times(cron: str, zone: str, after: datetime.datetime) -> "_Times":
    return _Times(CronSim(cron, after.astimezone(zoneinfo.ZoneInfo(zone))), after)


class _Times:
    """Moments in their order, each after the one before: a clock that is set back repeats none."""

    def __init__(self, times: CronSim, after: datetime.datetime) -> None:
        self._times = times
        self._last = after

    def __iter__(self) -> "_Times":
        return self

    def __next__(self) -> datetime.datetime:
        moment = next(self._times).astimezone(datetime.UTC)
        while moment <= self._last:
            moment = next(self._times).astimezone(datetime.UTC)
        self._last = moment
        return moment


def _by_words(text: str) -> str | None:
    if found := _HOURLY.fullmatch(text):
        return f"{int(found['minute'] or 0)} * * * *"
    if found := _MONTHLY.fullmatch(text):
        return f"{int(found['minute'])} {int(found['hour'])} {int(found['day'])} * *"
    found = _AT.fullmatch(text)
    days = _WORDS.get(found["words"]) if found else None
    return f"{int(found['minute'])} {int(found['hour'])} {days}" if found and days else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())

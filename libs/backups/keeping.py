"""Which backups are kept: the last one of each of the last days, weeks and months that have one."""

import datetime
import zoneinfo
from collections.abc import Callable, Mapping

from libs.contracts.tasks.schedules import DEFAULT_ZONE


def kept(taken: Mapping[str, datetime.datetime], *, daily: int, weekly: int, monthly: int) -> set[str]:
    """The names of those that are kept, of all by when they were taken; days are those of Asia/Ho_Chi_Minh."""
    zone = zoneinfo.ZoneInfo(DEFAULT_ZONE)
    newest_first = sorted(taken, key=lambda name: taken[name], reverse=True)
    days = [(name, taken[name].astimezone(zone).date()) for name in newest_first]
    periods: tuple[tuple[int, Callable[[datetime.date], object]], ...] = (
        (daily, lambda day: day),
        (weekly, lambda day: day.isocalendar()[:2]),
        (monthly, lambda day: (day.year, day.month)),
    )
    return {name for count, period in periods for name in _last_of_each(days, period)[:count]}


def _last_of_each(days: list[tuple[str, datetime.date]], period: Callable[[datetime.date], object]) -> list[str]:
    found: dict[object, str] = {}
    for name, day in days:
        found.setdefault(period(day), name)
    return list(found.values())

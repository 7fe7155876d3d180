"""When a schedule is due: in words, in cron, over the days on which clocks are changed."""

import datetime
import itertools

import pytest

from libs.contracts.refusals import Refusal
from libs.tasks.schedules.times import cron_of, last_until, next_after, zone_of

BERLIN, HANOI = "Europe/Berlin", "Asia/Ho_Chi_Minh"
HOUR = datetime.timedelta(hours=1)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{text}:00+00:00")


def following(cron: str, zone: str, start: str, count: int) -> list[datetime.datetime]:
    """The next so many times."""
    times = itertools.accumulate(range(count), lambda last, _: next_after(cron, zone, last), initial=at(start))
    return list(times)[1:]


@pytest.mark.parametrize(
    ("when", "cron"),
    [
        ("daily 02:00", "0 2 * * *"), ("Daily  2:05", "5 2 * * *"), ("monday 08:00", "0 8 * * 1"),
        ("sunday 23:59", "59 23 * * 0"), ("weekdays 07:30", "30 7 * * 1-5"), ("hourly", "0 * * * *"),
        ("hourly :15", "15 * * * *"), ("monthly 1 03:00", "0 3 1 * *"), ("hằng ngày 02:00", "0 2 * * *"),
        ("thứ hai 08:00", "0 8 * * 1"), ("Chủ nhật 06:00", "0 6 * * 0"), ("hằng tháng 15 01:00", "0 1 15 * *"),
        ("*/5 * * * *", "*/5 * * * *"), ("0 2 1 jan mon", "0 2 1 JAN MON"),
    ],
)  # fmt: skip
def test_words_and_cron_say_when(when: str, cron: str) -> None:
    assert cron_of(when) == cron


@pytest.mark.parametrize(
    "when",
    ["", "never", "daily", "daily 25:00", "daily 02:60", "someday 02:00", "0 0 30 2 *", "* * * *", "0 * * * * *",
     "1 2 3 4 x", "60 * * * *", "monthly 32 01:00", "@daily", "0 0 * * 1#6"],
)  # fmt: skip
def test_what_says_no_time_is_refused(when: str) -> None:
    with pytest.raises(Refusal) as refused:
        cron_of(when)
    assert refused.value.problem.code == "SCHEDULE_WHEN"


@pytest.mark.parametrize("zone", ["", "Hanoi", "../etc/passwd", "UTC+7"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(Refusal):
        zone_of(zone)


def test_it_is_the_zones_clock_that_counts() -> None:
    assert next_after("0 2 * * *", HANOI, at("2026-11-25T00:00")) == at("2026-11-25T19:00")
    assert next_after("0 2 * * *", HANOI, at("2026-11-25T19:00")) == at("2026-11-26T19:00")


def test_over_a_change_of_clocks_a_time_of_day_comes_once_a_day() -> None:
    spring = following("30 2 * * *", BERLIN, "2026-03-27T12:00", 3)  # on the 29th there is no 02:30
    assert spring == [at("2026-03-28T01:30"), at("2026-03-29T01:00"), at("2026-03-30T00:30")]
    autumn = following("30 2 * * *", BERLIN, "2026-10-23T12:00", 3)  # on the 25th it is 02:30 twice
    assert [moment.date().isoformat() for moment in autumn] == ["2026-10-24", "2026-10-25", "2026-10-26"]


@pytest.mark.parametrize("start", ["2026-03-28T23:30", "2026-10-24T22:30"])
def test_over_a_change_of_clocks_every_hour_is_every_hour(start: str) -> None:
    times = following("0 * * * *", BERLIN, start, 6)
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {HOUR}


def test_of_several_that_were_missed_the_last_counts_within_the_grace() -> None:
    due, now = at("2026-11-01T19:00"), at("2026-11-25T20:00")
    assert last_until("0 2 * * *", HANOI, due, now, 2 * HOUR) == at("2026-11-25T19:00")
    assert last_until("0 2 * * *", HANOI, due, now, HOUR / 2) is None
    assert last_until("* * * * *", HANOI, due, now, HOUR) == now

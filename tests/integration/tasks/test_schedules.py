"""Schedules on a real PostgreSQL: several tickers, a clock that a test moves, and processors that die in between."""

import datetime
import threading
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any

import pytest

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskRef
from libs.contracts.tasks.schedules import MOST_SCHEDULES, SYSTEM_TENANT, Schedule, ScheduleBody
from libs.intake.audit import audit_entry
from libs.tasks.schedules.defaults import DEFAULTS, GRACE_S
from libs.tasks.schedules.desk import ScheduleDesk
from libs.tasks.schedules.measuring import measured
from libs.tasks.schedules.ticking import KEPT, Schedules
from libs.tasks.schedules.times import MOST_MISSED
from tests.integration.tasks.workplace.bench import Bench

DAY, HOUR, MINUTE, SECOND = (datetime.timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))
MONDAY = datetime.datetime(2026, 11, 23, 0, 0, tzinfo=datetime.UTC)
TWO_IN_HANOI = MONDAY + 19 * HOUR
NO_JOB = uuid.UUID(int=0)


class KilledError(BaseException):
    """Stands for the death of a processor."""


class Calendar:
    """One tenant's schedules, and three processors that look what is due."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.desk = ScheduleDesk(bench.tasks_pool)
        self.tickers = [Schedules(bench.pool) for _ in range(3)]

    def put(
        self, when: str = "daily 02:00", *, now: datetime.datetime = MONDAY, name: str = "nightly", **how: Any
    ) -> Schedule:
        body = ScheduleBody(type="count", when=when, parameters={"number": 1}, **how)
        return self.desk.put(self.bench.tenant, name, body, self.audit("schedule.put"), now).schedule

    def audit(self, action: str) -> Any:
        return audit_entry(self.bench.origin, action, NO_JOB, "", {})

    def tick(self, now: datetime.datetime) -> list[TaskRef]:
        """All three at once."""
        found: list[TaskRef] = []
        start = threading.Barrier(len(self.tickers))

        def one(ticker: Schedules) -> None:
            start.wait(10)
            found.extend(opened.ref for opened in ticker.tick(now))

        threads = [threading.Thread(target=one, args=(ticker,)) for ticker in self.tickers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return found

    def tasks(self) -> int:
        """How many jobs there are."""
        row = self.bench.sql.execute("SELECT count(*) AS n FROM work.task").fetchone()
        assert row
        return int(row["n"])

    def end_all(self) -> None:
        """Have all jobs be done."""
        self.bench.sql.execute("UPDATE work.task SET status = 'completed', progress = 100, finished_at = now()")

    def fires(self, name: str = "nightly") -> list[datetime.datetime]:
        """For which times it ran, newest first."""
        return [each.due_at for each in self.desk.story(self.bench.tenant, name).fires]


@pytest.fixture
def calendar(bench: Bench) -> Iterator[Calendar]:
    return Calendar(bench)


def test_what_is_due_is_opened_once_whoever_looks(calendar: Calendar) -> None:
    assert calendar.put().next_at == TWO_IN_HANOI
    assert calendar.tick(TWO_IN_HANOI - SECOND) == []

    (ref,) = calendar.tick(TWO_IN_HANOI)
    assert calendar.tick(TWO_IN_HANOI + SECOND) == []
    task = calendar.bench.task(ref)
    assert (task.type, task.parameters, task.created_by) == ("count", {"number": 1}, "schedule:nightly")
    assert calendar.bench.story(ref) == ["OPENED"]
    calendar.bench.runner().handle(ref)
    assert calendar.bench.task(ref).status == "completed"

    found = calendar.desk.find(calendar.bench.tenant, "nightly")
    assert found.next_at == TWO_IN_HANOI + DAY
    assert found.last
    assert (found.last.due_at, found.last.job_id, found.last.job_status) == (TWO_IN_HANOI, ref.task_id, "completed")
    rows = calendar.bench.sql.execute("SELECT action, actor FROM ingest.audit WHERE job_id = %s", [ref.task_id])
    assert [tuple(row.values()) for row in rows] == [("count.open", "schedule:nightly")]


def test_a_month_of_days_is_a_month_of_jobs_with_three_who_look(calendar: Calendar) -> None:
    calendar.put()
    for day in range(30):
        for moment in (TWO_IN_HANOI, TWO_IN_HANOI + 5 * HOUR):
            calendar.tick(moment + day * DAY)
        calendar.end_all()
    assert calendar.tasks() == 30
    assert calendar.fires() == [TWO_IN_HANOI + day * DAY for day in reversed(range(30))]


def test_one_who_dies_between_the_claim_and_the_job_leaves_it_to_the_others(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar.put()
    with monkeypatch.context() as patch:
        patch.setattr("libs.tasks.schedules.opening.crash_point", _die)
        with pytest.raises(KilledError):
            calendar.tickers[0].tick(TWO_IN_HANOI)
    assert (calendar.tasks(), calendar.fires()) == (0, [])

    assert len(calendar.tick(TWO_IN_HANOI + SECOND)) == 1
    assert (calendar.tasks(), calendar.fires()) == (1, [TWO_IN_HANOI])


def _die(name: str) -> None:
    raise KilledError(name)


def test_what_was_missed_runs_once_and_what_is_too_late_not_at_all(calendar: Calendar) -> None:
    calendar.put(grace_seconds=7_200)
    assert len(calendar.tick(TWO_IN_HANOI + 9 * DAY + HOUR)) == 1  # the clock has jumped, or nobody was there
    assert calendar.fires() == [TWO_IN_HANOI + 9 * DAY]
    calendar.end_all()
    assert calendar.tick(TWO_IN_HANOI + 20 * DAY + 3 * HOUR) == []
    assert calendar.tick(TWO_IN_HANOI + 20 * DAY + 4 * HOUR) == []
    assert calendar.desk.find(calendar.bench.tenant, "nightly").next_at == TWO_IN_HANOI + 21 * DAY

    fires = calendar.desk.story(calendar.bench.tenant, "nightly").fires
    assert [(fire.due_at, fire.missed, fire.job_id is None) for fire in fires] == [
        (TWO_IN_HANOI + 10 * DAY, 11, True), (TWO_IN_HANOI + 9 * DAY, 9, False),
    ]  # fmt: skip


def test_what_was_missed_is_counted_so_far(calendar: Calendar) -> None:
    calendar.put("* * * * *", grace_seconds=60)
    assert len(calendar.tick(MONDAY + 300 * DAY)) == 1
    assert calendar.desk.story(calendar.bench.tenant, "nightly").fires[0].missed == MOST_MISSED


def test_the_schedules_of_the_system_fire_once_each_with_three_who_look(calendar: Calendar) -> None:
    bench = calendar.bench
    for ticker in calendar.tickers:
        ticker.offer([each.type for each in DEFAULTS], MONDAY)
    for hour in range(8 * 24):
        calendar.tick(MONDAY + hour * HOUR)
        calendar.tick(MONDAY + hour * HOUR + 1.5 * SECOND)
        calendar.end_all()
    query = "SELECT created_by, type, count(*) AS n FROM work.task WHERE tenant_id = %s GROUP BY 1, 2 ORDER BY 1"
    assert [tuple(row.values()) for row in bench.sql.execute(query, [SYSTEM_TENANT])] == [
        ("schedule:backup", "backup", 8), ("schedule:report", "tenants", 2), ("schedule:retention", "retention", 8),
        ("schedule:rules", "tenants", 8),
    ]  # fmt: skip
    monday = calendar.desk.story(SYSTEM_TENANT, "report").fires[-1]
    assert monday.due_at.astimezone(zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%a %H:%M") == "Mon 08:00"


def test_what_people_make_of_a_schedule_of_the_system_stays(calendar: Calendar) -> None:
    ticker, audit = calendar.tickers[0], calendar.audit
    ticker.offer(["backup"], MONDAY)
    assert [each.name for each in calendar.desk.all(SYSTEM_TENANT)] == ["backup"], "there is none of a type unknown yet"
    ticker.offer(["backup", "retention"], MONDAY)
    calendar.bench.move(SYSTEM_TENANT)
    calendar.desk.pause(SYSTEM_TENANT, "backup", True, audit("schedule.pause"), MONDAY)
    calendar.desk.drop(SYSTEM_TENANT, "retention", audit("schedule.delete"))

    ticker.offer(["backup", "retention"], MONDAY + DAY)
    (left,) = calendar.desk.all(SYSTEM_TENANT)
    assert (left.name, left.paused, left.grace_seconds) == ("backup", True, GRACE_S)


def test_a_clock_that_is_set_back_runs_nothing_twice_and_goes_on_as_before(calendar: Calendar) -> None:
    calendar.put("hourly")
    for hour in (1, 2, 3):
        assert len(calendar.tick(MONDAY + hour * HOUR)) == 1
        calendar.end_all()
    for moment in (MONDAY + 1.5 * HOUR, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR + MINUTE):
        assert calendar.tick(moment) == []
    assert len(calendar.tick(MONDAY + 4 * HOUR)) == 1
    calendar.end_all()

    assert len(calendar.tick(MONDAY + 400 * DAY)) == 1  # a year ahead by mistake, and back
    calendar.end_all()
    assert calendar.tick(MONDAY + 4.5 * HOUR) == []
    assert len(calendar.tick(MONDAY + 5 * HOUR)) == 1
    assert calendar.tasks() == 6


def test_tickers_whose_clocks_differ_open_it_once(calendar: Calendar) -> None:
    calendar.put("*/5 * * * *")
    now = MONDAY + 3 * HOUR
    ahead, behind, _ = calendar.tickers
    seen = behind._due(now)
    assert len(seen) == 1
    assert len(ahead.tick(now + 6 * MINUTE)) == 1
    calendar.end_all()
    assert [behind._open(row, now) for row in seen] == [None]
    assert behind.tick(now) == []


@pytest.mark.parametrize(("night", "times"), [(datetime.date(2026, 3, 29), 1), (datetime.date(2026, 10, 25), 1)])
def test_over_a_change_of_clocks_it_runs_once_a_night(calendar: Calendar, night: datetime.date, times: int) -> None:
    moment = datetime.datetime.combine(night - DAY, datetime.time(12), datetime.UTC)
    calendar.put("daily 02:30", zone="Europe/Berlin", now=moment)
    for _ in range(4 * 24):  # a day, by the quarter of an hour
        moment += HOUR / 4
        calendar.tickers[0].tick(moment)
        calendar.end_all()
    assert calendar.tasks() == times


def test_while_the_job_before_has_not_ended_none_is_opened(calendar: Calendar) -> None:
    calendar.put("hourly")
    assert len(calendar.tick(MONDAY + HOUR)) == 1
    assert calendar.tick(MONDAY + 2 * HOUR) == []
    newest = calendar.desk.story(calendar.bench.tenant, "nightly").fires[0]
    assert (newest.due_at, newest.job_id) == (MONDAY + 2 * HOUR, None)
    schedule = calendar.desk.find(calendar.bench.tenant, "nightly")
    with pytest.raises(Refusal, match="SCHEDULE_BUSY"):
        calendar.desk.run(schedule, calendar.bench.tenant, calendar.audit("schedule.run"), MONDAY + 2.5 * HOUR)
    calendar.end_all()
    assert len(calendar.tick(MONDAY + 3 * HOUR)) == 1


def test_a_pause_makes_up_for_nothing(calendar: Calendar) -> None:
    calendar.put("hourly")
    tenant, audit = calendar.bench.tenant, calendar.audit
    assert calendar.desk.pause(tenant, "nightly", True, audit("schedule.pause"), MONDAY).next_at is None
    assert calendar.tick(MONDAY + 5 * HOUR) == []
    resumed = calendar.desk.pause(tenant, "nightly", False, audit("schedule.resume"), MONDAY + 5.5 * HOUR)
    assert resumed.next_at == MONDAY + 6 * HOUR
    assert len(calendar.tick(MONDAY + 6 * HOUR)) == 1


def test_somebody_has_it_run_now_and_that_changes_no_next_time(calendar: Calendar) -> None:
    schedule = calendar.put()
    ref = calendar.desk.run(schedule, calendar.bench.tenant, calendar.audit("schedule.run"), MONDAY)
    assert calendar.bench.task(ref).created_by == "tester"
    found = calendar.desk.find(calendar.bench.tenant, "nightly")
    assert (found.next_at, found.last and found.last.by) == (TWO_IN_HANOI, "tester")


def test_a_change_keeps_the_next_time_unless_it_is_about_that(calendar: Calendar) -> None:
    before = calendar.put(now=MONDAY)
    later = MONDAY + 2 * DAY
    assert calendar.put(now=later, grace_seconds=60).next_at == before.next_at
    assert calendar.put("daily 03:00", now=later).next_at == TWO_IN_HANOI + 2 * DAY + HOUR
    assert calendar.put("daily 03:00", now=later, paused=True).next_at is None
    assert calendar.put("daily 03:00", now=later).next_at == TWO_IN_HANOI + 2 * DAY + HOUR


def test_tenants_never_meet_and_the_system_is_one_of_them(calendar: Calendar) -> None:
    calendar.put()
    mine = calendar.bench.tenant
    for other in (uuid.uuid4(), SYSTEM_TENANT):
        calendar.bench.move(other)
        assert calendar.desk.all(other) == []
        with pytest.raises(Refusal, match="SCHEDULE_NOT_FOUND"):
            calendar.desk.drop(other, "nightly", calendar.audit("schedule.delete"))
        assert calendar.put().system is (other == SYSTEM_TENANT)
    assert {ref.tenant_id for ref in calendar.tick(TWO_IN_HANOI)} >= {mine, SYSTEM_TENANT}
    assert calendar.tasks() == 3


def test_a_tenant_has_so_many_and_old_fires_are_forgotten(calendar: Calendar) -> None:
    for number in range(MOST_SCHEDULES):
        calendar.put(name=f"s-{number}")
    with pytest.raises(Refusal, match="SCHEDULES_OF_TENANT"):
        calendar.put(name="one-more")
    calendar.put(name="s-0", grace_seconds=60)

    calendar.tickers[0].tick(TWO_IN_HANOI)
    assert calendar.fires("s-1") == [TWO_IN_HANOI]
    calendar.end_all()
    calendar.tickers[0].tick(TWO_IN_HANOI + KEPT + 2 * DAY)
    assert len(calendar.fires("s-1")) == 1


def test_a_schedule_that_is_gone_is_due_no_more(calendar: Calendar) -> None:
    calendar.put()
    calendar.desk.drop(calendar.bench.tenant, "nightly", calendar.audit("schedule.delete"))
    assert calendar.tick(TWO_IN_HANOI) == []
    with pytest.raises(Refusal, match="SCHEDULE_NOT_FOUND"):
        calendar.desk.find(calendar.bench.tenant, "nightly")


def test_how_late_the_tick_is_and_when_those_of_the_system_ran_is_measured(calendar: Calendar) -> None:
    schedules, pool = calendar.tickers[0], calendar.bench.pool
    schedules.offer(["backup", "retention"], schedules.now())
    calendar.put("daily 02:00", now=schedules.now())
    calendar.bench.sql.execute("UPDATE work.schedule SET created_at = created_at - interval '3 days'")
    before = measured(pool)
    assert before["sluice_schedules_overdue_seconds"] == {(): 0.0}
    assert before["sluice_schedule_age_seconds"].keys() == {("backup",), ("retention",)}
    assert min(before["sluice_schedule_age_seconds"].values()) >= 3 * DAY.total_seconds()

    calendar.bench.sql.execute("UPDATE work.schedule SET due_at = now() - interval '1 hour' WHERE name <> 'retention'")
    assert HOUR.total_seconds() <= measured(pool)["sluice_schedules_overdue_seconds"][()] < 2 * HOUR.total_seconds()
    schedules.tick(schedules.now())
    calendar.bench.sql.execute("UPDATE work.schedule SET paused = true, due_at = NULL WHERE name = 'retention'")
    after = measured(pool)
    assert after["sluice_schedules_overdue_seconds"] == {(): 0.0}
    assert after["sluice_schedule_age_seconds"].keys() == {("backup",)}
    assert after["sluice_schedule_age_seconds"]["backup",] < MINUTE.total_seconds()

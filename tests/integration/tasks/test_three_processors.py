"""Three processors as processes, which keep the schedules of the system together, by a clock that a test moves."""

import datetime
import signal
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.local.servers.postgres import binaries
from libs.contracts.tasks.schedules import DEFAULT_ZONE, SYSTEM_TENANT, Fire
from libs.tasks.schedules.defaults import DEFAULTS
from libs.tasks.schedules.desk import ScheduleDesk
from tests.integration.tasks.test_process import Processor, Start, start
from tests.integration.tasks.types.test_backup import PASSWORD
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.clock import Clock
from tests.integration.tasks.workplace.processor import TICK_S
from tests.waiting import wait_until

__all__ = ["start"]

THREE = ("one", "two", "three")
DAY, SECOND = datetime.timedelta(days=1), datetime.timedelta(seconds=1)
MONDAY = datetime.datetime(2026, 11, 30, 1, 0, tzinfo=ZoneInfo(DEFAULT_ZONE))
"""An hour before the first of them."""
DUE = {"backup": 2, "retention": 3, "rules": 5, "report": 8}
"""At which hour of this day."""


class Days:
    """Three processors, and days that pass as a test says."""

    def __init__(self, bench: Bench, clock: Clock, start: Start, folder: Path) -> None:
        self._bench, self._clock, self._start = bench, clock, start
        self._desk = ScheduleDesk(bench.tasks_pool)
        login = make_conninfo(bench.sql.info.dsn, password=PASSWORD, user="sluice_backup")
        self._settings = {
            "backup_dir": folder / "backups", "backup_programs": binaries(), "backup_database_url": login,
        }  # fmt: skip

    def begin(self, **settings: object) -> list[Processor]:
        """Start all three; they look at the clock as it is."""
        return [self._start(name, **self._settings, **settings) for name in THREE]

    def offered(self) -> bool:
        return len(self._desk.all(SYSTEM_TENANT)) == len(DEFAULTS)

    def jump(self, moment: datetime.datetime) -> None:
        """Have it be this moment."""
        self._clock.move(moment)

    def come(self, moment: datetime.datetime) -> None:
        """Have it be this moment, and all three look at the clock twice."""
        self.jump(moment)
        for since in (moment, moment + 1.5 * TICK_S * SECOND):
            wait_until(lambda since=since: len(self._clock.looked(since)) >= len(THREE), 40, "all three look")

    def fires(self, name: str) -> list[Fire]:
        return self._desk.story(SYSTEM_TENANT, name).fires

    def ended(self, name: str, times: int) -> None:
        """It has run so many times, and each job has come to its end."""

        def look() -> bool:
            fires = self.fires(name)
            return len(fires) >= times and all(fire.job_status == "completed" for fire in fires)

        wait_until(look, 60, f"{name} has run: {self.fires(name)}")
        assert len(self.fires(name)) == times

    def jobs(self) -> dict[str, int]:
        """How many each schedule has opened."""
        rows = self._bench.sql.execute("SELECT created_by AS name, count(*) AS n FROM work.task GROUP BY 1")
        return {row["name"].removeprefix("schedule:"): row["n"] for row in rows}


@pytest.fixture
def days(bench: Bench, database_url: str, start: Start, tmp_path: Path) -> Iterator[Days]:
    clock = Clock(database_url)
    clock.move(MONDAY)
    bench.sql.execute(sql.SQL("ALTER ROLE sluice_backup PASSWORD {}").format(sql.Literal(PASSWORD)))
    yield Days(bench, clock, start, tmp_path)
    clock.close()


def test_each_of_them_fires_once_and_once_more_after_the_clock_has_jumped(days: Days) -> None:
    days.begin()
    wait_until(days.offered, 40, "all schedules are offered")
    for name, hour in DUE.items():
        due = MONDAY.replace(hour=hour)
        days.come(due - 30 * SECOND)
        assert name not in days.jobs(), "it is not yet due"
        days.come(due)
        days.ended(name, 1)
        assert [fire.due_at for fire in days.fires(name)] == [due]
    assert days.jobs() == dict.fromkeys(DUE, 1)

    days.come(MONDAY.replace(hour=12) + 7 * DAY)  # nobody was there for a week
    for name, hour in DUE.items():
        days.ended(name, 2)
        newest = days.fires(name)[0]
        assert (newest.due_at, newest.missed) == (MONDAY.replace(hour=hour) + 7 * DAY, 0 if name == "report" else 6)
    assert days.jobs() == dict.fromkeys(DUE, 2)


def test_whoever_dies_between_the_claim_and_the_job_leaves_it_to_the_others(days: Days) -> None:
    dying = days.begin(SLUICE_CRASH_AT="schedule.after_claim")
    wait_until(days.offered, 40, "all schedules are offered")
    days.come(MONDAY + 30 * SECOND)
    days.jump(MONDAY.replace(hour=12))
    assert [each.process.wait(30) for each in dying] == [-signal.SIGKILL] * len(THREE)
    assert (days.jobs(), days.fires("backup")) == ({}, [])

    days.begin()
    for name in DUE:
        days.ended(name, 1)
    assert days.jobs() == dict.fromkeys(DUE, 1)

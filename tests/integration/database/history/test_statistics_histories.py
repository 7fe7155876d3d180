"""Whatever writers, retries and processors do, in any order: a reader is told what the ledger holds."""

import datetime
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.integration.database.history.ledgers import MINUTE, Ledger

MOST_OPEN = 4
LONG_AGO = 20 * 24 * 60
"""Minutes."""


class History(RuleBasedStateMachine):
    """Writers, retries, ends and two processors, in any order."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.ledger = Ledger(self.url)
        self.rollups = [self.ledger.rollup(), self.ledger.rollup()]
        self.ledger.check()
        self.jobs: dict[uuid.UUID, bool] = {}
        self.open: list[tuple[Any, uuid.UUID, bool]] = []

    def at(self, minutes: int) -> datetime.datetime:
        return self.ledger.now - minutes * MINUTE

    @rule(minutes=st.sampled_from([0, 1, 2, 60, LONG_AGO]), failed=st.booleans())
    def write(self, minutes: int, *, failed: bool) -> None:
        job = self.ledger.job()
        self.ledger.chunk(job, self.at(minutes), failed=failed)
        self.jobs[job] = failed

    @rule(minutes=st.sampled_from([0, 1, 2, 60, LONG_AGO]), failed=st.booleans())
    def write_and_wait(self, minutes: int, *, failed: bool) -> None:
        if len(self.open) < MOST_OPEN:
            job, session = self.ledger.job(), self.ledger.session()
            self.ledger.chunk(job, self.at(minutes), failed=failed, session=session)
            self.open.append((session, job, failed))

    @rule(first=st.booleans())
    def commit(self, *, first: bool) -> None:
        if self.open:
            session, job, failed = self.open.pop(0 if first else -1)
            session.commit()
            session.close()
            self.jobs[job] = failed

    @rule(minutes=st.sampled_from([0, 1, 60]))
    def die_and_lose(self, minutes: int) -> None:
        if self.open:
            session, job, _ = self.open.pop()
            session.rollback()
            session.close()
            self.ledger.end(job, self.at(minutes), failed=True)

    @rule(minutes=st.sampled_from([0, 1, 60]))
    def retry(self, minutes: int) -> None:
        for job, failed in self.jobs.items():
            if failed:
                self.ledger.reopen(job)
                self.ledger.move(job, self.at(minutes))
                self.jobs[job] = False
                return

    @rule(minutes=st.sampled_from([0, 1, 60, LONG_AGO]), place=st.integers(0, 5))
    def end(self, minutes: int, place: int) -> None:
        if self.jobs:
            job, failed = list(self.jobs.items())[place % len(self.jobs)]
            self.ledger.end(job, self.at(minutes), failed=failed)

    @rule(which=st.integers(0, 1))
    def count(self, which: int) -> None:
        self.rollups[which].run()

    @invariant()
    def exact(self) -> None:
        self.ledger.check()

    def teardown(self) -> None:
        for session, _, _ in self.open:
            session.commit()
            session.close()
        self.ledger.check_counted(self.rollups[0])
        self.ledger.close()


@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_any_history_is_told_as_the_ledger_has_it(database_url: str, examples: int) -> None:
    class OnThisDatabase(History):
        url = database_url

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnThisDatabase,
        settings=settings(
            max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

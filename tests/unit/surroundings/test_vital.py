"""Threads that a process cannot do without."""

import json
import subprocess
import sys
import threading

import psycopg

from libs.telemetry.process.vital import ENDED
from libs.telemetry.ticker import Ticker
from tests.root import ROOT
from tests.waiting import wait_until

TICKS_NO_MORE = """
import sys, threading
from libs.telemetry.logging import configure
from libs.telemetry.ticker import Ticker
configure("info", "writer")
Ticker("sweep", 0.01, lambda: sys.exit(0), patience_s=1).start()
threading.Event().wait(30)
"""


def test_a_process_ends_with_a_thread_that_kept_a_promise() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TICKS_NO_MORE], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == ENDED
    assert json.loads(done.stderr).items() >= {"event": "vital_thread_ended", "thread": "sweep"}.items()


def test_a_thread_that_was_told_to_stop_ends_alone() -> None:
    ticked = threading.Event()
    ticker = Ticker("sweep", 0.01, ticked.set, patience_s=60)
    ticker.start()
    assert ticked.wait(10)
    ticker.stop()
    assert not ticker._thread.is_alive()


def test_a_ticker_is_late_until_a_tick_ends_well() -> None:
    broken = True

    def tick() -> None:
        if broken:
            raise ArithmeticError

    ticker = Ticker("sweep", 0.01, tick, patience_s=0.3)
    ticker.start()
    assert not ticker.late
    wait_until(lambda: ticker.late, 10, "a late ticker")
    broken = False
    wait_until(lambda: not ticker.late, 10, "a ticker that ticks again")
    ticker.stop()


def test_a_store_that_is_away_makes_no_ticker_late() -> None:
    calls = []

    def tick() -> None:
        calls.append(1)
        raise psycopg.OperationalError

    ticker = Ticker("audit", 0.01, tick, patience_s=0.2, excused=(psycopg.OperationalError,))
    ticker.start()
    wait_until(lambda: len(calls) > 40, 10, "many ticks")
    assert not ticker.late
    ticker.stop()

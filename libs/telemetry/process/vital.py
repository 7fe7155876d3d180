"""Threads without which a process is of no use: where one ends by an error, the process ends, and is started again."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import structlog

from libs.telemetry.process.outlet import AT_EXIT_S, Outlet

log = structlog.get_logger()

ENDED = 70
"""The exit status of a process that has lost a vital thread."""


def vital_thread(name: str, work: Callable[[], object]) -> threading.Thread:
    """A daemon thread, not started yet, that does `work`; `work` returns only when it was told to.

    Nothing is finished or given back at such an end, as at a kill: all that is promised is kept by others then.
    """

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 -- whatever it was, nobody keeps the promise any more
            end_process(name, error)

    return threading.Thread(target=run, name=name, daemon=True)


def end_process(thread: str, error: BaseException | None = None) -> NoReturn:
    """End this process at once, because it has lost that thread; say so as far as that can be done."""
    with suppress(Exception):
        log.critical("vital_thread_ended", thread=thread, exc_info=error)
        standard: object = sys.stderr
        if isinstance(standard, Outlet):
            standard.drain(AT_EXIT_S)
    os._exit(ENDED)

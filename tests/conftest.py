"""For all tests: English, plain tracebacks in logs, and groups of tests that share a service stay together."""

import os
import signal
import sys
from collections.abc import Generator

import pytest
import structlog

from tests.grouping import group

# Whatever the locale is; the help of a command is worded when it is imported.
os.environ["SLUICE_LANG"] = "en"

# Each of the hundreds of processes that tests start would compile all of Sluice anew, and pytest all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell's background jobs ignore Ctrl-C, and so would whatever the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# structlog's own tracebacks, with the values of every frame, take longer than most tests.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Have those that share a service be a group, and `--dist loadgroup` see the groups.

    pytest-xdist 3.8 writes a group into an attribute that pytest 9.2 does not read any more.
    """
    group(items)
    yield
    for item in items:
        grouped = vars(item).get("_nodeid")
        if grouped and grouped != item.nodeid:
            item._id = type(item._id).parse(grouped)

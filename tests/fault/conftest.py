"""Fault tests run against real servers; those that share them get a database and a namespace of their own."""

from collections.abc import Iterator

import pytest

from tests.servers import postgres, template, valkey
from tests.system.api import Stack
from tests.system.conftest import started_stack

__all__ = ["postgres", "template", "valkey"]

NOTICED = "noticed"
"""The property of a test that removes a guarantee: what failed without it."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each guarantee that was removed, together at the end, from whichever process removed it."""
    reports = terminalreporter.getreports("passed")
    lines = [line for report in reports for name, line in report.user_properties if name == NOTICED]
    if lines:
        terminalreporter.section("without -> fails")
        terminalreporter.write("".join(f"{line}\n" for line in lines))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of the module's own, with the settings of production and two writers."""
    data_dir = tmp_path_factory.mktemp("stack")
    with started_stack(data_dir):
        stack = Stack(data_dir)
        yield stack
        stack.close()

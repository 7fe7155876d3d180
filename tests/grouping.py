"""Which tests stay together in one process: those that share what takes long to start.

Without it each process that gets one test of a module starts all of the module's services for it.
"""

from collections.abc import Iterator

import pytest

COMMON = "tests.servers"
"""What each process has anyway."""


def shared(item: pytest.Item) -> Iterator[str]:
    """Where what a test shares with others is at home: a folder, or else its module."""
    if isinstance(item, pytest.Function):
        fixtures = [found[-1] for found in item._fixtureinfo.name2fixturedefs.values()]
        ours = [each for each in fixtures if each.func.__module__ != COMMON]
        yield from (each.baseid for each in ours if each.scope == "package")
        yield from (item.nodeid.split("::")[0] for each in ours if each.scope == "module")


def group(items: list[pytest.Item]) -> None:
    """Mark those that are not marked, for `--dist loadgroup`."""
    for item in items:
        name = next(shared(item), None)
        if name and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(name))

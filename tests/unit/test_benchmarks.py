"""The benchmarks are run by hand: that their parts find one another is seen here."""

import importlib
import pkgutil

import pytest

import tests.benchmarks

NAMES = [each.name for each in pkgutil.walk_packages(tests.benchmarks.__path__, "tests.benchmarks.")]
PEERS = "tests.benchmarks.peers."
"""What runs in an environment of its own, with libraries of others."""


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(PEERS)])
def test_each_module_can_be_imported(name: str) -> None:
    assert importlib.import_module(name)

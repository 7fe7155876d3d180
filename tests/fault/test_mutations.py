"""The proof of the tests: without each guarantee, the tests that guard it fail; with all of them, they pass."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.services import ROOT
from tests.fault.conftest import NOTICED
from tests.fault.faults.mutations import MUTATIONS, Mutation

pytestmark = pytest.mark.slow
PARTS = ("libs", "services", "deploy", "tests")
LONGEST_S = 900.0
"""Hypothesis looks for the smallest example of what has failed."""
PASSED, SOME_FAILED = 0, 1
"""Exit statuses of pytest; all others mean that it could not run the tests."""


def run(root: Path, tests: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run these tests on the sources below `root`, up to the first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-m", "", "-p", "no:cacheprovider", f"--basetemp={root / 'tmp'}"]
    own = ("SLUICE_", "PYTEST_", "SEED")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return subprocess.run(
        [*command, *tests], cwd=root, env=environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True,
        timeout=LONGEST_S, check=False,
    )  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources."""
    root = tmp_path / "tree"
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_the_copy_is_as_good_as_the_original(tree: Path) -> None:
    done = run(tree, tuple(dict.fromkeys(test for mutation in MUTATIONS for test in mutation.tests)))
    assert done.returncode == PASSED, done.stdout[-4_000:]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name.replace(" ", "-") for mutation in MUTATIONS])
def test_the_tests_notice_that(tree: Path, record_property: Callable[[str, object], None], mutation: Mutation) -> None:
    mutation.apply(tree)
    began = time.monotonic()
    done = run(tree, mutation.tests)
    assert done.returncode == SOME_FAILED, done.stdout[-4_000:]
    failed = re.findall(r"^FAILED (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    assert failed, done.stdout[-4_000:]
    why = re.findall(r"^E\s+(.+)$", done.stdout, re.MULTILINE)
    because = why[0][:160] if why else ""
    record_property(NOTICED, f"{mutation.name} -> {failed[0]} ({time.monotonic() - began:.0f} s): {because}")

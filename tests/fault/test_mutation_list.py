"""The guarantees that `make test-mutations` removes are where it looks for them."""

import subprocess
import sys

import pytest

from tests.fault.faults.mutations import MUTATIONS, Mutation
from tests.root import ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name.replace(" ", "-") for mutation in MUTATIONS])
def test_what_is_removed_stands_in_its_file_once(mutation: Mutation) -> None:
    assert (ROOT / mutation.path).read_text().count(mutation.old) == 1


def test_no_guarantee_is_named_twice() -> None:
    names = [mutation.name for mutation in MUTATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name.replace(" ", "-") for mutation in MUTATIONS])
def test_the_tests_that_must_fail_then_exist(mutation: Mutation) -> None:
    assert mutation.tests
    for test in mutation.tests:
        path, *name = test.split("::")
        assert not name or f"def {name[0].partition('[')[0]}(" in (ROOT / path).read_text()
        assert (ROOT / path).exists()


def test_their_cases_exist() -> None:
    """A case that was renamed is not found by its name, and pytest then runs nothing, which is not noticed either."""
    cases = {test for mutation in MUTATIONS for test in mutation.tests if "[" in test}
    command = (sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-m", "", "-p", "no:cacheprovider", *cases)
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr[-2_000:]

"""The Dockerfile and the scripts by their linters, and what every image must be."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.locked import BLOCK, locked
from tests.deploy.installation.dockerfile import DOCKERFILE, Stage, stages
from tests.root import ROOT

BIN = Path(sys.executable).parent
SERVICES = ("ingest", "writer", "processor", "console", "command")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def tool(name: str) -> str:
    """Where a program of the lock is."""
    found = shutil.which(name, path=BIN)
    assert found, f"{name} is not in the environment: make install"
    return found


def line_of(stage: Stage) -> Iterator[Stage]:
    """A stage and those that it comes from."""
    known = stages()
    while stage.name in known:
        yield stage
        if stage.parent not in known:
            return
        stage = known[stage.parent]


def test_hadolint_finds_nothing() -> None:
    assert subprocess.run([tool("hadolint"), DOCKERFILE], check=False).returncode == 0


def test_shellcheck_finds_nothing() -> None:
    scripts = [path for path in ROOT.glob("deploy/**/*.sh") if "secrets/" not in str(path)]
    assert scripts
    command = [tool("shellcheck"), "--severity=style", *map(str, scripts), str(ROOT / ".ci" / "run")]
    assert subprocess.run(command, check=False).returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_runs_as_a_user_without_rights(name: str) -> None:
    users = [stage.last("USER") for stage in line_of(stages()[name])]
    assert next(filter(None, users)) == ["10001:10001"]


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_installs_its_own_extra(name: str) -> None:
    lines = [step.text for step in stages()[f"{name}-installed"].steps if step.name == "RUN"]
    assert lines[0].partition(" && ")[0].strip() == f"sh deploy/install.sh /sluice {name} ${{EXTRAS}}"
    assert lines[1:] == ["python3 -m pip --python /sluice/bin/python install --quiet --no-index --no-deps dist/*.whl"]


@pytest.mark.parametrize("extra", [*SERVICES, "s3", "parquet", "backup", "traces"])
def test_an_extra_is_locked_with_all_that_it_takes(extra: str) -> None:
    """By what the installed packages say of themselves; the lock says the same."""
    taken = {canonicalize_name(found[1]) for found in BLOCK.finditer(locked(PROJECT, LOCK, [extra]))}
    needed = set(needs("sluice", frozenset({extra})))
    assert needed - taken == set()
    assert {"pytest", "ruff", "falcon", "typst", "pikepdf"} & (taken - needed) == set()


def needs(name: str, extras: frozenset[str]) -> Iterator[str]:
    """The names of what a package needs here, its own left out."""
    seen: set[tuple[str, frozenset[str]]] = set()
    open_: list[tuple[str, frozenset[str]]] = [(name, extras)]
    while open_:
        wanted = open_.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            requirements = map(Requirement, distribution(wanted[0]).requires or [])
        except PackageNotFoundError:  # pragma: no cover -- another platform's
            continue
        open_ += [
            (canonicalize_name(found.name), frozenset(found.extras))
            for found in requirements
            if _asked(found, wanted[1])
        ]
    return (found for found, _ in seen if found != name)


def _asked(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def test_what_is_copied_is_in_the_context() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").split()
    kept = [line[1:] for line in lines if line.startswith("!")]
    copied = [step.words[:-1] for stage in stages().values() for step in stage.steps if step.name == "COPY"]
    for source in (source for sources in copied if "--from=" not in sources[0] for source in sources):
        assert any(source == one or source.startswith(f"{one}/") for one in kept), source
    assert "deploy/secrets" in lines

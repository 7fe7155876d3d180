"""`python deploy/locked.py EXTRA ...`: prints the part of requirements.lock that these extras of the project take.

An image holds what its service needs, from the one lock and with its hashes. Each package there says who asks for it,
so what an extra takes is known before anything is installed; this needs the standard library alone. `build` is what
the project is built with.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUILD = "build"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")
BLOCK = re.compile(r"^([a-z0-9-]+)==.*?(?=^[a-z0-9-]+==|\Z)", re.MULTILINE | re.DOTALL)
_ASKS = re.compile(r"^    #(?: via|  ) +([A-Za-z0-9._-]+)", re.MULTILINE)


def locked(project: Mapping[str, Any], lock: str, extras: Iterable[str]) -> str:
    """The blocks of the lock that these extras take, in its order. Raises KeyError for what is not there."""
    blocks = {found[1]: found[0] for found in BLOCK.finditer(lock)}
    asked: dict[str, set[str]] = {name: set() for name in blocks}
    for name, block in blocks.items():
        for who in _ASKS.findall(block):
            asked.setdefault(_normal(who), set()).add(name)
    wanted = {name for extra in extras for name in _of_extra(project, extra)}
    taken: set[str] = set()
    while wanted:
        taken |= wanted
        wanted = {name for asking in wanted for name in asked[asking]} - taken
    return "".join(block for name, block in blocks.items() if name in taken)


def _of_extra(project: Mapping[str, Any], extra: str) -> Iterator[str]:
    """What an extra names, those of other extras that it names included, and what every one takes."""
    if extra == BUILD:
        requirements = project["build-system"]["requires"]
    else:
        about = project["project"]
        requirements = [*about["dependencies"], *about["optional-dependencies"][extra]]
    for requirement in requirements:
        name, extras = _REQUIREMENT.match(requirement).groups()  # type: ignore[union-attr]
        if _normal(name) != _normal(project["project"]["name"]):
            yield _normal(name)
        else:
            for other in extras.split(","):
                yield from _of_extra(project, other.strip())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Print what the extras on the command line take."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    sys.stdout.write(locked(project, lock, sys.argv[1:]))


if __name__ == "__main__":
    main()

"""A Dockerfile, read: its stages with what each does, so that no test has a copy of it."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from tests.root import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass(frozen=True)
class Step:
    """An instruction and the rest of its line."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """As a shell would part them, or as JSON has them."""
        words: list[str] = json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)
        return words


@dataclass
class Stage:
    """One FROM and what follows it."""

    name: str
    parent: str
    steps: list[Step] = field(default_factory=list)

    def last(self, name: str) -> list[str] | None:
        """The words of its last instruction of this name, if it has one."""
        found = [step.words for step in self.steps if step.name == name]
        return found[-1] if found else None


def stages(path: Path = DOCKERFILE) -> dict[str, Stage]:
    """All stages by name, in their order."""
    read: dict[str, Stage] = {}
    for step in _steps(path.read_text("utf-8")):
        if step.name == "FROM":
            parent, _, name = step.words
            current = read[name] = Stage(name, parent)
        elif read:
            current.steps.append(step)
    return read


def _steps(text: str) -> list[Step]:
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    whole = re.sub(r"\\\n\s*", "", lines).splitlines()
    return [Step(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in whole if line.strip())]

"""What the scanners know: every answer, on the disk before its scanner goes on.

One file a scanner, a JSON object a line. What is not in a file was never acknowledged to anybody.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.system.samples import Json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Answer:
    """One attempt to post a batch, and what came of it."""

    batch: str
    status: int
    """The HTTP status; 0 where no answer came."""
    job: str = ""
    """The job that the answer names: then the batch is acknowledged."""
    ids: tuple[str | None, ...] = ()
    counts: Json = field(default_factory=dict)
    """The counters of an answer that waited for the write."""
    code: str = ""
    """The code of a refusal."""

    @property
    def acknowledged(self) -> bool:
        """Whether the system has promised to do what the batch asks for, or said what has become of it."""
        return bool(self.job)

    @property
    def unknown(self) -> bool:
        """Whether nobody can know if the batch was taken."""
        return not self.job and (self.status == 0 or self.status >= 500) and self.code not in REFUSALS


REFUSALS = frozenset({"BACKLOG", "DRAINING"})
"""Codes of a 503 that is given before the body is read."""


class Log:
    """Writes the answers of one scanner."""

    def __init__(self, directory: Path, scanner: str) -> None:
        self._file = (directory / f"{scanner}.jsonl").open("a")

    def append(self, answer: "DataclassInstance") -> None:
        """Have what was answered on the disk when this returns."""
        self._file.write(json.dumps(asdict(answer)) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """No more is written."""
        self._file.close()


@dataclass(frozen=True)
class History:
    """All answers of a run, by batch, in the order of the attempts."""

    answers: dict[str, list[Answer]]

    @cached_property
    def acknowledged_jobs(self) -> frozenset[str]:
        """Every job that was ever named to anybody."""
        return frozenset(answer.job for some in self.answers.values() for answer in some if answer.acknowledged)

    @classmethod
    def read(cls, directory: Path) -> Self:
        """What the files of a directory hold."""
        answers: dict[str, list[Answer]] = defaultdict(list)
        for path in sorted(directory.glob("*.jsonl")):
            for line in path.read_text().splitlines():
                answer = Answer(**json.loads(line))
                answers[answer.batch].append(answer)
        return cls(dict(answers))

    def acknowledged(self) -> Iterator[Answer]:
        """Every acknowledgement."""
        for attempts in self.answers.values():
            yield from (answer for answer in attempts if answer.acknowledged)

    def outcome(self, batch: str) -> str:
        """`acknowledged`, `unknown` or `refused`; with a key, unknown ones are repeated until they are known."""
        attempts = self.answers[batch]
        if any(answer.acknowledged for answer in attempts):
            return "acknowledged"
        return "unknown" if any(answer.unknown for answer in attempts) else "refused"

    def figures(self) -> dict[str, int]:
        """How many batches ended how, and how many attempts got no answer."""
        outcomes = [self.outcome(batch) for batch in self.answers]
        attempts = [answer for each in self.answers.values() for answer in each]
        return {
            **{name: outcomes.count(name) for name in ("acknowledged", "unknown", "refused")},
            "attempts": len(attempts),
            "attempts without answer": sum(answer.unknown for answer in attempts),
        }

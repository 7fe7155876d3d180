"""What those who bring files know: every answer, on the disk before the next request is sent."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Told:
    """One request about a file, and what was answered."""

    file: str
    call: str
    """What was asked for: `create`, `send`, `look` and `whole` of an upload, `load`, then `watch`, `cancel` and `retry`
    of a load, and `content` and `rejects` of both."""
    status: int
    """The HTTP status; 0 where no answer came."""
    code: str = ""
    """The code of a refusal."""
    file_id: str = ""
    offset: int | None = None
    """How much of the file is said to be durable."""
    sha256: str = ""
    """Of the whole file, as the system says or as its bytes come back; of the rejects as they came back."""
    job: str = ""
    """The load that the answer names."""


@dataclass(frozen=True)
class FileHistory:
    """All that was told of the files of a run, by file, in order."""

    told: dict[str, list[Told]]

    @classmethod
    def read(cls, directory: Path) -> Self:
        """What the logs in a directory hold."""
        told: dict[str, list[Told]] = defaultdict(list)
        for path in sorted(directory.glob("*.jsonl")):
            for line in path.read_text().splitlines():
                each = Told(**json.loads(line))
                told[each.file].append(each)
        return cls(dict(told))

    def of(self, file: str, *calls: str) -> list[Told]:
        """What was answered, and not refused, to these calls about a file."""
        return [told for told in self.told.get(file, []) if told.call in calls and 200 <= told.status < 300]

    def loads(self, file: str) -> set[str]:
        """The loads that were acknowledged."""
        return {told.job for told in self.of(file, "load")}

    def figures(self) -> dict[str, int]:
        """How many files, loads and requests without an answer."""
        return {
            "files": len(self.told),
            "loads": sum(len(self.loads(file)) for file in self.told),
            "file requests": sum(map(len, self.told.values())),
            "file requests without answer": sum(not each.status for told in self.told.values() for each in told),
        }

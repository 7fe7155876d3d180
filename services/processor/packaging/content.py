"""What a package says, as a file among the tenant's: all others are made of it and say the same, whoever makes them."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from libs.compliance.packages.content import Block, encode_lines
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.uploads.files import FileStore
from libs.uploads.receiving import storing
from services.processor.transforming.output import LostOutputError, Output

AT_ONCE = 20
"""Blocks."""
PIECE = 1024 * 1024


class Content:
    """The content of one package, of one generation."""

    def __init__(self, files: FileStore, task: Task, name: str, generation: int) -> None:
        self._files = files
        self._task = task
        self._output = Output(files, task, f"content-{generation}", name, 0)

    def write(self, blocks: Iterable[Block]) -> None:
        """Keep all of it. Raises Refusal, psycopg.Error, and whatever the blocks raise.

        What a run before has left of it says what the inventory was then: raises LostOutputError, and it goes.
        """
        if self._output.begun:
            self.forget()
            raise LostOutputError
        left = iter(blocks)
        while some := list(islice(left, AT_ONCE)):
            self._output.write(encode_lines(some))
        self._output.finish()

    @property
    def is_there(self) -> bool:
        """Whether all of it is kept."""
        file = self._files.file(self._task.tenant_id, self._output.file_id)
        return file is not None and file.state == "complete"

    def fetch(self, path: Path) -> None:
        """Have it as a file on disk. Raises Refusal, OSError, and what `Content.read` raises."""
        content = self._files.content(self._task.tenant_id, self._output.file_id)
        with path.open("wb") as file:
            while piece := content.read(PIECE):
                with storing():
                    file.write(piece)

    def forget(self) -> None:
        """Have it go; nobody needs it any more."""
        try:
            self._files.delete(self._task.tenant_id, self._output.file_id)
        except Refusal as refusal:
            if refusal.problem.code != "FILE_NOT_FOUND":
                raise

"""A file that a task makes: it goes on where a run before has left it, since the same rows make the same bytes."""

import uuid

from libs.contracts.files.file import StoredFile
from libs.contracts.tasks.kinds import Task
from libs.uploads.files import FileStore
from libs.uploads.receiving import Receiving
from libs.uploads.rows import NewFile


class LostOutputError(Exception):
    """What a run before has made is not there any more: somebody has taken it away, or it was kept long enough."""


class Output:
    """One file in the making. `at` bytes of it were made before the last checkpoint; what follows is made again.

    Raises LostOutputError where there are fewer; every method raises Refusal and psycopg.Error.
    """

    def __init__(self, files: FileStore, task: Task, part: str, name: str, at: int) -> None:
        self.file_id = uuid.uuid5(task.task_id, part)
        self.at = at
        """Where the next byte goes."""
        self._files = files
        self._task = task
        self._name = name
        self._known: StoredFile | None = files.file(task.tenant_id, self.file_id)
        self._durable = self._known.received if self._known else 0
        self._receiving: Receiving | None = None
        if self._durable < at:
            raise LostOutputError

    @property
    def begun(self) -> bool:
        """Whether there is anything of it."""
        return self._known is not None or self._receiving is not None

    def write(self, data: bytes) -> None:
        """Add what comes next; what is durable already is passed over."""
        new = data[max(self._durable - self.at, 0) :]
        self.at += len(data)
        if not self._complete and (new or not self.begun):
            self._open().add(new)

    def save(self) -> None:
        """Have all of it be durable."""
        if self._receiving:
            self._receiving.save()

    def finish(self) -> None:
        """Have it be complete."""
        if self.begun and not self._complete:
            self._open().finish()

    @property
    def _complete(self) -> bool:
        return self._known is not None and self._known.state == "complete"

    def _open(self) -> Receiving:
        if self._receiving is None:
            task = self._task
            new = NewFile(
                tenant_id=task.tenant_id, file_id=self.file_id, name=self._name, size=None, created_by=task.created_by
            )
            known = self._known is not None
            self._receiving = self._files.go_on(task.tenant_id, self.file_id) if known else self._files.begin(new)
        return self._receiving

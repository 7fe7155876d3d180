"""A file that a task makes: it goes on where a run before has left it, since the same rows make the same bytes."""

import uuid

from libs.contracts.tasks.kinds import Task
from libs.uploads.files import FileStore
from libs.uploads.names import LONGEST_NAME
from libs.uploads.receiving import Receiving
from libs.uploads.rows import NewFile


class Output:
    """One file in the making. `at` says how much of it the checkpoint knows: bytes from there on are made again.

    Every method raises Refusal and psycopg.Error.
    """

    def __init__(self, files: FileStore, task: Task, part: str, name: str, at: int) -> None:
        self.file_id = uuid.uuid5(task.task_id, part)
        self.at = at
        """Where the next byte goes."""
        self._files = files
        self._task = task
        self._name = name[-LONGEST_NAME:]
        self._receiving: Receiving | None = None
        known = files.file(task.tenant_id, self.file_id)
        self._complete = known is not None and known.state == "complete"
        if known and not self._complete:
            self._receiving = files.go_on(task.tenant_id, self.file_id)
        self._durable = known.received if known else 0

    @property
    def begun(self) -> bool:
        """Whether there is anything of it."""
        return self._receiving is not None or self._complete

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
        if not self._complete:
            self._open().finish()
            self._complete = True

    def _open(self) -> Receiving:
        if self._receiving is None:
            task = self._task
            new = NewFile(
                tenant_id=task.tenant_id, file_id=self.file_id, name=self._name, size=None, created_by=task.created_by
            )
            self._receiving = self._files.begin(new)
        return self._receiving

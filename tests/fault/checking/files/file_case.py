"""The files of a run that is over, as the rules of the checker see them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tests.fault.checking.files.file_history import FileHistory
from tests.fault.checking.files.stored_files import StoredFiles
from tests.fault.checking.stored import Stored
from tests.fault.running.couriers.files import File, Files
from tests.system.samples import Json


@dataclass(frozen=True)
class Place:
    """Where a row of a file has gone: its place in the batch of its segment."""

    job: uuid.UUID
    index: int


@dataclass(frozen=True)
class FileCase:
    """What was to be brought, what its couriers were told, and what is stored."""

    files: Files
    history: FileHistory
    stored: Stored
    kept: StoredFiles

    def brought(self) -> Iterator[File]:
        """Every file of which something was asked."""
        return map(self.files.find, self.history.told)

    def loads(self, file: File) -> list[Json]:
        """The tasks that load a file, by the key under which that was asked for."""
        key = self.files.key(file.name)
        return [task for task in self.kept.tasks if task["idempotency_key"] == key]

    def jobs(self, load: Json) -> list[Json]:
        """The batches of a load that were not dry runs."""
        return [job for job in self.stored.jobs if job["parent_id"] == load["task_id"]]

    def places(self, load: Json) -> dict[int, Place]:
        """Where each row of a load is that belongs to a segment."""
        return {
            segment["first_row"] + index: Place(segment["job_id"], index)
            for segment in self.kept.segments[load["task_id"]]
            for index in range(segment["rows"])
        }

    def codes(self, place: Place | None) -> list[str]:
        """What a row is rejected for."""
        if place is None:
            return []
        reject = self.stored.rejects.get(place.job, {}).get(place.index)
        return [fault["code"] for fault in reject["faults"]] if reject else []

"""A processor's tools as far as files and mappings need them, on real stores. Its fixture is named in the conftest."""

import uuid
from pathlib import Path
from typing import Any

import pytest
import redis

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.compliance.packages.reading import Snapshots
from libs.contracts.files.mappings import StoredMapping
from libs.contracts.jobs import AuditEntry
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.database.mappings import MappingStore
from libs.files.storage import FolderStorage
from libs.tasks.context import Context
from libs.tasks.runner import Runner
from libs.uploads.files import FileStore
from services.processor.mapping.settings import AiSettings
from services.processor.settings import ProcessorSettings
from services.processor.tools import Tools
from services.processor.types import TYPES
from tests.integration.tasks.workplace.bench import Bench


class Workshop:
    """One tenant's files and mappings, and processors that have them among their tools."""

    def __init__(self, bench: Bench, folder: Path, publisher: Publisher) -> None:
        self.bench = bench
        self.publisher = publisher
        self.files = FileStore(bench.pool, FolderStorage(folder))
        self.mappings = MappingStore(bench.pool)
        self.ai = AiSettings()

    def tools(self) -> Tools:
        settings = ProcessorSettings(redis_url="redis://unused", database_url="postgresql://unused", ai=self.ai)
        nothing: Any = dict.fromkeys(Tools.__struct_fields__)
        return Tools(**{
            **nothing, "settings": settings, "files": self.files, "mappings": self.mappings, "desk": self.bench.desk,
            "publisher": self.publisher, "snapshots": Snapshots(self.bench.pool),
        })  # fmt: skip

    def file(self, data: bytes, name: str = "rows.csv") -> str:
        return str(self.files.keep(self.bench.tenant, name, "tester", [data]).file_id)

    def runner(self, type_name: str, name: str = "processor-1") -> Runner:
        kind, work = TYPES[type_name]
        tools = self.tools()

        def equipped(context: Context) -> Any:
            return work(context, tools)

        return self.bench.runner(equipped, kind, name=name)

    def run(self, type_name: str, **parameters: Any) -> Task:
        """Ask for a task, and have it run."""
        return self.handled(self.bench.open(type_name, **parameters), type_name)

    def handled(self, ref: TaskRef, type_name: str) -> Task:
        self.runner(type_name).handle(ref)
        return self.bench.task(ref)

    def audit(self) -> AuditEntry:
        return self.bench.audit("mapping.approve", uuid.uuid4())

    def approved(self, task: Task) -> StoredMapping:
        """The mapping that a task has proposed, approved."""
        return self.mappings.approve(self.bench.tenant, task.task_id, 1, self.audit())


@pytest.fixture
def workshop(bench: Bench, tmp_path: Path, redis_client: redis.Redis, namespace: str) -> Workshop:
    """Files and mappings of the test's own."""
    return Workshop(bench, tmp_path / "files", Publisher(build_broker(redis_client, namespace)))


__all__ = ["Workshop", "workshop"]

"""All four services as processes, and something for each to do."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from deploy.local.data_dir.ports import HOST, free_port
from tests.integration.console.visitors.site import EVERYTHING, ConsoleProcess, Person
from tests.integration.service_process import Ingest, Scanner, ServiceProcess, Writer
from tests.signing import bearer
from tests.waiting import wait_until

PROCESSOR = (sys.executable, "-m", "services.processor.main")


class Processor(ServiceProcess):
    """A processor; `url` is that of its operators' port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        bind = f"{HOST}:{free_port()}"
        self.url = f"http://{bind}"
        super().__init__(PROCESSOR, folder, metrics_bind=bind, processor_name="processor-t", **settings)


KINDS: dict[str, type[Writer | Ingest | Processor | ConsoleProcess]] = {
    "writer": Writer, "ingest": Ingest, "processor": Processor, "console": ConsoleProcess,
}  # fmt: skip


class Services(Struct):
    """Those that run, by name."""

    running: dict[str, Any]

    def wait_ready(self) -> None:
        """Until all are."""
        for service in self.running.values():
            service.wait_ready(service.url)

    def scanner(self) -> Scanner:
        """A tenant that nobody else has, who may do everything."""
        scanner = Scanner(self.running["ingest"])
        scanner.headers = {"Authorization": bearer(scanner.tenant, scope=EVERYTHING)}
        return scanner

    def person(self, scanner: Scanner) -> Person:
        """Somebody of that tenant at the console, signed in."""
        return Person(self.running["console"].url, scanner.tenant).sign_in()

    def log(self) -> str:
        """What all have said."""
        return "".join(service.log for service in self.running.values())


@contextmanager
def started(folder: Path, *names: str, **shared: object) -> Iterator[Services]:
    """These services, or all; side by side, and not yet ready."""
    with ExitStack() as stack:
        running: dict[str, Any] = {}
        for name in names or KINDS:
            more = {} if name == "writer" else {"files_url": (folder / "files").as_uri()}
            running[name] = stack.enter_context(KINDS[name](folder, **shared, **more))
        yield Services(running)


def task_done(scanner: Scanner) -> dict[str, Any]:
    """A task that a processor has brought to its end."""
    opened = scanner.act("/api/v1/jobs/rules")
    assert opened.status_code == 202, opened.text
    return scanner.ended(f"/api/v1/jobs/{opened.json()['id']}")


def ends_of(scanner: Scanner, job_url: str, seconds: float = 60.0) -> dict[str, Any]:
    """The job once it has ended, however long the stores were away."""

    def look() -> dict[str, Any] | None:
        answer = scanner.get(job_url)
        job: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return job if job.get("status") in ("completed", "failed", "cancelled") else None

    return wait_until(look, seconds, f"{job_url} ends") or {}

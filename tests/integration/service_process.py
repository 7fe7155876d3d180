"""The two services as processes of their own, and a scanner that talks to ingest."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx

from deploy.local.data_dir.ports import HOST, free_port
from tests.root import ROOT
from tests.signing import SECRET, bearer
from tests.waiting import wait_until

BOOT_S = 30.0
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "services.ingest.wsgi:app")
WRITER = (sys.executable, "-m", "services.writer.main")
RECIPIENT = {"name_vi": "Công ty Sao Mai", "recipient_type": "processor"}
ENDED = ("completed", "failed", "cancelled")


class ServiceProcess:
    """A service with these settings, and nothing else of ours in its environment.

    Its log is in the folder, unless it goes to the open file `output`.
    """

    def __init__(
        self, command: tuple[str, ...], folder: Path, *, output: int | None = None, **settings: object
    ) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "PROM"))}
        given = {f"SLUICE_{name.upper()}" if name.islower() else name: str(value) for name, value in settings.items()}
        self._log = folder / f"{command[-1].split('.')[1]}-{uuid.uuid4().hex[:6]}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=inherited | given, stdout=log, stderr=output or log, start_new_session=True
            )

    @property
    def log(self) -> str:
        """All that it has said so far."""
        return self._log.read_text(errors="replace")

    def wait_ready(self, url: str) -> None:
        """Until /readyz says so; an end of the process before that is an error."""

        def ready() -> bool:
            assert self.process.poll() is None, self.log
            try:
                return httpx.get(f"{url}/readyz", trust_env=False, timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(ready, BOOT_S, f"{url} is ready")

    def kill(self) -> None:
        """End it and its children at once."""
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Ingest(ServiceProcess):
    """gunicorn with the ingest application, one worker unless the settings say otherwise."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self.url, self.metrics_url = f"http://{HOST}:{self.port}", f"http://{HOST}:{self.metrics_port}"
        secret = folder / "secret"
        secret.write_bytes(SECRET)
        defaults = {
            "token_secret_file": secret, "ingest_bind": f"{HOST}:{self.port}", "ingest_workers": 1,
            "ingest_notice_seconds": 0, "metrics_bind": f"{HOST}:{self.metrics_port}",
        }  # fmt: skip
        self.settings = {**defaults, **settings}
        super().__init__(GUNICORN, folder, **self.settings)
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.kill()


class Writer(ServiceProcess):
    """A writer; `url` is that of its operators' port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        bind = f"{HOST}:{free_port()}"
        self.url = f"http://{bind}"
        super().__init__(WRITER, folder, metrics_bind=bind, writer_name="writer-t", **settings)


class Scanner:
    """A tenant that nobody else has, and its token."""

    def __init__(self, ingest: Ingest) -> None:
        self._http = ingest.http
        self.tenant = uuid.uuid4()
        self.headers = {"Authorization": bearer(self.tenant)}

    def path(self, *, background: bool = False, entity: str = "recipients") -> str:
        """Where its batches go."""
        return f"/api/v1/tenants/{self.tenant}/batch/{entity}" + ("/async" if background else "")

    def post(self, records: list[Any], *, background: bool = False, key: str = "", **query: str) -> httpx.Response:
        """Post recipients."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        url = self.path(background=background)
        return self._http.post(url, json={"recipients": records}, headers=headers, params=query)

    def send(self, lines: bytes) -> httpx.Response:
        """Post recipients as NDJSON, whatever it is."""
        headers = self.headers | {"Content-Type": "application/x-ndjson"}
        return self._http.post(self.path(), content=lines, headers=headers)

    def post_to(self, entity: str, body: dict[str, Any]) -> httpx.Response:
        """Post a body of another entity."""
        return self._http.post(self.path(entity=entity), json=body, headers=self.headers)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET with the tenant's token."""
        return self._http.get(path, headers={**self.headers, **headers})

    def act(self, path: str) -> httpx.Response:
        """POST without a body."""
        return self._http.post(path, headers=self.headers)

    def ended(self, job_url: str) -> dict[str, Any]:
        """The job once it has ended."""
        wait_until(lambda: self.get(job_url).json()["status"] in ENDED, 30, f"{job_url} ends")
        job: dict[str, Any] = self.get(job_url).json()
        return job


@contextmanager
def running_ingest(folder: Path, **settings: object) -> Iterator[Ingest]:
    """Ingest that is ready."""
    with Ingest(folder, **settings) as ingest:
        ingest.wait_ready(ingest.url)
        yield ingest


@contextmanager
def running_both(folder: Path, *, of_ingest: dict[str, object], **shared: object) -> Iterator[tuple[Ingest, Writer]]:
    """Ingest and a writer that are ready; they start side by side."""
    with Writer(folder, **shared) as writer, Ingest(folder, **shared, **of_ingest) as ingest:
        writer.wait_ready(writer.url)
        ingest.wait_ready(ingest.url)
        yield ingest, writer


def several(count: int, **members: object) -> list[dict[str, Any]]:
    """Good records, each named by its place."""
    return [{**RECIPIENT, "name_vi": f"Người nhận {number}", **members} for number in range(count)]


def nothing_here() -> str:
    """The address of a PostgreSQL that does not run."""
    return f"postgresql://nobody@{HOST}:{free_port()}/nothing"


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    """Whether the answer is this problem, and says when to come back."""
    body = answer.json()
    assert (answer.status_code, body["code"], body["retryable"]) == (status, code, True), answer.text
    assert int(answer.headers["retry-after"]) >= 1
    return True

"""The console with ingest and a writer behind it, and people and programs who look at it."""

import re
import sys
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.server.connection import connect
from tests.integration.service_process import Ingest, Scanner, ServiceProcess, Writer, several
from tests.servers import cloned_database
from tests.signing import SECRET, bearer

CONSOLE = (
    sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn_console.conf.py", "services.console.asgi:app",
)  # fmt: skip
EVERYTHING = "ingest:write jobs:read jobs:write rejects:read inventory:read system:read system:write"


class ConsoleProcess(ServiceProcess):
    """gunicorn with the console."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self.url, self.metrics_url = f"http://{HOST}:{self.port}", f"http://{HOST}:{self.metrics_port}"
        secret = folder / "secret"
        secret.write_bytes(SECRET)
        defaults = {
            "token_secret_file": secret, "console_bind": f"{HOST}:{self.port}", "log_level": "info",
            "console_notice_seconds": 0,
            "metrics_bind": f"{HOST}:{self.metrics_port}",
        }  # fmt: skip
        super().__init__(CONSOLE, folder, **{**defaults, **settings})


class Person:
    """Somebody with a browser, as far as HTTP shows it."""

    def __init__(self, url: str, tenant: uuid.UUID, *, scope: str = EVERYTHING, subject: str = "lan") -> None:
        self.url, self.tenant = url, tenant
        self.token = bearer(tenant, scope=scope, sub=subject).removeprefix("Bearer ")
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False, headers={"Accept": "text/html"})
        weakref.finalize(self, self.http.close)

    def sign_in(self) -> "Person":
        """By the token."""
        answer = self.post("/sign-in", token=self.token)
        assert answer.status_code == 303, answer.text
        return self

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return self.http.get(path, headers=headers)

    def post(self, path: str, origin: str | None = "", **fields: Any) -> httpx.Response:
        """A form of our own page, unless it has another origin."""
        headers = {} if origin is None else {"Origin": origin or self.url}
        return self.http.post(path, data=fields, headers=headers)

    def text(self, path: str) -> str:
        """What a page says, without its marks."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return words(answer.text)

    def version(self, job: str) -> str:
        """What the page of a job says of its state, for an action to name."""
        found = re.search(r'data-version="([0-9a-f]+)"', self.get(f"/jobs/{job}").text)
        assert found
        return found[1]


class Site:
    """A running console and what feeds it."""

    def __init__(self, console: ConsoleProcess, ingest: Ingest, writer: Writer, shared: dict[str, Any]) -> None:
        self.console, self.ingest, self.writer = console, ingest, writer
        self._shared = shared
        self.url = console.url
        self.namespace: str = shared["namespace"]
        self.redis_url: str = shared["redis_url"]
        self.database_url: str = shared["database_url"]

    def redis(self) -> redis.Redis:
        """A client of its Redis, to be closed."""
        return connect(self.redis_url)

    def scanner(self) -> Scanner:
        """A tenant that nobody else has."""
        return Scanner(self.ingest)

    def person(self, scanner: Scanner, **options: str) -> Person:
        """Somebody of the scanner's tenant, signed in."""
        return Person(self.url, scanner.tenant, **options).sign_in()


def words(page: str) -> str:
    """A page's text in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def job_of(answer: httpx.Response) -> str:
    """The job of a batch that was accepted."""
    assert answer.status_code in (201, 202), answer.text
    job: str = answer.json()["job_id"]
    return job


@contextmanager
def running_site(
    folder: Path, postgres: PostgresServer, template: str, valkey: ValkeyServer, **of_console: object
) -> Iterator[Site]:
    """A site of its own; the settings are the console's."""
    with cloned_database(postgres.url, template) as database_url:
        shared: dict[str, Any] = {
            "redis_url": valkey.url, "database_url": database_url, "namespace": f"console-{uuid.uuid4().hex[:12]}",
            "files_url": f"file://{folder}/files",
        }  # fmt: skip
        with (
            Writer(folder, **shared) as writer,
            Ingest(folder, **shared) as ingest,
            ConsoleProcess(folder, **shared, **of_console) as console,
        ):
            for process, url in ((writer, writer.url), (ingest, ingest.url), (console, console.url)):
                process.wait_ready(url)
            yield Site(console, ingest, writer, shared)


@pytest.fixture(scope="package")
def site(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Site]:
    """The site that most tests share; English, and few streams a tenant."""
    folder = tmp_path_factory.mktemp("console")
    with running_site(folder, postgres, template, valkey, console_language="en", tenant_live_streams=8) as running:
        yield running


@pytest.fixture
def scanner(site: Site) -> Scanner:
    """A tenant that nobody else has."""
    return site.scanner()


@pytest.fixture
def person(site: Site, scanner: Scanner) -> Person:
    """Somebody of that tenant who may do everything."""
    return site.person(scanner)


__all__ = ["Person", "Site", "job_of", "person", "running_site", "scanner", "several", "site", "words"]

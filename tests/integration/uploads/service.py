"""Ingest with a folder for files, and tenants who bring them."""

import base64
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import Ingest, running_ingest
from tests.servers import cloned_database
from tests.signing import bearer

TUS = {"Tus-Resumable": "1.0.0"}
TUS_BODY = {**TUS, "Content-Type": "application/offset+octet-stream"}
DRAFT_BODY = {"Content-Type": "application/partial-upload"}
MIB = 1024 * 1024


class Place:
    """A running ingest, its database and its folder of parts."""

    def __init__(self, ingest: Ingest, folder: Path, settings: dict[str, Any]) -> None:
        self.ingest, self.folder, self.settings = ingest, folder, settings
        self.database_url: str = settings["database_url"]

    def another(self, folder: Path, **settings: object) -> AbstractContextManager[Ingest]:
        """One more ingest for the same files."""
        return running_ingest(folder, **{**self.settings, **settings})

    def owner(self) -> "Owner":
        """A tenant who has no file yet."""
        return Owner(self.ingest)

    def parts(self, file_id: str) -> list[Path]:
        """What the storage has of a file."""
        return sorted(self.folder.glob(f"*/{file_id}/*"))


class Owner:
    """One tenant and its token."""

    def __init__(self, ingest: Ingest, **claims: Any) -> None:
        self.at(ingest)
        self.tenant = uuid.uuid4()
        self.headers = {"Authorization": bearer(self.tenant, **claims)}

    def at(self, ingest: Ingest) -> None:
        """Go on at this ingest."""
        self.url, self._http = ingest.url, ingest.http

    def send(self, method: str, path: str = "/api/v1/files", **request: Any) -> httpx.Response:
        """A request with the tenant's token."""
        headers = {**self.headers, **request.pop("headers", {})}
        return self._http.request(method, path, headers=headers, **request)

    def form(self, name: str, data: bytes) -> httpx.Response:
        """The file in one request."""
        return self.send("POST", files={"file": (name, data, "text/csv")})

    def create(self, size: int, name: str = "a.csv", **headers: str) -> str:
        """A new upload by tus; where it goes on."""
        announced = {"Upload-Length": str(size), "Upload-Metadata": f"filename {b64(name.encode())}"}
        answer = self.send("POST", headers={**TUS, **announced, **headers})
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def patch(self, path: str, offset: int, data: Any, **headers: str) -> httpx.Response:
        """Go on with an upload by tus."""
        return self.send("PATCH", path, headers={**TUS_BODY, "Upload-Offset": str(offset), **headers}, content=data)

    def offset(self, path: str) -> int:
        """How far an upload is, by tus."""
        answer = self.send("HEAD", path, headers=TUS)
        assert answer.status_code == 200
        return int(answer.headers["Upload-Offset"])

    def file(self, path: str) -> dict[str, Any]:
        """What is known of a file."""
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def content(self, path: str, **headers: str) -> httpx.Response:
        """Its bytes."""
        return self.send("GET", f"{path}/content", headers=headers)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def refused(answer: httpx.Response, code: str) -> bool:
    """Whether an answer is this problem, in both languages."""
    problem = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == answer.status_code
    assert problem["detail"] != problem["detail_vi"]
    return True


@contextmanager
def running_place(
    folder: Path, postgres: PostgresServer, template: str, valkey: ValkeyServer, **settings: object
) -> Iterator[Place]:
    """A place of its own, with these settings."""
    with cloned_database(postgres.url, template) as database_url:
        defaults = {
            "redis_url": valkey.url, "database_url": database_url, "namespace": f"files-{uuid.uuid4().hex[:12]}",
            "files_url": f"file://{folder}/files",
        }  # fmt: skip
        with running_ingest(folder, **(every := {**defaults, **settings})) as ingest:
            yield Place(ingest, folder / "files", every)


@pytest.fixture(scope="package")
def place(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Place]:
    """The place that most tests share; bodies must come quickly here."""
    folder = tmp_path_factory.mktemp("uploads")
    settings = {"body_grace_seconds": 1, "body_bytes_per_second": 20_000, "body_seconds": 5}
    with running_place(folder, postgres, template, valkey, **settings) as running:
        yield running


@pytest.fixture
def owner(place: Place) -> Owner:
    """A tenant who has no file yet."""
    return place.owner()

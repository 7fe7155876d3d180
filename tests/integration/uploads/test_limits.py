"""How many files, how large, how many at once: refused clearly, and shown beforehand."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.faults.ballast import Ballast, small_disks
from tests.integration.uploads.service import MIB, TUS, Owner, Place, refused, running_place, sha256
from tests.object_store import BUCKET, environment, object_store
from tests.waiting import wait_until

__all__ = ["object_store"]


Servers = tuple[PostgresServer, str, ValkeyServer]


@pytest.fixture(scope="module")
def servers(postgres: PostgresServer, template: str, valkey: ValkeyServer) -> Servers:
    return postgres, template, valkey


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Place]:
    """A place where little is allowed."""
    with running_place(
        tmp_path_factory.mktemp("narrow"), *servers, ingest_threads=8, tenant_uploads=1, max_file_bytes=3_000,
        tenant_files_max_bytes=5_000, tenant_max_files=3,
    ) as place:  # fmt: skip
        yield place


def test_the_limits_are_shown(narrow: Place) -> None:
    limits = narrow.owner().send("GET", "/api/v1/limits").json()
    shown = {
        "max_file_bytes": 3_000, "tenant_files_max_bytes": 5_000, "tenant_max_files": 3, "max_uploads": 2,
        "tenant_max_uploads": 1, "max_file_parts": 10_000, "max_file_name_characters": 255, "file_hours": 720,
        "upload_hours": 24,
    }  # fmt: skip
    assert {name: limits[name] for name in shown} == shown


def test_a_file_that_is_too_large(narrow: Place) -> None:
    owner = narrow.owner()
    answers = [
        owner.form("a.csv", b"x" * 3_001),
        owner.send("POST", headers={**TUS, "Upload-Length": "3001"}),
        owner.send("POST", headers={"Upload-Complete": "?1"}, content=b"x" * 3_001),
        owner.send("POST", headers={"Upload-Complete": "?1"}, content=iter([b"x" * 3_001])),
    ]
    for answer in answers:
        assert refused(answer, "FILE_TOO_LARGE")
        assert answer.status_code == 413
    assert owner.form("a.csv", b"x" * 3_000).status_code == 201


def test_as_many_files_as_a_tenant_may_have(narrow: Place) -> None:
    owner = narrow.owner()
    paths = [owner.create(1) for _ in range(3)]
    for answer in (owner.form("a.csv", b""), owner.send("POST", headers={**TUS, "Upload-Length": "1"})):
        assert refused(answer, "TENANT_FILES")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 3_600
    assert narrow.owner().form("a.csv", b"").status_code == 201
    owner.send("DELETE", paths[0])
    assert owner.form("a.csv", b"").status_code == 201


def test_as_many_bytes_as_a_tenant_may_have(narrow: Place) -> None:
    owner = narrow.owner()
    path = owner.create(3_000)
    for answer in (owner.form("a.csv", b"x" * 2_001), owner.send("POST", headers={**TUS, "Upload-Length": "2001"})):
        assert refused(answer, "TENANT_FILE_BYTES")
        assert answer.status_code == 429
    assert len(owner.send("GET").json()["files"]) == 1
    assert owner.patch(path, 0, b"x" * 3_000).status_code == 204


def test_as_many_at_once_as_a_quarter_of_the_threads(narrow: Place) -> None:
    """The third gets its refusal at once, and everybody else is served."""
    first, second, third = narrow.owner(), narrow.owner(), narrow.owner()
    with held(narrow, first), held(narrow, second):
        for owner in (first, third):
            answer = owner.form("a.csv", b"x")
            assert refused(answer, "TOO_MANY_UPLOADS")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert third.send("GET").status_code == 200
    wait_until(lambda: third.form("a.csv", b"x").status_code == 201, 10, "there is a place again")


def held(place: Place, owner: Owner) -> socket.socket:
    """An upload that holds its place."""
    path = owner.create(2_000)
    connection = socket.create_connection((HOST, place.ingest.port), timeout=20)
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {owner.headers['Authorization']}\r\n"
        "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
        "Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    return connection


def test_a_disk_that_is_full(tmp_path: Path, servers: Servers) -> None:
    """In a thread of its own, which has disks of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_on_a_full_disk, tmp_path, servers).result()


def _on_a_full_disk(folder: Path, servers: Servers) -> None:
    data = b"0123456789abcdef" * MIB
    with small_disks(folder, {"files": 40}) as disks:
        if not disks:
            pytest.skip("only root on Linux can make a small disk")
        with running_place(folder, *servers, files_url=f"file://{disks['files']}") as place:
            owner = place.owner()
            path = owner.create(len(data))
            assert owner.patch(path, 0, data[: 9 * MIB]).status_code == 204
            (ballast := Ballast(disks["files"])).fill()
            for answer in (owner.patch(path, 9 * MIB, data[9 * MIB :]), owner.form("a.csv", data)):
                assert refused(answer, "STORAGE_FULL")
                assert answer.status_code == 507
            ballast.drop()
            assert not list(disks["files"].rglob("*.tmp"))
            assert owner.offset(path) == 9 * MIB
            assert owner.patch(path, 9 * MIB, data[9 * MIB :]).status_code == 204
            assert owner.file(path)["sha256"] == sha256(data)


def test_an_object_store_takes_files_too(tmp_path: Path, servers: Servers, object_store: str) -> None:
    data = b"0123456789abcdef" * MIB
    settings = environment(object_store)
    with running_place(tmp_path, *servers, files_url=f"s3://{BUCKET}/ingest", **settings) as place:
        owner = place.owner()
        wait_until(lambda: owner.form("a.csv", b"x").status_code == 201, 60, "the store takes parts")
        path = owner.create(len(data))
        assert owner.patch(path, 0, data[: 9 * MIB]).status_code == 204
        assert owner.patch(path, 9 * MIB, data[9 * MIB :]).status_code == 204
        assert owner.file(path)["sha256"] == sha256(data)
        assert owner.content(path).content == data

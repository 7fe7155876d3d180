"""The client's upload goes on by itself, whatever happens on the way, and the file arrives as it is."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.client import SluiceClient, SluiceError, UploadProgress
from libs.client.files import uploading
from tests.fault.faults.proxy import Loop, Proxy
from tests.integration.service_process import Ingest
from tests.integration.uploads.service import Owner, Place, running_place

PIECE = 64 * 1024
PIECES = 6
DATA = os.urandom(PIECE * PIECES - 1_000)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "PIECE_BYTES", PIECE)


@pytest.fixture
def proxy(place: Place) -> Iterator[Proxy]:
    with Loop() as loop, Proxy(loop, place.ingest.port) as proxy:
        yield proxy


def client(owner: Owner, url: str, **options: Any) -> SluiceClient:
    return SluiceClient(url, owner.headers["Authorization"].removeprefix("Bearer "), retry_for=20, **options)


def at(received: int, act: Callable[[], None]) -> Callable[[UploadProgress], None]:
    """Do this once so many bytes have been received."""
    left = [act]
    return lambda progress: left.pop()() if left and progress.received >= received else None


def whole(owner: Owner, file_id: object) -> bool:
    """Whether the server has the file as it is, once."""
    assert len(owner.send("GET").json()["files"]) == 1
    return owner.content(f"/api/v1/files/{file_id}").content == DATA


def test_a_file_arrives_under_its_name_and_says_how_far_it_is(owner: Owner, tmp_path: Path) -> None:
    (tmp_path / "Sổ đăng ký.csv").write_bytes(DATA)
    seen: list[UploadProgress] = []

    with client(owner, owner.url) as sluice:
        file = sluice.upload(tmp_path / "Sổ đăng ký.csv", on_progress=seen.append)

    assert (file.name, file.size, file.sha256) == ("Sổ đăng ký.csv", len(DATA), hashlib.sha256(DATA).hexdigest())
    assert [each.received for each in seen] == [*range(0, len(DATA), PIECE), len(DATA)]
    assert whole(owner, file.id)


def test_an_open_file_is_sent_from_where_it_stands(owner: Owner) -> None:
    source = io.BytesIO(b"skipped" + DATA)
    source.seek(7)
    with client(owner, owner.url) as sluice:
        assert whole(owner, sluice.upload(source, name="a.csv").id)


def test_an_empty_file_is_a_file(owner: Owner) -> None:
    with client(owner, owner.url) as sluice:
        assert sluice.upload(io.BytesIO(), name="a.csv").state == "complete"


def test_it_goes_on_after_connections_that_are_cut(owner: Owner, proxy: Proxy) -> None:
    with client(owner, f"http://127.0.0.1:{proxy.port}") as sluice:
        assert whole(owner, sluice.upload(io.BytesIO(DATA), on_progress=lambda _: proxy.cut()).id)


@pytest.mark.parametrize("lost", [1, PIECES // 2, PIECES])
def test_a_piece_whose_answer_is_lost_is_not_sent_again(owner: Owner, proxy: Proxy, lost: int) -> None:
    seen: list[UploadProgress] = []

    def watch(progress: UploadProgress) -> None:
        seen.append(progress)
        if len(seen) == lost:
            proxy.lose_answer(b"PATCH")

    with client(owner, f"http://127.0.0.1:{proxy.port}") as sluice:
        assert whole(owner, sluice.upload(io.BytesIO(DATA), on_progress=watch).id)
    assert proxy.lost_answers == 1
    assert seen[-1].received == len(DATA)


def test_an_upload_whose_beginning_was_not_answered_is_begun_once(owner: Owner, proxy: Proxy) -> None:
    proxy.lose_answer(b"POST /api/v1/files")
    with client(owner, f"http://127.0.0.1:{proxy.port}") as sluice:
        assert whole(owner, sluice.upload(io.BytesIO(DATA)).id)
    assert proxy.lost_answers == 1


def test_it_goes_on_from_where_somebody_else_has_brought_it(owner: Owner) -> None:
    def meddle() -> None:
        path = owner.send("GET").json()["files"][0]["links"]["self"]
        assert owner.patch(path, PIECE, DATA[PIECE : PIECE * 2 + 100]).status_code == 204

    with client(owner, owner.url) as sluice:
        assert whole(owner, sluice.upload(io.BytesIO(DATA), on_progress=at(PIECE, meddle)).id)


def test_a_file_whose_last_request_died_before_its_end_is_ended(place: Place, owner: Owner) -> None:
    """All of its bytes are there, and nobody has said that it is complete."""

    def unsay() -> None:
        with psycopg.connect(place.database_url) as connection:
            query = "UPDATE work.file SET state = 'receiving', sha256 = NULL WHERE tenant_id = %s"
            assert connection.execute(query, [owner.tenant]).rowcount == 1

    with client(owner, owner.url) as sluice:
        file = sluice.upload(io.BytesIO(DATA), on_progress=at(len(DATA), unsay))
    assert file.state == "complete"
    assert whole(owner, file.id)


def test_it_outlasts_a_restart_of_ingest(
    tmp_path: Path, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> None:
    with running_place(tmp_path, postgres, template, valkey) as place:
        owner, first = place.owner(), place.ingest

        def restart(_: object) -> None:
            if first.process.poll() is not None and place.ingest is first:
                place.ingest = Ingest(tmp_path, **first.settings)
                place.ingest.wait_ready(first.url)

        with client(owner, first.url, on_wait=restart) as sluice:
            try:
                assert whole(owner, sluice.upload(io.BytesIO(DATA), on_progress=at(PIECE * 2, first.kill)).id)
                assert place.ingest is not first
            finally:
                place.ingest.kill()


class Fickle(io.BytesIO):
    """A file that somebody writes to while it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        with self.getbuffer() as written:
            written[0] ^= 1
        return data


class Shrinking(io.BytesIO):
    """A file that becomes shorter while it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.truncate(PIECE * 2)
        return data


@pytest.mark.parametrize("kind", [Fickle, Shrinking])
def test_a_file_that_changes_meanwhile_is_refused_and_forgotten(owner: Owner, kind: type[io.BytesIO]) -> None:
    with client(owner, owner.url) as sluice, pytest.raises(SluiceError, match="FILE_DIFFERS"):
        sluice.upload(kind(DATA), name="a.csv")
    assert owner.send("GET").json()["files"] == []


def test_what_cannot_be_read_twice_is_turned_away(owner: Owner) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with (
        os.fdopen(reading, "rb") as pipe,
        client(owner, owner.url) as sluice,
        pytest.raises(ValueError, match="seekable"),
    ):
        sluice.upload(pipe)


class Watched(io.BytesIO):
    """A file that knows how much was read of it at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


def test_memory_holds_one_piece(owner: Owner) -> None:
    source = Watched(DATA)
    with client(owner, owner.url) as sluice:
        sluice.upload(source, name="a.csv")
    assert source.most == PIECE


def test_a_download_that_breaks_off_begins_again_where_its_file_stood(owner: Owner, proxy: Proxy) -> None:
    target = io.BytesIO()
    target.write(b"kept")
    with client(owner, f"http://127.0.0.1:{proxy.port}") as sluice:
        file = sluice.upload(io.BytesIO(DATA), name="a.csv")
        proxy.lose_answer(b"/content")
        sluice.save_file(file.id, target)
    assert proxy.lost_answers == 1
    assert target.getvalue() == b"kept" + DATA

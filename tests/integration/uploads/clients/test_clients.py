"""Programs that people have bring files, over a wire that breaks in the middle."""

import io
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tusclient.client import TusClient

from tests.integration.uploads.clients.cut_wire import CutWire
from tests.integration.uploads.service import MIB, Owner, Place, sha256

SIZE = 20 * MIB + 12_345
CUT = 11 * MIB
HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def data() -> bytes:
    return random.Random(9).randbytes(SIZE)


@pytest.fixture
def file(data: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "danh-sách.csv"
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def tus_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script, with its packages as the lock file has them."""
    folder = tmp_path_factory.mktemp("javascript") / "client"
    shutil.copytree(HERE / "javascript", folder)
    subprocess.run([BIN / "npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True, env=_environ())
    return folder / "upload.mjs"


def _environ(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


def run(*command: object, **environ: str) -> str:
    """What a program says; it must end well."""
    ended = subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=_environ(**environ),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def curl(owner: Owner, *arguments: object) -> str:
    return run("curl", "-sS", "--noproxy", "*", "-H", f"Authorization: {owner.headers['Authorization']}", *arguments)


def is_whole(owner: Owner, path: str, data: bytes, name: str = "danh-sách.csv") -> bool:
    """Whether the file is what was sent, byte for byte."""
    found = owner.file(path)
    assert (found["name"], found["state"], found["size"], found["sha256"]) == (
        name,
        "complete",
        len(data),
        sha256(data),
    )
    return owner.content(path).content == data


def test_curl_sends_a_form(owner: Owner, file: Path, data: bytes) -> None:
    said = curl(owner, "-i", "-F", f"file=@{file}", f"{owner.url}/api/v1/files")
    found = re.search(r"(?im)^location: (\S+)", said)
    assert found
    assert is_whole(owner, found[1], data)


def test_curl_sends_a_form_again_after_a_cut(place: Place, owner: Owner, file: Path, data: bytes) -> None:
    with CutWire(place.ingest.port, CUT) as wire:
        curl(
            owner, "--retry", "3", "--retry-all-errors", "--retry-delay", "1", "-F", f"file=@{file}",
            f"{wire.url}/api/v1/files",
        )  # fmt: skip
        assert wire.cuts == 1
    [found] = owner.send("GET").json()["files"]  # of the first attempt nothing is left
    assert is_whole(owner, found["links"]["self"], data)


def test_curl_goes_on_as_the_draft_says(place: Place, owner: Owner, file: Path, data: bytes, tmp_path: Path) -> None:
    name = f'Content-Disposition: attachment; filename="{file.name}"'
    begun = curl(
        owner, "-i", "-X", "POST", "-H", "Upload-Complete: ?0", "-H", f"Upload-Length: {SIZE}", "-H",
        name.replace("sách", "sach"), f"{owner.url}/api/v1/files",
    )  # fmt: skip
    found = re.search(r"(?im)^location: (\S+)", begun)
    assert found
    patch = ("-X", "PATCH", "-H", "Content-Type: application/partial-upload", "-H", "Upload-Complete: ?1")
    with CutWire(place.ingest.port, CUT) as wire, pytest.raises(AssertionError):
        curl(owner, *patch, "-H", "Upload-Offset: 0", "--data-binary", f"@{file}", f"{wire.url}{found[1]}")
    said = curl(owner, "-I", "-H", "Upload-Draft-Interop-Version: 8", f"{owner.url}{found[1]}")
    offset = re.search(r"(?im)^upload-offset: (\d+)", said)
    assert offset
    assert 8 * MIB <= int(offset[1]) < CUT
    rest = tmp_path / "rest"
    rest.write_bytes(data[int(offset[1]) :])
    curl(owner, *patch, "-H", f"Upload-Offset: {offset[1]}", "--data-binary", f"@{rest}", f"{owner.url}{found[1]}")
    assert is_whole(owner, found[1], data, "danh-sach.csv")


@pytest.mark.parametrize("chunk", [sys.maxsize, 3_000_000])
def test_tus_py_client_goes_on(place: Place, owner: Owner, file: Path, data: bytes, chunk: int) -> None:
    with CutWire(place.ingest.port, CUT) as wire:
        client = TusClient(f"{wire.url}/api/v1/files", headers=dict(owner.headers))
        uploader = client.uploader(
            file_stream=io.BytesIO(data),
            chunk_size=chunk,
            retries=3,
            retry_delay=0.1,
            metadata={"filename": file.name},
            upload_checksum=False,
        )
        uploader.upload()
        assert wire.cuts == 1
    assert is_whole(owner, urlsplit(uploader.url).path, data)


def test_tus_py_client_with_checksums(owner: Owner, file: Path, data: bytes) -> None:
    client = TusClient(f"{owner.url}/api/v1/files", headers=dict(owner.headers))
    uploader = client.uploader(
        file_stream=io.BytesIO(data), chunk_size=9_000_000, metadata={"filename": file.name}, upload_checksum=True
    )
    uploader.upload()
    assert is_whole(owner, urlsplit(uploader.url).path, data)


@pytest.mark.parametrize(("chunk", "creation"), [(0, "0"), (3_000_000, "0"), (0, "1")])
def test_tus_js_client_goes_on(
    place: Place, owner: Owner, file: Path, data: bytes, tus_js: Path, chunk: int, creation: str
) -> None:
    authorization = owner.headers["Authorization"]
    with CutWire(place.ingest.port, CUT) as wire:
        endpoint = f"{wire.url}/api/v1/files"
        said = run(BIN / "node", tus_js, endpoint, file, chunk, authorization, WITH_CREATION=creation)
        assert wire.cuts == 1
    assert is_whole(owner, urlsplit(said.strip()).path, data)

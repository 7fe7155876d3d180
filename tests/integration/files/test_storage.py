"""What every storage promises, on a folder and on a real object store."""

import datetime
import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local.data_dir.ports import HOST, free_port
from libs.files import s3_keys
from libs.files.content import Content, Part
from libs.files.storage import PartMissingError, Storage, open_storage
from tests.object_store import BUCKET, KEY, SECRET, environment, object_store
from tests.waiting import wait_until

__all__ = ["object_store"]

pytestmark = pytest.mark.xdist_group("storage")

DATA = bytes(range(256)) * 40


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Each kind of storage, empty."""
    if request.param == "folder":
        return open_storage(f"file://{tmp_path}/files")
    for name, value in environment(request.getfixturevalue("object_store")).items():
        monkeypatch.setenv(name, value)
    storage = open_storage(f"s3://{BUCKET}/{uuid.uuid4()}")
    wait_until(lambda: _accepts(storage), 60, "the object store takes parts")
    return storage


def _accepts(storage: Storage) -> bool:
    try:
        storage.put("t/probe/0", b"x")
    except OSError:
        return False
    storage.clear("t/probe")
    return True


def test_a_part_comes_back_as_it_was(storage: Storage) -> None:
    for size in (1, 1_000, len(DATA)):
        storage.put(f"t/f/{size:06d}", bytearray(DATA[:size]))
        assert storage.get(f"t/f/{size:06d}") == DATA[:size]


def test_a_part_of_full_size(storage: Storage) -> None:
    whole = bytearray(DATA * 820)[: 8 * 1024 * 1024]
    storage.put("t/f/0", whole)
    assert storage.get("t/f/0") == whole


def test_the_same_part_again_is_no_harm(storage: Storage) -> None:
    for _ in range(2):
        storage.put("t/f/0", DATA)
    assert storage.get("t/f/0") == DATA


def test_a_part_that_is_not_there_is_missed(storage: Storage) -> None:
    with pytest.raises(PartMissingError):
        storage.get("t/f/none")


def test_a_part_is_forgotten_and_a_second_time_is_no_harm(storage: Storage) -> None:
    storage.put("t/f/0", DATA)
    for _ in range(2):
        storage.delete("t/f/0")
    with pytest.raises(PartMissingError):
        storage.get("t/f/0")


def test_what_lies_in_a_folder_is_forgotten_and_nothing_beside_it(storage: Storage) -> None:
    for key in ("t/f/0", "t/f/1", "t/f2/0", "t/e/0"):
        storage.put(key, DATA)
    for _ in range(2):
        storage.clear("t/f")
    for key in ("t/f/0", "t/f/1"):
        with pytest.raises(PartMissingError):
            storage.get(key)
    assert storage.get("t/f2/0") == storage.get("t/e/0") == DATA


def test_many_at_once(storage: Storage) -> None:
    keys = [f"t/{number % 3}/{number:03d}" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: storage.put(key, key.encode()), keys))
        assert list(threads.map(storage.get, keys)) == [key.encode() for key in keys]


def test_parts_are_one_stream(storage: Storage) -> None:
    parts = []
    for start in range(0, len(DATA), 1_000):
        piece = DATA[start : start + 1_000]
        storage.put(f"t/f/{start:06d}", piece)
        parts.append(Part(start, len(piece), hashlib.sha256(piece).digest(), f"t/f/{start:06d}"))
    content = Content(storage, parts)
    assert b"".join(iter(lambda: content.read(700), b"")) == DATA


@pytest.mark.parametrize("instead", [lambda _: None, Path.touch, Path.mkdir], ids=["nothing", "a file", "another disk"])
def test_a_folder_that_is_away_is_an_error_of_the_system(tmp_path: Path, instead: Callable[[Path], None]) -> None:
    """Nothing is kept where the parts of before are not, none of them is missed, and none is taken for forgotten."""
    folder = tmp_path / "files"
    storage = open_storage(folder.as_uri())
    storage.put("t/f/0", DATA)
    folder.rename(tmp_path / "aside")
    instead(folder)
    for attempt in (
        lambda: storage.put("t/f/1", DATA),
        lambda: storage.get("t/f/0"),
        lambda: storage.delete("t/f/0"),
        lambda: storage.clear("t/f"),
    ):
        with pytest.raises(OSError, match=r"not there|Not a directory"):
            attempt()
    assert not folder.is_dir() or not list(folder.iterdir())


def test_an_object_store_that_is_away_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(f"http://{HOST}:{free_port()}").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("libs.files.s3.RETRIES", {"max_retries": 0})
    storage = open_storage(f"s3://{BUCKET}/x")
    for attempt in (
        lambda: storage.put("t/f/0", DATA),
        lambda: storage.get("t/f/0"),
        lambda: storage.delete("t/f/0"),
        lambda: storage.clear("t/f"),
    ):
        with pytest.raises(OSError, match="object store"):
            attempt()


def test_keys_may_stand_in_a_file_and_be_changed_there(
    object_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", object_store)
    monkeypatch.setattr(s3_keys, "READ_AGAIN", datetime.timedelta(seconds=0))
    file, url = tmp_path / "keys", f"s3://{BUCKET}/{uuid.uuid4()}"
    file.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    storage = open_storage(url, str(file))
    wait_until(lambda: _accepts(storage), 60, "the object store takes parts")
    file.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = other\n")
    assert not _accepts(storage)
    file.unlink()
    assert not _accepts(storage)
    file.write_text(f"[own]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n")
    assert _accepts(storage)


@pytest.mark.parametrize("text", [None, "", "[default]\n", "[default]\naws_access_key_id = QZ7\n", "QZ7", "\xff"])
def test_a_file_without_keys_is_named_and_not_quoted(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "keys").write_text(text, "latin-1")
    with pytest.raises(ValueError, match=r"SLUICE_FILES_KEYS_FILE: .*keys has no keys") as raised:
        open_storage(f"s3://{BUCKET}/x", str(tmp_path / "keys"))
    assert "QZ7" not in str(raised.value)

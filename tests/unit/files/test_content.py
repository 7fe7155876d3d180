"""A file's bytes: parts that are durable and checked, read as one stream."""

import hashlib
import io
from pathlib import Path

import pytest

from libs.files.content import Content, ContentChangedError, Part
from libs.files.storage import FolderStorage, PartMissingError, open_storage

DATA = bytes(range(256)) * 5


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


def stored(storage: FolderStorage, size: int) -> Content:
    """The data in parts of this size."""
    parts = []
    for start in range(0, len(DATA), size):
        piece = DATA[start : start + size]
        storage.put(f"t/f/{start:06d}", piece)
        parts.append(Part(start, len(piece), hashlib.sha256(piece).digest(), f"t/f/{start:06d}"))
    return Content(storage, parts)


@pytest.mark.parametrize("size", [1_280, 1_000, 37])
def test_parts_are_one_stream(storage: FolderStorage, size: int) -> None:
    content = stored(storage, size)
    assert b"".join(iter(lambda: content.read(100), b"")) == DATA
    assert content.seek(-3, io.SEEK_END) == len(DATA) - 3
    assert content.read(100) == DATA[-3:]
    assert (content.seek(5), content.read(2), content.tell()) == (5, DATA[5:7], 7)


def test_a_part_that_has_changed_is_found_out(storage: FolderStorage, tmp_path: Path) -> None:
    content = stored(storage, 500)
    (tmp_path / "files" / "t" / "f" / "000500").write_bytes(bytes(500))
    assert len(content.read(500)) == 500
    with pytest.raises(ContentChangedError):
        content.read(1)


def test_a_part_that_is_gone_is_missed_and_a_second_deletion_is_no_harm(storage: FolderStorage) -> None:
    content = stored(storage, 500)
    for _ in range(2):
        storage.delete("t/f/000000")
    with pytest.raises(PartMissingError):
        content.read(1)


def test_the_same_part_again_is_no_harm_and_leaves_nothing_beside_it(storage: FolderStorage, tmp_path: Path) -> None:
    for _ in range(2):
        storage.put("t/f/0", DATA)
    assert [path.name for path in (tmp_path / "files" / "t" / "f").iterdir()] == ["0"]


@pytest.mark.parametrize("url", ["files", "file://host/x", "ftp://x/y", "file:"])
def test_an_address_of_nothing(url: str) -> None:
    with pytest.raises(ValueError, match="SLUICE_FILES_URL"):
        open_storage(url)


def test_an_address_of_a_folder(tmp_path: Path) -> None:
    open_storage(f"file://{tmp_path}/a%20b").put("x/y/z", b"1")
    assert (tmp_path / "a b" / "x" / "y" / "z").read_bytes() == b"1"

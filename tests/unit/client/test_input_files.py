"""Files to push: plain or compressed they give the same lines, and a damaged one is never taken for a short one."""

import gzip
from pathlib import Path

import pytest
import zstandard
from click import ClickException
from hypothesis import given
from hypothesis import strategies as st

from libs.client.commands.records.input_files import open_lines
from libs.client.lines import split_lines

LINES = [b'{"n": %d, "t": "\xe1\xbb\x87 \xe2\x80\xa8 \xc2\x85"}' % number for number in range(20_000)]
DATA = b"\n".join(LINES) + b"\n"


def read(path: Path) -> list[bytes]:
    with open_lines(str(path)) as lines:
        return [line.rstrip(b"\n") for line in lines]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.ndjson", DATA),
        ("a.ndjson", b"\xef\xbb\xbf" + DATA),
        ("a.ndjson", DATA.rstrip(b"\n")),
        ("a.ndjson.gz", gzip.compress(DATA)),
        ("a.ndjson.gz", gzip.compress(DATA[:1000]) + gzip.compress(DATA[1000:])),
        ("a.ndjson.zst", zstandard.compress(DATA)),
        ("a.ndjson.zst", zstandard.compress(DATA[:1000]) + zstandard.compress(DATA[1000:])),
        ("a.ndjson.zst", zstandard.compress(b"\xef\xbb\xbf" + DATA)),
    ],
)
def test_every_form_gives_the_same_lines(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    assert read(tmp_path / name) == LINES


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.ndjson.gz", gzip.compress(DATA)[:-100]),
        ("a.ndjson.gz", DATA),
        ("a.ndjson.gz", gzip.compress(DATA)[:200] + b"\0" * 200 + gzip.compress(DATA)[400:]),
        ("a.ndjson.zst", zstandard.compress(DATA)[:-100]),
        ("a.ndjson.zst", zstandard.compress(DATA)[:-1]),
        ("a.ndjson.zst", DATA),
    ],
)
def test_a_damaged_file_is_an_error(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(ClickException, match="damaged") as caught:
        read(tmp_path / name)

    assert caught.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClickException, match=r"none\.ndjson"):
        read(tmp_path / "none.ndjson")


@given(st.binary(max_size=200), st.integers(1, 9))
def test_lines_are_the_same_however_the_bytes_arrive(data: bytes, piece: int) -> None:
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]

    assert list(split_lines(pieces)) == [line for line in data.split(b"\n") if line]

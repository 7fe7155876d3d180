"""Decompression piece by piece: whatever the cuts, the same bytes; never much more than the limit."""

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.files.decompression import CorruptError, WindowError, decompressor

LIMIT = 4 * 1024 * 1024
LARGEST_STEP = 32 * 1024 * 1024
"""What one piece of zstd may yield beyond the limit; gzip stays far below it."""


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1)


def zstandardised(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(data)


def streamed(data: bytes) -> bytes:
    """A frame that does not say its size beforehand."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return bytes(packer.compress(data) + packer.flush())


FORMATS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzipped),
    "zstd": ("zstd", zstandardised),
    "zstd without a size": ("zstd", streamed),
}
formats = st.sampled_from(list(FORMATS.values()))
contents = st.binary(max_size=300) | st.tuples(st.binary(min_size=1, max_size=3), st.integers(1, 200_000)).map(
    lambda pair: pair[0] * pair[1]
)


def unpacked(encoding: str, data: bytes, cuts: list[int], limit: int = LIMIT) -> bytes:
    """The data fed in these pieces. Raises CorruptError."""
    stream = decompressor(encoding, limit)
    assert stream is not None
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [piece for low, high in pairwise(edges) for piece in stream.feed(data[low:high])]
    stream.finish()
    return b"".join(pieces)


@given(formats, st.lists(contents, min_size=1, max_size=4), st.lists(st.integers(0, 10**6), max_size=6))
@settings(deadline=None, max_examples=80)
def test_what_was_packed_comes_back(
    packing: tuple[str, Callable[[bytes], bytes]], contents: list[bytes], cuts: list[int]
) -> None:
    """Several members or frames one after another are one content (RFC 1952, RFC 8878)."""
    encoding, pack = packing
    assert unpacked(encoding, b"".join(map(pack, contents)), cuts) == b"".join(contents)


@pytest.mark.parametrize("name", FORMATS)
def test_a_stream_may_come_byte_by_byte(name: str) -> None:
    encoding, pack = FORMATS[name]
    data = pack(b"ab" * 70_000) + pack(b"") + pack(b"c")
    assert unpacked(encoding, data, list(range(len(data)))) == b"ab" * 70_000 + b"c"


@given(formats, contents, st.integers(1, 10**6))
@settings(deadline=None, max_examples=60)
def test_a_stream_that_ends_too_early_is_noticed(
    packing: tuple[str, Callable[[bytes], bytes]], content: bytes, missing: int
) -> None:
    encoding, pack = packing
    data = pack(content)
    with pytest.raises(CorruptError):
        unpacked(encoding, data[: -(1 + missing % len(data))], [])


@given(
    st.sampled_from(["gzip", "zstd"]), st.binary(min_size=1, max_size=100), st.lists(st.integers(0, 100), max_size=3)
)
@settings(deadline=None, max_examples=60)
def test_bytes_of_no_format_are_refused(encoding: str, data: bytes, cuts: list[int]) -> None:
    with pytest.raises(CorruptError):
        unpacked(encoding, data, cuts)


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(deadline=None, max_examples=60)
def test_a_changed_byte_never_changes_the_content_unseen(place: int, change: int) -> None:
    """Both formats carry a checksum; a changed byte of a header may leave the content whole."""
    content = b'{"name_vi":"A"}' * 20
    checked = zstandard.ZstdCompressor(level=1, write_checksum=True).compress(content)
    for encoding, data in (("gzip", gzipped(content)), ("zstd", checked)):
        changed = bytearray(data)
        changed[place % len(data)] ^= change
        try:
            assert unpacked(encoding, bytes(changed), []) == content
        except CorruptError:
            continue


@pytest.mark.parametrize("name", FORMATS)
def test_what_follows_the_end_is_refused(name: str) -> None:
    encoding, pack = FORMATS[name]
    with pytest.raises(CorruptError):
        unpacked(encoding, pack(b"content") + b"more", [])


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_an_empty_body_is_no_stream(encoding: str) -> None:
    with pytest.raises(CorruptError):
        unpacked(encoding, b"", [])


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip": ("gzip", lambda: gzipped(bytes(256 * 1024 * 1024))),
    "gzip in members": ("gzip", lambda: gzipped(bytes(1024 * 1024)) * 256),
    "zstd": ("zstd", lambda: streamed(bytes(256 * 1024 * 1024))),
    "zstd in frames": ("zstd", lambda: zstandardised(bytes(1024 * 1024)) * 256),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_stops_near_the_limit(name: str) -> None:
    encoding, make = BOMBS[name]
    stream = decompressor(encoding, LIMIT)
    assert stream is not None
    bomb = make()
    assert len(bomb) < 2 * 1024 * 1024
    size = sum(map(len, stream.feed(bomb)))
    assert LIMIT < size <= LIMIT + LARGEST_STEP


def test_a_window_beyond_eight_mebibytes_is_refused() -> None:
    """For what it is, wherever the frame's header is cut, and in a frame after others."""
    parameters = zstandard.ZstdCompressionParameters(window_log=24)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = packer.compress(bytes(1024)) + packer.flush()
    for before in (b"", streamed(b"content")):
        for cut in range(len(before), len(before) + 12):
            with pytest.raises(WindowError):
                unpacked("zstd", before + frame, [cut])


def test_a_window_of_eight_mebibytes_is_read_and_a_broken_frame_is_not_blamed_on_its_window() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=23)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = packer.compress(bytes(1024)) + packer.flush()
    assert unpacked("zstd", frame, []) == bytes(1024)
    with pytest.raises(CorruptError) as broken:
        unpacked("zstd", frame[:6] + b"\xff" * 20, [])
    assert not isinstance(broken.value, WindowError)


def test_every_level_of_zstd_up_to_19_is_read() -> None:
    for level in range(1, 20):
        assert unpacked("zstd", zstandard.ZstdCompressor(level=level).compress(b"content"), []) == b"content"


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_no_compression_changes_nothing(encoding: str) -> None:
    assert unpacked(encoding, b"content", [3]) == b"content"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "compress", "x"])
def test_other_codings_are_unknown(encoding: str) -> None:
    assert decompressor(encoding, LIMIT) is None


def test_raw_deflate_is_no_gzip() -> None:
    with pytest.raises(CorruptError):
        unpacked("gzip", zlib.compress(b"content"), [])

"""What passes between a reading process and the one that started it: MessagePack, behind each message's size."""

import struct
from typing import IO

import msgspec
from msgspec import Struct

_SIZE = struct.Struct("<I")
LARGEST = 256 * 1024 * 1024


class Request(Struct, tag="request"):
    """Which sheet to read, and from which row on."""

    sheet: str
    row: int


class Opened(Struct, tag="opened"):
    """The first answer: the file's sheets, those that are hidden last."""

    names: list[str]
    visible: int
    """How many are not hidden."""
    rows: list[int] = []
    """How many rows each has, where the file says so."""


class Batch(Struct, tag="rows"):
    """Some rows of a sheet with their numbers; blank ones are left out."""

    numbers: list[int]
    rows: list[list[str]]
    faults: dict[int, str] = {}


class Ended(Struct, tag="ended"):
    """That was all."""


class Failed(Struct, tag="failed"):
    """The file cannot be read; a code of the catalogue."""

    code: str


Message = Request | Opened | Batch | Ended | Failed
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


def send(pipe: IO[bytes], message: Message) -> None:
    """Write a message. Raises BrokenPipeError where nobody reads any more."""
    data = _encode(message)
    pipe.write(_SIZE.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Message | None:
    """The next message; None where the other side has ended."""
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    (size,) = _SIZE.unpack(head)
    data = pipe.read(size) if size <= LARGEST else b""
    return _decode(data) if len(data) == size else None

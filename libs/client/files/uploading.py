"""An upload by tus 1.0 that goes on by itself: after a dropped connection, a restarted server, a wrong offset.

The server's offset alone says how much it has. What lies before it is hashed here, in pieces that are read twice from
the source, so that the file as a whole can be compared at the end and memory holds one piece.
"""

import base64
import contextlib
import hashlib
import os
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import BinaryIO
from uuid import UUID

from msgspec import Struct

from libs.client.connection import Connection, decode
from libs.client.failures import SluiceError, own_error
from libs.client.retrying import TransientError
from libs.contracts.files.file import FileView

FILES = "/api/v1/files"
PIECE_BYTES = 8 * 1024 * 1024
"""Bytes a request, and in memory; no more is sent again after a failure."""

_TUS = {"Tus-Resumable": "1.0.0"}


class UploadProgress(Struct, frozen=True, kw_only=True):
    """How far an upload is, in bytes."""

    received: int
    """What the server has, durably."""
    size: int


class Upload:
    """One file on its way; see `SluiceClient.upload`."""

    def __init__(
        self, connection: Connection, source: BinaryIO, name: str, on_progress: Callable[[UploadProgress], None]
    ) -> None:
        """`source` is read from where it stands to its end, and must be seekable (ValueError)."""
        if not source.seekable():
            raise ValueError("the file must be seekable, so that an upload can go on where it stands")
        self._connection = connection
        self._source = source
        self._start = source.tell()
        self._size = source.seek(0, os.SEEK_END) - self._start
        self._name = name
        self._on_progress = on_progress
        self._digest = hashlib.sha256()
        self._received = 0
        self._path = ""
        self._unsure = False
        """Whether only the server knows what it has."""

    def run(self) -> FileView:
        """Send all of it. Raises SluiceError, FILE_DIFFERS where the server then has something else."""
        self._create()
        try:
            return self._send()
        except SluiceError as error:
            if error.code == "FILE_DIFFERS":
                self._forget()
            raise

    def _send(self) -> FileView:
        self._tell()
        while self._received < self._size:
            self._connection.retrying.run(self._step)
            self._tell()
        file = self._connection.retrying.run(self._whole)
        if file.sha256 != self._digest.hexdigest():
            raise own_error("FILE_DIFFERS", name=self._name)
        return file

    def _whole(self) -> FileView:
        """The file, once it is complete; where the server died between the last byte and that, it is ended here."""
        file = decode(self._connection.attempt("GET", self._path), FileView)
        if file.state != "complete":
            self._patch(b"")
            file = decode(self._connection.attempt("GET", self._path), FileView)
        return file

    def _forget(self) -> None:
        with contextlib.suppress(SluiceError):
            self._connection.send("DELETE", self._path)

    def _create(self) -> None:
        response = self._connection.send(
            "POST",
            FILES,
            headers={
                **_TUS,
                "Upload-Length": str(self._size),
                "Upload-Metadata": f"filename {base64.b64encode(self._name.encode()).decode()}",
                "Idempotency-Key": uuid.uuid4().hex,
            },
        )
        self._path = _path_of(response.headers.get("location", ""))

    def _step(self) -> None:
        """One request with the next piece, after asking where the upload stands if that is not known."""
        if self._unsure:
            self._reach(decode(self._connection.attempt("GET", self._path), FileView).offset)
        if self._received == self._size:
            return
        piece = self._read(self._received, min(PIECE_BYTES, self._size - self._received))
        self._unsure = True
        self._reach(self._patch(piece))

    def _patch(self, piece: bytes) -> int:
        """Send a piece; returns how much the server has then."""
        try:
            response = self._connection.attempt("PATCH", self._path, headers=self._headers(piece), content=piece)
        except SluiceError as error:
            # Another request of ours that the server has not given up, or a piece that arrived without an answer.
            raise TransientError(error) if error.status == HTTPStatus.CONFLICT else error from None
        return int(response.headers["upload-offset"])

    def _headers(self, piece: bytes) -> dict[str, str]:
        return {
            **_TUS,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(self._received),
            "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(piece).digest()).decode()}",
        }

    def _reach(self, offset: int) -> None:
        """Note that the server has what lies before `offset`, and hash as far."""
        if offset < self._received:
            self._digest, self._received = hashlib.sha256(), 0
        while self._received < offset:
            piece = self._read(self._received, min(PIECE_BYTES, offset - self._received))
            self._digest.update(piece)
            self._received += len(piece)
        self._unsure = False

    def _read(self, offset: int, size: int) -> bytes:
        self._source.seek(self._start + offset)
        piece = self._source.read(size)
        if len(piece) < size:
            raise own_error("FILE_DIFFERS", name=self._name)
        return piece

    def _tell(self) -> None:
        self._on_progress(UploadProgress(received=self._received, size=self._size))


def _path_of(location: str) -> str:
    """Where the upload goes on; built here, so that a token only ever goes to the server it is for."""
    try:
        return f"{FILES}/{UUID(location.rpartition('/')[2])}"
    except ValueError:
        raise own_error("UNEXPECTED_ANSWER", status=HTTPStatus.CREATED.value) from None

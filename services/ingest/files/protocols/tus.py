"""tus 1.0: creation, creation-with-upload, creation-defer-length, termination, checksum, expiration."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from email.utils import format_datetime
from typing import TYPE_CHECKING

import falcon
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.uploads.announcing import metadata_name
from services.ingest.files.protocols.announced import Announced, number, required

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration"
MEDIA_TYPE = "application/offset+octet-stream"
ALGORITHMS: dict[str, Callable[[], "_Hash"]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}


class Checksum(Struct, frozen=True):
    """What the body of a request has to hash to."""

    algorithm: str
    digest: bytes

    def begin(self) -> "_Hash":
        """The hash, of nothing yet."""
        return ALGORITHMS[self.algorithm]()


def speaks(req: falcon.Request, resp: falcon.Response) -> bool:
    """Whether a request is of tus; every answer to it says so too. Raises Refusal for another version."""
    version = req.get_header("Tus-Resumable")
    if version is None:
        return False
    resp.set_header("Tus-Resumable", VERSION)
    if version.strip() != VERSION:
        raise Refusal("TUS_VERSION", headers={"Tus-Version": VERSION})
    return True


def announced(req: falcon.Request) -> Announced:
    """The file that a creation announces. Raises Refusal."""
    size = number(req, "Upload-Length")
    if size is None and req.get_header("Upload-Defer-Length") != "1":
        raise Refusal("UPLOAD_HEADER", name="Upload-Length", expected="0, 1, 2, … / Upload-Defer-Length: 1")
    metadata = req.get_header("Upload-Metadata", default="")
    return Announced(name=metadata_name(metadata), size=size, metadata=metadata)


def checksum(req: falcon.Request) -> Checksum | None:
    """What Upload-Checksum says. Raises Refusal."""
    text = req.get_header("Upload-Checksum")
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in ALGORITHMS or len(digest) != ALGORITHMS[algorithm]().digest_size:
        raise Refusal("UPLOAD_HEADER", name="Upload-Checksum", expected=f"{' / '.join(ALGORITHMS)} BASE64")
    return Checksum(algorithm, digest)


def offset(req: falcon.Request) -> int:
    """Where the body of a PATCH belongs. Raises Refusal."""
    return required(req, "Upload-Offset")


def say_abilities(resp: falcon.Response, max_size: int) -> None:
    """Say what is understood, for OPTIONS."""
    resp.set_header("Tus-Resumable", VERSION)
    resp.set_header("Tus-Version", VERSION)
    resp.set_header("Tus-Extension", EXTENSIONS)
    resp.set_header("Tus-Max-Size", str(max_size))
    resp.set_header("Tus-Checksum-Algorithm", ",".join(ALGORITHMS))


def say_state(resp: falcon.Response, file: StoredFile) -> None:
    """Say how far an upload is."""
    resp.set_header("Upload-Offset", str(file.received))
    if file.size is None:
        resp.set_header("Upload-Defer-Length", "1")
    else:
        resp.set_header("Upload-Length", str(file.size))
    if file.metadata:
        resp.set_header("Upload-Metadata", file.metadata)
    resp.set_header("Upload-Expires", format_datetime(file.expires_at, usegmt=True))

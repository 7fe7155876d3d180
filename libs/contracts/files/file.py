"""A file that somebody brought, or that a task made."""

import datetime
import uuid
from typing import Any, Literal

from msgspec import Struct

FileState = Literal["receiving", "complete"]


class StoredFile(Struct, frozen=True, kw_only=True):
    """What is known of a file; times are UTC."""

    file_id: uuid.UUID
    tenant_id: uuid.UUID
    name: str
    size: int | None
    """Bytes; None while nobody has said how many there will be."""
    received: int
    """Bytes that are durable, from the start."""
    parts: int
    """In how many pieces they are kept."""
    state: FileState
    sha256: str | None
    """Of the whole file, in hex; None until it is complete."""
    analysis: dict[str, Any] | None
    """What the last analysis found in it."""
    metadata: str
    """As the protocol of its upload gave it."""
    created_by: str
    created_at: datetime.datetime
    expires_at: datetime.datetime


class FileLinks(Struct, frozen=True):
    """Where a file is to be had."""

    self: str
    content: str


class FileView(Struct, frozen=True, kw_only=True):
    """A file as the API shows it."""

    id: uuid.UUID
    name: str
    size: int | None
    """Bytes; null while nobody has said how many there will be."""
    offset: int
    """Bytes that have been received and are safe."""
    state: FileState
    sha256: str | None
    """Of the whole file, in hex; null until it is complete."""
    format: str | None
    """What the last analysis found; null before."""
    encoding: str | None
    dialect: dict[str, Any] | None
    analysis: dict[str, Any] | None
    created_by: str
    created_at: datetime.datetime
    expires_at: datetime.datetime
    links: FileLinks


class FilePage(Struct, frozen=True):
    """A page of files, newest first."""

    files: list[FileView]
    next_page_token: str | None


class FormatView(Struct, frozen=True, kw_only=True):
    """A format of files that is read."""

    name: str
    """What `format` names it by."""
    title: str
    title_vi: str
    endings: list[str]
    """Of files' names."""
    entities: list[str]
    """Of a scanner's own format: the kinds of records that are made of it; empty for tables, which are mapped."""


class FormatList(Struct, frozen=True):
    """What is read, and in what each of it may be compressed."""

    formats: list[FormatView]
    compressions: list[str]


def file_url(file_id: uuid.UUID) -> str:
    """A file's address."""
    return f"/api/v1/files/{file_id}"


def file_view(file: StoredFile) -> FileView:
    """A file as the API shows it."""
    found = file.analysis or {}
    source = dict(found.get("source") or {})
    url = file_url(file.file_id)
    return FileView(
        id=file.file_id, name=file.name, size=file.size, offset=file.received, state=file.state, sha256=file.sha256,
        format=found.get("format"), encoding=source.pop("encoding", None),
        dialect={name: value for name, value in source.items() if name != "format"} or None, analysis=file.analysis,
        created_by=file.created_by, created_at=file.created_at, expires_at=file.expires_at,
        links=FileLinks(url, f"{url}/content"),
    )  # fmt: skip

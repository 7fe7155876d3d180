"""Bringing files and looking after them."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from libs.client.calls.calls import Calls, each_of, path_of
from libs.client.files.uploading import FILES, Upload, UploadProgress
from libs.contracts.files.file import FilePage, FileView

NAMELESS = "upload"


class FileCalls(Calls):
    """What can be asked of the tenant's files. Every method raises SluiceError."""

    def upload(
        self,
        source: str | os.PathLike[str] | BinaryIO,
        *,
        name: str | None = None,
        on_progress: Callable[[UploadProgress], None] = lambda _: None,
    ) -> FileView:
        """Bring a file, by its path or opened for reading bytes, under its own name or another one.

        It goes on by itself after dropped connections and restarts of the server, each time for `retry_for` seconds,
        and is compared by SHA-256 when it has arrived: SluiceError FILE_DIFFERS where it has changed meanwhile. Memory
        holds 8 MiB of it. Raises OSError where it cannot be read, ValueError where it is not seekable.
        """
        with ExitStack() as stack:
            if isinstance(source, str | os.PathLike):
                name = name or Path(source).name
                source = stack.enter_context(Path(source).open("rb"))
            return Upload(self._connection, source, name or NAMELESS, on_progress).run()

    def file(self, file_id: str | UUID) -> FileView:
        """A file. One that this tenant does not have is SluiceError FILE_NOT_FOUND."""
        return self._connection.get(path_of(FILES, file_id), FileView)

    def files(self, *, limit: int | None = None) -> Iterator[FileView]:
        """The tenant's files, newest first, at most `limit` of them; pages are fetched as they are needed."""

        def page(params: dict[str, Any]) -> tuple[list[FileView], str | None]:
            found = self._connection.get(FILES, FilePage, params)
            return found.files, found.next_page_token

        return each_of(page, limit)

    def save_file(self, file_id: str | UUID, target: BinaryIO) -> None:
        """Write a file's bytes to one that can be written again from where it stands."""
        self._connection.save(path_of(FILES, file_id, "content"), target)

    def delete_file(self, file_id: str | UUID) -> None:
        """Forget a file. While a job reads it that is SluiceError FILE_IN_USE."""
        self._connection.send("DELETE", path_of(FILES, file_id))

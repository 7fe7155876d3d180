"""Opens a file to look at its first rows: no more of it is read than a request may cost."""

import io
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from libs.contracts.files.mappings import Source
from libs.contracts.refusals import Refusal
from libs.files.content import Content, ContentChangedError
from libs.files.failures import UnreadableError
from libs.files.storage import PartMissingError
from libs.files.tables import Table, open_table
from libs.lookup.slots import Slots
from libs.uploads.files import FileStore

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a file that one look may read; a workbook keeps the texts of all its rows before the first of them."""
LONGEST_S = 5.0
"""Seconds that it may take."""
AT_ONCE = Slots(4, 2)
"""Looks of a process: each holds a thread, and the memory of a part or two."""


class Bounded:
    """A file's content of which only so much may be read. Raises UnreadableError, and what `Content` raises."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._left = MOST_BYTES
        self._deadline = time.monotonic() + LONGEST_S
        self.size = content.size

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        data = self._content.read(size)
        self._left -= len(data)
        if self._left < 0 or time.monotonic() > self._deadline:
            raise UnreadableError("PREVIEW_TOO_LONG", limit=MOST_BYTES, seconds=LONGEST_S)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to an offset; returns where that is."""
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        """The offset of the next byte."""
        return self._content.tell()


@contextmanager
def opened(
    files: FileStore, tenant_id: uuid.UUID, file_id: uuid.UUID, source: Source, entity: str | None = None
) -> Iterator[Table]:
    """A file's table, for a look. Raises Refusal whatever is wrong with the file, also within the block."""
    if not AT_ONCE.take(tenant_id):
        raise Refusal("TOO_MANY_STREAMS", headers={"Retry-After": "1"})
    try:
        with closing(_table(files, tenant_id, file_id, source, entity)) as table:
            yield table
    except UnreadableError as error:
        raise _refusal(error) from error
    except (ContentChangedError, PartMissingError) as error:
        raise Refusal("FILE_DAMAGED") from error
    except OSError as error:
        raise Refusal("STORAGE_UNAVAILABLE") from error
    finally:
        AT_ONCE.give_back(tenant_id)


def _table(files: FileStore, tenant_id: uuid.UUID, file_id: uuid.UUID, source: Source, entity: str | None) -> Table:
    content, known = files.content(tenant_id, file_id), files.file(tenant_id, file_id)
    return open_table(Bounded(content), source, name=known.name if known else "", entity=entity or "")


def _refusal(error: UnreadableError) -> Refusal:
    params: dict[str, Any] = error.params
    return Refusal(error.code, **params)

"""Parquet by pyarrow; runs within `child`. One sheet, whose first row is the names of its columns.

Members of structs become columns `a.b`, as in JSON; lists, maps and what lies deeper become JSON.
"""

import base64
import datetime
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from libs.files.failures import UnreadableError
from libs.files.readers.json.members import cell
from libs.files.readers.outside.batches import batches
from libs.files.readers.outside.messages import Batch, Opened, Request
from libs.files.readers.table import check_width
from libs.files.readers.xlsx.cells import number

SHEET = "parquet"
ROWS = 1_000
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # gives memory back, and takes no more of it than it needs

import pyarrow as pa  # noqa: E402
from pyarrow import parquet as pq  # noqa: E402


class ParquetReader:
    """An open file."""

    def __init__(self, path: str) -> None:
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        try:
            self._file = pq.ParquetFile(path, memory_map=False, buffer_size=256 * 1024, pre_buffer=False)
        except pa.ArrowException as error:
            raise UnreadableError("FILE_DAMAGED") from error
        self._columns = [
            (field.name, [inner.name for inner in field.type] if pa.types.is_struct(field.type) else [])
            for field in self._file.schema_arrow
        ]

    def opened(self) -> Opened:
        """One sheet, and how many rows it has."""
        names = self._names()
        check_width(len(names))
        return Opened([SHEET], 1, [self._file.metadata.num_rows])

    def _names(self) -> list[str]:
        return [name for outer, inner in self._columns for name in ([f"{outer}.{each}" for each in inner] or [outer])]

    def read(self, request: Request) -> Iterator[Batch]:
        """The rows from a number on; the first is 2, below the names."""
        if request.row <= 1:
            yield Batch([1], [self._names()])
        yield from batches(self._rows(request.row))

    def _rows(self, first: int) -> Iterator[tuple[int, list[str]]]:
        """The rows of the row group that has the first one, and of those behind it."""
        number, metadata = 2, self._file.metadata
        for group in range(metadata.num_row_groups):
            size = metadata.row_group(group).num_rows
            if number + size > first:
                for row, cells in enumerate(self._group(group), number):
                    if row >= first:
                        yield row, cells
            number += size

    def _group(self, group: int) -> Iterator[list[str]]:
        try:
            for batch in self._file.iter_batches(batch_size=ROWS, row_groups=[group], use_threads=False):
                columns = [texts for column, (_, inner) in zip(batch.columns, self._columns, strict=True)
                           for texts in _texts(column.to_pylist(), inner)]  # fmt: skip
                yield from map(list, zip(*columns, strict=True))
        except pa.ArrowMemoryError:
            raise MemoryError from None
        except (pa.ArrowException, OSError) as error:
            raise UnreadableError("FILE_DAMAGED") from error


def _texts(values: list[Any], inner: list[str]) -> Iterator[list[str]]:
    """The cells of a column, or of each member of a struct."""
    if not inner:
        yield [_text(value) for value in values]
    for name in inner:
        yield [_text(value[name]) if value is not None else "" for value in values]


def _text(value: Any) -> str:
    match value:
        case float():
            return number(repr(value))
        case bytes():
            return base64.b64encode(value).decode()
        case datetime.datetime():
            return value.isoformat(" ")
        case None | bool() | str() | Decimal() | list() | dict() | tuple():
            return cell(_plain(value))
        case _:
            return str(value)


def _plain(value: Any) -> Any:
    """A nested value in JSON's terms."""
    match value:
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case None | bool() | str() | Decimal():
            return value
        case int() | float():
            return Decimal(str(value))
        case _:
            return _text(value)

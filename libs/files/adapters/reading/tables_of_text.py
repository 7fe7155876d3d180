"""Rows of delimited text by the names of their columns, for scanners whose own format is one."""

import io
from collections.abc import Iterator
from contextlib import closing

from libs.contracts.files.mappings import Source
from libs.files.adapters.inventory import Inventory
from libs.files.readers.delimited_table import DelimitedTable


class _Bytes(io.BytesIO):
    @property
    def size(self) -> int:
        return len(self.getbuffer())


def rows_of(data: bytes, inventory: Inventory) -> Iterator[dict[str, str]]:
    """Each row; one that cannot be read, or that has not the header's columns, is counted."""
    with closing(DelimitedTable(_Bytes(data), Source())) as table:
        for stretch in table.read(table.first):
            for row, cells in enumerate(stretch.rows):
                if row in stretch.faults or len(cells) != len(table.header):
                    inventory.bad += 1
                else:
                    yield dict(zip(table.header, map(str.strip, cells), strict=True))

"""Errors, or other rows that are flat, as a workbook: every cell is text, so that nothing in it computes."""

from collections.abc import Iterator

import msgspec

from libs.files.writers.sheets import XlsxWriter
from libs.lookup.outcomes.error_formats import Views

MOST = 100_000
"""Rows: a workbook is there once all of it is, and somebody waits."""


def as_xlsx(pages: Views, kind: type[msgspec.Struct], cut: str) -> Iterator[bytes]:
    """One sheet with a header; where there are more rows than `MOST`, its last row says `cut`."""
    columns = kind.__struct_fields__
    writer = XlsxWriter(columns)
    try:
        left = MOST
        for page in pages:
            writer.rows([msgspec.to_builtins(view) for view in page[:left]])
            left -= len(page)
            if left < 0:
                writer.rows([{columns[0]: cut}])
                break
        yield from writer.tail()
    finally:
        writer.close()

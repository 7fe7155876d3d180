"""XLSX in constant memory: rows go to temporary files, and the file is put together when there are no more.

Every cell is text: nothing is taken for a formula, a number or a link. A sheet that is full is followed by another. A
text beyond what a cell holds is cut there, and says so.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from libs.files.failures import UnreadableError

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST = 32_767
CUT = " […]"
PIECE = 256 * 1024


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A whole file. Raises UnreadableError where this installation lacks what writes it, or a sheet is too narrow."""
    if len(header) > MOST_COLUMNS:
        raise UnreadableError("FILE_TOO_MANY_COLUMNS", max=MOST_COLUMNS)
    with tempfile.TemporaryDirectory(prefix="sluice-workbook-") as folder, tempfile.TemporaryFile() as file:
        _fill(file, folder, header, rows)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _fill(file: IO[bytes], folder: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise UnreadableError("FORMAT_NOT_INSTALLED", format="xlsx") from error
    options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
    with Workbook(file, options) as book:
        number = MOST_ROWS
        sheet: Any = None
        for row in rows:
            if number >= MOST_ROWS:
                sheet, number = _begin(book, header), 1
            _write_row(sheet, number, row)
            number += 1
        if sheet is None:
            _begin(book, header)


def _begin(book: Any, header: Sequence[str]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    _write_row(sheet, 0, header)
    return sheet


def _write_row(sheet: Any, number: int, row: Sequence[str]) -> None:
    for column, cell in enumerate(row[:MOST_COLUMNS]):
        if cell:
            sheet.write_string(number, column, cell if len(cell) <= LONGEST else cell[: LONGEST - len(CUT)] + CUT)

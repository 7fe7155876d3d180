"""Workbooks (xls, ods) by calamine; runs within `child`."""

import datetime
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from libs.files.failures import UnreadableError
from libs.files.readers.outside.batches import batches
from libs.files.readers.outside.messages import Batch, Opened, Request
from libs.files.readers.xlsx.cells import number

_TOO_MANY = "limit exceeded"
"""What calamine says of a sheet whose cells, empty ones included, are too many; it has no other way to tell."""


class WorkbookReader:
    """An open workbook."""

    def __init__(self, path: str) -> None:
        try:
            self._book = CalamineWorkbook.from_path(path)
        except PasswordError as error:
            raise UnreadableError("FILE_ENCRYPTED") from error
        except CalamineError as error:
            raise UnreadableError("FILE_NEEDS_TOO_MUCH" if _TOO_MANY in str(error) else "FILE_DAMAGED") from error

    def opened(self) -> Opened:
        """Its sheets; charts are none."""
        sheets = [each for each in self._book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        visible = [each.name for each in sheets if each.visible == SheetVisibleEnum.Visible]
        return Opened(visible + [each.name for each in sheets if each.name not in visible], len(visible))

    def read(self, request: Request) -> Iterator[Batch]:
        """The rows of a sheet."""
        rows = enumerate(self._book.get_sheet_by_name(request.sheet).iter_rows(), 1)
        return batches((row, _cells(values)) for row, values in rows if row >= request.row)


def _cells(values: list[Any]) -> list[str]:
    """The cells of a row up to its last value."""
    cells = [_text(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return number(repr(value))
        case datetime.datetime():
            moment = value.replace(microsecond=0)
            return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat(" ")
        case _:
            return str(value)

"""The formats that are read by processes of their own: xls, ods and Parquet."""

from msgspec import structs

from libs.contracts.files.mappings import Source
from libs.files.failures import UnreadableError
from libs.files.inflating import MOST_INFLATED
from libs.files.readers.format import Format
from libs.files.readers.outside.process import OutsideFile
from libs.files.readers.sheet_table import SheetTable
from libs.files.readers.table import Table
from libs.files.sniffing.compound import COMPOUND, stream_names
from libs.files.sniffing.look import Look
from libs.files.streams import Stream, as_file, on_disk

LARGEST_WORKBOOK = 256 * 1024 * 1024
"""Bytes of a workbook that has to be in memory as a whole."""
_MACROS = ("_vba_project_cur", "macros", "vba")


def _open(kind: str, stream: Stream, source: Source, most: int) -> Table:
    too_large = UnreadableError("FILE_TOO_LARGE_FOR_FORMAT", format=kind, limit=most)
    file = OutsideFile(kind, on_disk(stream, most, too_large))
    try:
        return SheetTable(file, source)
    except BaseException:
        file.close()
        raise


def _open_xls(stream: Stream, source: Source) -> Table:
    if not stream_names(as_file(stream)).isdisjoint(_MACROS):
        raise UnreadableError("FILE_MACROS")
    return _open("xls", stream, source, LARGEST_WORKBOOK)


def _open_ods(stream: Stream, source: Source) -> Table:
    return _open("ods", stream, source, LARGEST_WORKBOOK)


def _open_parquet(stream: Stream, source: Source) -> Table:
    named = structs.replace(source, sheet=None, header_row=1)
    return _open("parquet", stream, named, MOST_INFLATED)


def _is_xls(look: Look) -> bool:
    return look.start.startswith(COMPOUND) and not look.names.isdisjoint(("workbook", "book"))


def _is_ods(look: Look) -> bool:
    return "content.xml" in look.names and b"opendocument.spreadsheet" in look.start[:200]


def _is_parquet(look: Look) -> bool:
    return look.start.startswith(b"PAR1")


XLS = Format(name="xls", endings=("xls",), may_be=_is_xls, seems=_is_xls, open=_open_xls)
ODS = Format(name="ods", endings=("ods",), may_be=_is_ods, seems=_is_ods, open=_open_ods)
PARQUET = Format(name="parquet", endings=("parquet",), may_be=_is_parquet, seems=_is_parquet, open=_open_parquet)

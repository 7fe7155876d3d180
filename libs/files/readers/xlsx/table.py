"""XLSX as a format."""

import re

from libs.contracts.files.mappings import Source
from libs.files.readers.format import Format
from libs.files.readers.sheet_table import SheetTable
from libs.files.readers.table import Table
from libs.files.readers.xlsx.file import XlsxFile
from libs.files.sniffing.look import Look
from libs.files.streams import Stream, as_file

_PART = re.compile(r"xl/.*\.xml$")


def _open(stream: Stream, source: Source) -> Table:
    file = XlsxFile(as_file(stream))
    try:
        return SheetTable(file, source)
    except BaseException:
        file.close()
        raise


def _is_workbook(look: Look) -> bool:
    """A package (OPC) with a workbook's parts, or one that a password hides."""
    if "encryptedpackage" in look.names:
        return True
    return "[content_types].xml" in look.names and any(_PART.match(name) for name in look.names)


FORMAT = Format(name="xlsx", endings=("xlsx", "xlsm"), may_be=_is_workbook, seems=_is_workbook, open=_open)

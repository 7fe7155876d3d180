"""The formats of files that are read, in the order in which a file's content is compared with them."""

from libs.files.readers import delimited_table
from libs.files.readers.format import Format
from libs.files.readers.xlsx import table as xlsx

COMPRESSIONS = ("gzip", "zstd")
"""Each format may come in one of these, or as it is."""

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        xlsx.FORMAT,
        delimited_table.FORMAT,
    )
}

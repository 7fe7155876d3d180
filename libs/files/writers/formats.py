"""The formats that files are written in. A format is one module and one line of the registry."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from libs.files.writers import delimited, lines, workbook

Write = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[bytes]]
"""(header, rows) -> the file's bytes, piece by piece."""


class Written(Struct, frozen=True):
    """One format."""

    name: str
    ending: str
    media_type: str
    write: Write
    continues: bool
    """Whether rows that are written later go behind what is there; without, a file is begun anew."""
    more: Write | None = None
    """Writes rows that go behind others."""


WRITERS: dict[str, Written] = {
    each.name: each
    for each in (
        Written("csv", "csv", "text/csv; charset=utf-8", delimited.write, continues=True, more=delimited.write_more),
        Written("ndjson", "ndjson", "application/x-ndjson", lines.write, continues=True, more=lines.write),
        Written(
            "xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.write,
            continues=False,
        ),
    )
}  # fmt: skip

"""A mapping as people read it: a column a line, and below it what else the column may be."""

import shutil
from collections.abc import Iterator
from typing import Any

import msgspec

from libs.client.commands.screen.display import clipped, printable, table, wrapped
from libs.client.files.deciding import choices
from libs.contracts.files.mapping_bodies import ColumnView, MappingView, Preview
from libs.contracts.texts import chosen, said

WIDEST_NAME = 24
"""Characters of a column's name."""


def mapping_lines(mapping: MappingView) -> Iterator[str]:
    """The table, then the constants and what every record needs and nothing gives."""
    header = ["#", said("COLUMN"), said("FIELD"), said("SURE"), said("WHY")]
    first, *lines = table(header, [_row(column) for column in mapping.columns], right=(0, 3)).splitlines()
    yield first
    indent = " " * first.index(said("FIELD"))
    width = shutil.get_terminal_size().columns - 1
    for column, line in zip(mapping.columns, lines, strict=True):
        yield line
        if others := alternatives_text(mapping, column):
            yield clipped(indent + said("OR" if column.target else "PERHAPS", fields=others), width)
    for name, value in mapping.constants.items():
        yield said("CONSTANT", field=name, value=_value_text(value))
    if mapping.unmapped:
        yield said("UNMAPPED", fields=", ".join(mapping.unmapped))


def preview_lines(preview: Preview) -> Iterator[str]:
    """Each row as the record that it becomes, and what is wrong with it."""
    width = shutil.get_terminal_size().columns - 1
    yield said("PREVIEW")
    for row in preview.rows:
        yield said("ROW", row=row.row)
        members = row.record or {}
        names = max(map(len, members), default=0)
        for name, value in members.items():
            yield clipped(f"  {name:<{names}}  {_value_text(value)}", width)
        for error in row.errors:
            where = printable(error.column or error.pointer)
            yield wrapped(f"{where}: {chosen(error.error, error.error_vi)}", 4, first="! ")


def alternatives_text(mapping: MappingView, column: ColumnView) -> str:
    """What else a column may become, with how sure that is."""
    return ", ".join(f"{other.target} {other.confidence:.0%}" for other in choices(mapping, column))


def column_name(column: ColumnView) -> str:
    """A column's name in a sentence; by its number where it has none."""
    return printable(column.name) or f"#{column.index + 1}"


def _row(column: ColumnView) -> list[str]:
    name = clipped(column_name(column), WIDEST_NAME)
    if column.target is None:
        return [f"{column.index + 1}", name, "-", "", ""]
    return [f"{column.index + 1}", name, column.target, f"{column.confidence:.0%}", said(f"BY_{column.by.upper()}")]


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value_text, value))
    return printable(value if isinstance(value, str) else msgspec.json.encode(value).decode())

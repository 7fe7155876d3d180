"""Questions on a terminal: where a proposed mapping is unsure, a person says what is meant.

Every function gives the changes that the answers make to the mapping. An empty answer always takes the careful way.
"""

import difflib
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from libs.client.commands.files.mapping_table import column_name
from libs.client.commands.screen.display import echo, wrapped
from libs.client.files.deciding import choices, fields_of, value_from, values_of
from libs.contracts.files.mapping_bodies import ColumnView, MappingView
from libs.contracts.texts import said

T = TypeVar("T")
MOST_LISTED = 20
"""Values of a field that are listed; country codes are not."""


class AnswerError(Exception):
    """An answer that means nothing here; its text says what would."""


def somebody_is_there() -> bool:
    """Whether questions can be answered."""
    return sys.stdin.isatty()


def ask(question: str, read: Callable[[str], T]) -> T:
    """The answer, asked for until it can be read. Raises click.Abort at the end of the input and on Ctrl-C."""
    while True:
        answer = click.prompt(question, default="", prompt_suffix=" ", show_default=False, err=True)
        try:
            return read(answer.strip())
        except AnswerError as error:
            echo(wrapped(str(error), 0))


def decide(mapping: MappingView, doubts: Sequence[ColumnView]) -> dict[int, str | None]:
    """The field of each of these columns by the column's index, None where it is left out."""
    decided: dict[int, str | None] = {}
    for column in doubts:
        echo("")
        decided[column.index] = ask_field(mapping, column, taken=[each for each in decided.values() if each])
    return decided


def ask_field(mapping: MappingView, column: ColumnView, taken: Sequence[str] = ()) -> str | None:
    """What a column becomes; an empty answer keeps what it is, or leaves it out."""
    offered = [column.target] if column.target else []
    offered += [other.target for other in choices(mapping, column) if other.target not in taken]
    sure: dict[str | None, float] = {other.target: other.confidence for other in column.alternatives}
    sure[column.target] = column.confidence
    echo(said("ASK_FIELD", number=column.index + 1, name=column_name(column)))
    for number, target in enumerate(offered, 1):
        echo(f"  {number}  {target} ({sure[target]:.0%})")
    echo(f"  0  {said('LEAVE_OUT')}")
    default = "1" if column.target else "0"
    question = said("ASK_FIELD_ANSWER", default=default)
    return ask(question, lambda answer: _field(answer or default, offered, fields_of(mapping)))


def ask_to_load(mapping: MappingView) -> ColumnView | bool:
    """Whether the mapping is right, or which column of it is to be changed."""
    columns = {str(column.index + 1): column for column in mapping.columns}

    def read(answer: str) -> ColumnView | bool:
        if answer in columns:
            return columns[answer]
        if answer.lower() not in ("", *said("YES").split(), *said("NO").split()):
            raise AnswerError(said("YES_NO_OR_COLUMN", last=len(columns)))
        return answer == "" or answer.lower() in said("YES").split()

    return ask(said("ASK_TO_LOAD"), read)


def ask_missing(mapping: MappingView, field: str) -> tuple[int | None, Any]:
    """Where a required field comes from: a column's index, or a value for all rows."""
    entity = mapping.entity or ""
    values = values_of(entity, field)
    values = values if len(values) <= MOST_LISTED else ()
    echo("")
    echo(said("ASK_MISSING", field=field))
    for number, value in enumerate(values, 1):
        echo(f"  {number}  {value}")
    indexes = {f"#{column.index + 1}": column.index for column in mapping.columns}
    question = said("ASK_MISSING_LISTED" if values else "ASK_MISSING_FREE")
    return ask(question, lambda answer: _missing(answer, entity, field, values, indexes))


def _missing(
    answer: str, entity: str, field: str, values: Sequence[str], indexes: dict[str, int]
) -> tuple[int | None, Any]:
    if answer in indexes:
        return indexes[answer], None
    if values and answer.isdecimal() and 0 < int(answer) <= len(values):
        return None, values[int(answer) - 1]
    try:
        return None, value_from(entity, field, answer)
    except ValueError:
        raise AnswerError(said("NO_SUCH_VALUE", field=field)) from None


def _field(answer: str, offered: Sequence[str], fields: Sequence[str]) -> str | None:
    if answer == "0":
        return None
    if answer.isdecimal() and int(answer) <= len(offered):
        return offered[int(answer) - 1]
    if answer in fields:
        return answer
    near = difflib.get_close_matches(answer, fields, n=3) or fields
    raise AnswerError(said("NO_SUCH_FIELD", fields=", ".join(near)))

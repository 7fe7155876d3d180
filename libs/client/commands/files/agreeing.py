"""From a file to a mapping that somebody has agreed to: analysed, proposed, mended, looked at, approved."""

from http import HTTPStatus
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from libs.client.client import SluiceClient
from libs.client.commands.files import asking
from libs.client.commands.files.mapping_table import alternatives_text, column_name, mapping_lines, preview_lines
from libs.client.commands.options import Failure, describe
from libs.client.commands.screen.display import echo, printable
from libs.client.commands.screen.following import finished
from libs.client.failures import SluiceError
from libs.client.files.deciding import doubtful
from libs.contracts.files.file import FileView
from libs.contracts.files.mapping_bodies import ColumnView, MappingView
from libs.contracts.files.mappings import Source
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.types.analyze import AnalyzeResult
from libs.contracts.texts import said

PREVIEW_ROWS = 3
EXIT_DECLINED = 2
WORKBOOKS = ("xlsx", "xls", "ods")
"""Formats whose sheets people have named."""


def analysed(client: SluiceClient, file: FileView, entity: str, source: Source, *, alone: bool) -> AnalyzeResult:
    """What is in the file, read as `source` says, in an encoding that is certain or that somebody agrees to.

    Where nobody can be asked (`alone`), a doubtful one is a Failure.
    """
    while True:
        found = msgspec.convert(
            finished(client, client.analyze(file, source=source).id, "ANALYSING").result, AnalyzeResult
        )
        if found.format not in WORKBOOKS and found.source.sheet in ENTITIES and found.source.sheet != entity:
            # A scanner's own format: a table for each kind of record.
            source = replace(source, format=found.format, sheet=entity)
        elif found.certain:
            echo(_summary(found))
            return found
        else:
            source = replace(source, encoding=_agreed_encoding(found, alone=alone))


def _agreed_encoding(found: AnalyzeResult, *, alone: bool) -> str:
    guess = found.source.encoding or ""
    if alone:
        raise Failure(said("ENCODING_DOUBTFUL", encoding=guess))
    echo(said("ASK_ENCODING", encoding=guess, names=", ".join(printable(each.name) for each in found.columns[:5])))
    return asking.ask(said("ASK_ENCODING_ANSWER"), lambda answer: answer) or guess


def proposed(client: SluiceClient, file: FileView, entity: str, found: AnalyzeResult, provider: str) -> MappingView:
    """A mapping for the file, read as it was found."""
    job = finished(client, client.propose(file, entity, provider=provider, source=found.source).id, "MATCHING")
    return client.mapping((job.result or {})["mapping_id"])


def with_constants(client: SluiceClient, mapping: MappingView, constants: dict[str, Any]) -> MappingView:
    """The mapping with these values for all rows."""
    if mapping.constants | constants == mapping.constants:
        return mapping
    return client.change_mapping(mapping, {"constants": mapping.constants | constants})


def agreed(client: SluiceClient, mapping: MappingView, *, alone: bool) -> MappingView:
    """The mapping, approved. Where nobody can be asked, one that leaves a doubt is a Failure."""
    _show(mapping)
    if alone:
        _require_certainty(mapping)
        return client.approve(mapping)
    mapping = _complete(client, mapping, shown=mapping)
    while (column := _looked_at(client, mapping)) is not None:
        echo("")
        target = asking.ask_field(mapping, column)
        if target != column.target:
            mapping = _complete(client, _changed(client, mapping, [(column.index, target)]), shown=None)
    return client.approve(mapping)


def _summary(found: AnalyzeResult) -> str:
    """One line of what is in a file."""
    source = found.source
    delimiter = said("DELIMITED", by="tab" if source.delimiter == "\t" else source.delimiter)
    how = (found.format.upper(), source.encoding, source.delimiter and delimiter, source.sheet)
    shown = ", ".join(printable(each) for each in how if each)
    faulty = " " + said("FAULTY_ROWS", count=found.faulty_rows) if found.faulty_rows else ""
    others = ", ".join(printable(name) for name in found.sheets if name != source.sheet)
    sheets = "\n" + said("OTHER_SHEETS", names=others) if found.format in WORKBOOKS and others else ""
    return said("FOUND", how=shown, columns=len(found.columns), rows=found.rows) + faulty + sheets


def _show(mapping: MappingView) -> None:
    echo("")
    for line in mapping_lines(mapping):
        echo(line)


def _require_certainty(mapping: MappingView) -> None:
    doubts = [
        said("DOUBT", column=column_name(each), fields=alternatives_text(mapping, each)) for each in doubtful(mapping)
    ]
    missing = [said("UNMAPPED", fields=", ".join(mapping.unmapped))] if mapping.unmapped else []
    if doubts or missing:
        raise Failure("\n".join([said("NOT_SURE", id=mapping.mapping_id), *doubts, *missing]))


def _complete(client: SluiceClient, mapping: MappingView, shown: MappingView | None) -> MappingView:
    """The mapping without doubts and without a required field that nothing gives; as often as the server objects.

    It is shown where it is not the one that was `shown` last.
    """
    while doubts := doubtful(mapping):
        mapping = _changed(client, mapping, list(asking.decide(mapping, doubts).items()))
    while mapping.unmapped:
        field = mapping.unmapped[0]
        index, value = asking.ask_missing(mapping, field)
        if index is None:
            mapping = _patched(client, mapping, {"constants": {**mapping.constants, field: value}})
        else:
            mapping = _changed(client, mapping, [(index, field)])
    if mapping != shown:
        _show(mapping)
    return mapping


def _looked_at(client: SluiceClient, mapping: MappingView) -> ColumnView | None:
    """None once somebody agrees to what the first rows become, else the column that is to be changed."""
    echo("")
    for line in preview_lines(client.preview(mapping.mapping_id, rows=PREVIEW_ROWS)):
        echo(line)
    echo("")
    answer = asking.ask_to_load(mapping)
    if answer is False:
        raise click.exceptions.Exit(EXIT_DECLINED)
    return None if answer is True else answer


def _changed(client: SluiceClient, mapping: MappingView, targets: list[tuple[int, str | None]]) -> MappingView:
    """The mapping with other fields for some columns."""
    return _patched(client, mapping, {"columns": [{"index": index, "target": target} for index, target in targets]})


def _patched(client: SluiceClient, mapping: MappingView, changes: dict[str, Any]) -> MappingView:
    """The next version; the same one where the server says why it does not fit."""
    try:
        return client.change_mapping(mapping, changes)
    except SluiceError as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        echo(describe(error))
        return mapping

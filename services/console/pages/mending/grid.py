"""Rejected records as a table of cells that a person edits, and what was typed, as records again."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from libs.contracts.chunks import Fault
from libs.contracts.refusals import Refusal
from libs.contracts.texts.problems import RECORD_ERRORS
from libs.mending.fields import Field, fields_of, mended, text_of
from libs.mending.rejects import LARGEST, PAGE, Rejected
from libs.mending.sending import Mended
from services.console.http.forms import Form
from services.console.pages.speech import Speech

ROW, SENT = "row", "send"
MOST_LISTED = 20
"""Values of a choice that each cell lists; of more, the page has one list."""


class Cell(Struct, frozen=True):
    """One cell: its field, what stands in it, and what is wrong with it."""

    field: Field
    name: str
    text: str
    faults: list[str]

    @property
    def listed(self) -> bool:
        """Whether the cell lists what it may be."""
        return len(self.field.choices) <= MOST_LISTED

    @property
    def choices(self) -> Sequence[str]:
        """What it may be, and what it is, if that is something else."""
        known = ("true", "false") if self.field.kind == "boolean" else self.field.choices
        return known if not self.text or self.text in known else (self.text, *known)


class Row(Struct, frozen=True):
    """One record."""

    index: int
    cells: list[Cell]
    faults: list[str]
    """What is wrong with it as a whole."""
    sent: bool
    """Whether it is to be sent again."""
    right: bool
    """Whether it was found right."""
    hopeless: bool
    """Whether it is too large to be mended here."""


class Typed(Struct, frozen=True):
    """What a person has sent."""

    texts: Mapping[int, Mapping[str, str]]
    """By index and field."""
    sent: frozenset[int]


def typed(form: Form) -> Typed:
    """The cells of a form. Raises Refusal where it is none of ours."""
    rows = form.each(ROW)
    if not 0 < len(rows) <= PAGE or not all(map(_is_index, rows)):
        raise Refusal("BAD_REQUEST")
    texts = {int(row): form.below(f"{row}.") for row in rows}
    return Typed(texts, frozenset(int(row) for row in form.each(SENT) if row in rows))


def mended_of(entity: str, rejected: Mapping[int, Rejected], what: Typed) -> Mended:
    """The records that are to be sent."""
    chosen = [index for index in what.sent if index in rejected and rejected[index].size <= LARGEST]
    return Mended({index: mended(entity, rejected[index].record, what.texts[index]) for index in chosen})


def columns_of(entity: str, rows: Sequence[Rejected], *, every: bool) -> list[Field]:
    """The fields that are shown: what is required, what any record has, what is at fault; or every one."""
    shown = {name for row in rows for name in row.record} | {_field_of(fault) for row in rows for fault in row.faults}
    return [field for field in fields_of(entity) if every or field.required or field.name in shown]


def grid(
    speech: Speech,
    columns: Sequence[Field],
    rows: Sequence[Rejected],
    what: Typed | None = None,
    faults: Mapping[int, list[Fault]] | None = None,
) -> list[Row]:
    """The table: as the records came, or as somebody has typed it, with these faults."""
    return [_row(speech, columns, row, what, faults) for row in rows]


def _row(
    speech: Speech,
    columns: Sequence[Field],
    row: Rejected,
    what: Typed | None,
    faults: Mapping[int, list[Fault]] | None,
) -> Row:
    checked = faults is not None and what is not None and row.index in what.sent
    told = (faults or {}).get(row.index, []) if checked else row.faults
    texts = what.texts.get(row.index, {}) if what else {}
    by_field: dict[str, list[str]] = {}
    for fault in told:
        by_field.setdefault(_field_of(fault), []).append(_worded(speech, fault))
    cells = [
        Cell(
            field, f"{row.index}.{field.name}", texts.get(field.name, text_of(row.record.get(field.name))),
            by_field.pop(field.name, []),
        )
        for field in columns
    ]  # fmt: skip
    return Row(
        index=row.index, cells=cells, faults=[each for some in by_field.values() for each in some],
        sent=row.size <= LARGEST and (what is None or row.index in what.sent), right=checked and not told,
        hopeless=row.size > LARGEST,
    )  # fmt: skip


def _worded(speech: Speech, fault: Fault) -> str:
    text = speech.chosen(*RECORD_ERRORS[fault.code].text(fault.params))
    _, _, place = fault.pointer.removeprefix("/").partition("/")
    if fault.code == "UNKNOWN_MEMBER":
        return f"{fault.pointer}: {text}"
    return f"{speech.t('MEND_LINE', n=int(place) + 1)}: {text}" if place.isdecimal() else text


def _field_of(fault: Fault) -> str:
    return fault.pointer.removeprefix("/").partition("/")[0]


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18  # noqa: PLR2004 -- below 2^63

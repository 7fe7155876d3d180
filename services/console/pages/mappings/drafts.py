"""A mapping as somebody is changing it: the stored version, and what the form of its page says otherwise.

The form has the target of each column that it shows, the operations of the one column that is open, as fields, and
those of other columns that were changed and closed again, as JSON. So nothing is kept here between two requests.
"""

import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType, inspect

from libs.contracts.files.mapping_bodies import ColumnPatch, MappingPatch
from libs.contracts.files.mappings import ColumnMapping, Mapping, Operation, OperationName
from libs.contracts.refusals import Refusal
from libs.depth import is_too_deep
from libs.files.mapping.targets import Targets, targets_for
from libs.files.readers.table import MOST_COLUMNS
from services.console.http.forms import Form
from services.console.pages.mappings.fields import value_of

LARGEST_FORM = 4 * 1024 * 1024
MOST_FIELDS = 20_000
LONGEST_FIELD = 4_000
ORDER: tuple[OperationName, ...] = (
    "trim",
    "join",
    "split",
    "date",
    "number",
    "boolean",
    "value_map",
    "lookup",
    "default",
)
"""In which operations can follow one another."""
PLAIN = ("split", "date", "number", "boolean")
"""Of these a column needs one."""
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL as JSON escapes it; behind an even number of backslashes it is text."""


def patch_of(form: Form, mapping: Mapping) -> MappingPatch:
    """What a form changes of a mapping. Raises Refusal."""
    targets = targets_for(mapping)
    shown = (column for column in mapping.columns if form.has(f"t.{column.index}"))
    columns = [patch for column in shown if (patch := _column(form, targets, column))]
    constants = _constants(form, targets) if form.has("c") else mapping.constants
    return MappingPatch(columns=columns, constants=UNSET if constants == mapping.constants else constants)


def is_nothing(patch: MappingPatch) -> bool:
    """Whether nothing would change."""
    return not patch.columns and patch.constants is UNSET


def opened_column(form: Form) -> int | None:
    """Which column is open after this: the one that is opened now, else the one that was."""
    text = form.text("open" if form.has("open") else "opened", 10)
    return int(text) if text.isascii() and text.isdigit() else None


def _column(form: Form, targets: Targets, column: ColumnMapping) -> ColumnPatch | None:
    """What is to change of a column; None where that is nothing."""
    target = form.text(f"t.{column.index}") or None
    operations = _operations(form, targets, column.index, target)
    same = operations is UNSET or operations == column.operations
    return None if same and target == column.target else ColumnPatch(
        index=column.index, target=target, operations=operations
    )  # fmt: skip


def _operations(form: Form, targets: Targets, index: int, target: str | None) -> list[Operation] | UnsetType:
    """The operations of a column; where its target was changed after they were shown, those that that one needs."""
    if form.text("was", 10) == str(index) and form.text("was.target") == (target or ""):
        return _typed(form, targets, target or "")
    if form.has(f"d.{index}") and form.text(f"d.{index}.target") == (target or ""):
        return _carried(form.raw(f"d.{index}", LARGEST_FORM))
    return UNSET


def _carried(text: str) -> list[Operation]:
    if _NUL.search(text):
        raise Refusal("FIELD_UNFIT", limit=LARGEST_FORM)
    try:
        operations = msgspec.json.decode(text, type=list[Operation])
        too_deep = is_too_deep(msgspec.to_builtins(operations))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal("FIELD_UNFIT", limit=LARGEST_FORM) from error
    if too_deep:
        raise Refusal("FIELD_UNFIT", limit=LARGEST_FORM)
    return operations


def _typed(form: Form, targets: Targets, target: str) -> list[Operation]:
    """The operations of the open column."""
    kept = [
        _operation(form, targets, target, place, name)
        for place, given in enumerate(form.each("o"))
        if (name := _named(given)) and not form.has(f"o.{place}.remove")
    ]
    if added := _named(form.text("o.add", 20)):
        kept = [each for each in kept if added not in PLAIN or each.op not in PLAIN]
        kept = sorted([*kept, Operation(added)], key=lambda each: ORDER.index(each.op))
    return kept


def _named(text: str) -> OperationName | None:
    return next((name for name in ORDER if name == text), None)


def _operation(form: Form, targets: Targets, target: str, place: int, name: OperationName) -> Operation:
    def text(field: str) -> str:
        return form.raw(f"o.{place}.{field}", LONGEST_FIELD)

    match name:
        case "split" | "join":
            return Operation(name, separator=text("separator") or None, columns=_numbers(text("columns")))
        case "date":
            return Operation(name, formats=[each.strip() for each in text("formats").split(",") if each.strip()])
        case "number":
            return Operation(name, unit="months" if form.has(f"o.{place}.months") else None)
        case "value_map":
            return Operation(name, map=_map(form, targets, target, place))
        case "default":
            return Operation(name, value=value_of(targets, target, text("value")))
    return Operation(name)


def _numbers(text: str) -> list[int]:
    """Indexes of columns, which people count from 1."""
    parts = [each for each in text.replace(",", " ").split() if each.isascii() and each.isdigit()]
    return [int(each) - 1 for each in parts if len(each) <= len(str(MOST_COLUMNS)) and int(each)]


def _map(form: Form, targets: Targets, target: str, place: int) -> dict[str, Any]:
    pairs = zip(form.each(f"o.{place}.k"), form.each(f"o.{place}.v"), strict=False)
    one = _one(targets, target)
    return {_kept(written): value_of(one, target, _kept(value)) for written, value in pairs if written.strip()}


def _one(targets: Targets, target: str) -> Targets:
    """Targets of which this one takes an item where it takes a list: what a value map gives is an item."""
    if target not in targets.kinds or not targets.is_list(target):
        return targets
    return msgspec.structs.replace(targets, kinds={**targets.kinds, target: inspect.StrType()})


def _constants(form: Form, targets: Targets) -> dict[str, Any]:
    pairs = zip(form.each("c"), form.each("cv"), strict=False)
    return {_kept(name): value_of(targets, name, _kept(value)) for name, value in pairs if name and value.strip()}


def _kept(text: str) -> str:
    if "\0" in text or len(text) > LONGEST_FIELD:
        raise Refusal("FIELD_UNFIT", limit=LONGEST_FIELD)
    return text

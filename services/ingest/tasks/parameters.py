"""Reads a task's parameters by the struct of its type, and says what is wrong with them without repeating it."""

import re
from typing import Any, NoReturn

import msgspec
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.texts import worded

_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_MEMBER_FAULTS = {
    "PARAMETER_UNKNOWN": re.compile(r"Object contains unknown field `(?P<name>.*?)`(?: - at |$)", re.DOTALL),
    "PARAMETER_REQUIRED": re.compile(r"Object missing required field `(?P<name>\w+)`"),
}
_SAFE = re.compile(r"[\w.-]{1,40}")


def decoded(kind: TaskKind, body: bytes) -> Struct:
    """The parameters of a JSON body; an empty one is an empty object. Raises Refusal."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind.parameters)
    except msgspec.ValidationError as error:
        _refuse(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("MALFORMED_BODY", format="JSON") from error


def converted(kind: TaskKind, fields: dict[str, str]) -> Struct:
    """The parameters of a form, whose values are texts; one that is an object or a list is JSON. Raises Refusal."""
    try:
        values = {name: _value(text) for name, text in fields.items()}
        return msgspec.convert(values, kind.parameters, strict=False)
    except msgspec.ValidationError as error:
        _refuse(error)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal("MALFORMED_BODY", format="JSON") from error


def _value(text: str) -> Any:
    return msgspec.json.decode(text) if text.startswith(("{", "[")) else text


def _refuse(error: msgspec.ValidationError) -> NoReturn:
    """Raises Refusal with where it is and what kind of fault it is; msgspec's own words may quote what came."""
    text = str(error)
    place = _PLACE.search(text)
    steps = [name or index for name, index in _STEP.findall(place["path"] if place else "")]
    fault = "PARAMETER_UNFIT"
    for name, pattern in _MEMBER_FAULTS.items():
        if match := pattern.match(text):
            fault, steps = name, [*steps, match["name"]]
    reason, reason_vi = worded(fault)
    pointer = "".join(f"/{step if _SAFE.fullmatch(step) else '?'}" for step in steps)
    raise Refusal("TASK_PARAMETERS", members={"pointer": pointer}, reason=reason, reason_vi=reason_vi) from error

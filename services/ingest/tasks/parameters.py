"""Reads a task's parameters by the struct of its type, and says what is wrong with them without repeating it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import falcon
import msgspec
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.texts import worded
from libs.intake.validation.bodies import UNDECODABLE
from services.ingest.http.body import BodyReader
from services.ingest.http.json_body import MisfitError, is_empty, misfit, read_json, without_nul


def of_body(bodies: BodyReader, req: falcon.Request, kind: TaskKind) -> Struct:
    """The parameters of a JSON body; none is an empty object. Raises Refusal."""
    with _pointing():
        return _converted({}, kind) if is_empty(req) else read_json(bodies, req, kind.parameters)


def of_form(fields: dict[str, str], kind: TaskKind) -> Struct:
    """The parameters of a form, whose values are texts; one that is an object or a list is JSON. Raises Refusal."""
    try:
        values = {
            name: msgspec.json.decode(text) if text.startswith(("{", "[")) else text for name, text in fields.items()
        }
    except UNDECODABLE as error:
        raise Refusal("MALFORMED_BODY", format="JSON") from error
    with _pointing():
        return without_nul(_converted(values, kind))


def of_members(values: dict[str, Any], kind: TaskKind, place: str) -> Struct:
    """The parameters in a member of a body, which stands at `place`. Raises Refusal."""
    with _pointing(place):
        try:
            return without_nul(msgspec.convert(values, kind.parameters))
        except msgspec.ValidationError as error:
            raise misfit(str(error)) from None


def _value(text: str) -> Any:
    return msgspec.json.decode(text) if text.startswith(("{", "[")) else text


def _converted(values: dict[str, Any], kind: TaskKind) -> Struct:
    try:
        return msgspec.convert(values, kind.parameters, strict=False)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None


@contextmanager
def _pointing(place: str = "") -> Iterator[None]:
    try:
        yield
    except MisfitError as error:
        reason, reason_vi = worded(error.code)
        raise Refusal(
            "TASK_PARAMETERS", members={"pointer": place + error.pointer}, reason=reason, reason_vi=reason_vi
        ) from None

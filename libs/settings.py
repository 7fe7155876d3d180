"""Settings from the environment, checked once at boot.

A service declares a frozen struct; field `redis_url` is read from `SLUICE_REDIS_URL`. A field that is a struct itself
holds what several services share; its fields are read in the same way. A type may bring a check of its own, see
`_check`. `load` collects every fault before it raises, so that one start shows all there is to mend.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

import msgspec

from libs.contracts.texts import said

PREFIX = "SLUICE_"

_IS_URL = re.compile(r"[\w+.-]+://")
_IN_USERINFO = re.compile(r"(?<=://)([^:@/]*):.*@", re.DOTALL)
_IN_QUERY = re.compile(r"(password=)[^&]*", re.IGNORECASE)
_IN_KEYWORDS = re.compile(r"(password\s*=\s*)('(?:\\.|[^'\\])*'|(?:\\.|\S)*)", re.IGNORECASE | re.DOTALL)
"""libpq takes `host=… password=…` as well as a URL."""

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """Some variables are missing or wrong; the message names each one and what it expects."""


def variable(field: str) -> str:
    """The environment variable of a settings field."""
    return PREFIX + field.upper()


def load(settings: type[S], environ: Mapping[str, str]) -> S:
    """Read `settings` from `environ`.

    An empty variable counts as unset. Raises SettingsError that names every faulty variable.
    """
    faults: list[str] = []
    values = _read(settings, environ, faults)
    if faults:
        raise SettingsError("; ".join(faults))
    try:
        return msgspec.convert(values, settings)
    except ValueError as error:
        raise SettingsError(str(error.__cause__ or error)) from error


def leaves(settings: type[msgspec.Struct]) -> Iterator[msgspec.structs.FieldInfo]:
    """The fields that are read from a variable each, those of shared structs included."""
    for field in msgspec.structs.fields(settings):
        if _is_struct(field.type):
            yield from leaves(field.type)
        else:
            yield field


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _read(settings: type[msgspec.Struct], environ: Mapping[str, str], faults: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(settings):
        if _is_struct(field.type):
            values[field.name] = _read(field.type, environ, faults)
            continue
        name = variable(field.name)
        raw = environ.get(name, "")
        if raw == "":
            if field.required:
                faults.append(said("SETTING_REQUIRED", name=name))
            continue
        try:
            values[field.name] = msgspec.convert(raw, field.type, strict=False)
            _check(field.type, values[field.name])
        except (msgspec.ValidationError, ValueError) as error:
            faults.append(said("SETTING_INVALID", name=name, reason=error))
    return values


def _check(kind: object, value: object) -> None:
    """Call the `check` of the type's Meta, for what no pattern can say; it raises ValueError, worded."""
    for meta in get_args(kind)[1:]:
        if isinstance(meta, msgspec.Meta) and meta.extra and "check" in meta.extra:
            meta.extra["check"](value)


def redacted(settings: msgspec.Struct) -> dict[str, Any]:
    """The settings as they may be logged: passwords in addresses are hidden."""
    shown: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(settings).items():
        shown |= redacted(value) if isinstance(value, msgspec.Struct) else {variable(name): _hide_password(value)}
    return shown


def _hide_password(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if _IS_URL.match(value):
        return _IN_QUERY.sub(r"\1***", _IN_USERINFO.sub(r"\1:***@", value))
    return _IN_KEYWORDS.sub(r"\1***", value)

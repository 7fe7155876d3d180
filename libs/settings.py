"""Settings from the environment, checked once at boot.

A service declares a frozen struct; field `redis_url` is read from `SLUICE_REDIS_URL`. A field that is a struct itself
holds what several services share; its fields are read in the same way. A type may bring a check of its own, see
`_check`. `load` collects every fault before it raises, so that one start shows all there is to mend.

An address may hold a password, so it need not stand in the environment, which is easily seen: `SLUICE_REDIS_URL_FILE`
names a file with it, which is looked into again for another password (`libs.filed`). Keys and secrets are settings that
name a file by themselves (`token_secret_file`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from libs import addresses
from libs.contracts.texts import said
from libs.filed import FiledAddress, read_address

PREFIX = "SLUICE_"
BY_FILE = "_FILE"
"""Ends the name of a variable that names a file with another one's value."""

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """Some variables are missing or wrong; the message names each one and what it expects."""


def variable(field: str) -> str:
    """The environment variable of a settings field."""
    return PREFIX + field.upper()


def is_address(field: str) -> bool:
    """Whether it may hold a password: it is shown without one, and may be given by a file."""
    return field.endswith("_url")


def stated(field: str, environ: Mapping[str, str]) -> str:
    """What the environment says of a setting, or the file that it names for it; nothing where it says nothing.

    Raises ValueError that names what to mend.
    """
    name = variable(field)
    value, path = environ.get(name, ""), environ.get(name + BY_FILE, "") if is_address(field) else ""
    if value and path:
        raise ValueError(said("SETTING_TWICE", name=name, file=name + BY_FILE))
    return FiledAddress(_text(name + BY_FILE, Path(path)), Path(path)) if path else value


def _text(name: str, path: Path) -> str:
    """What stands in a file. Raises ValueError where there is nothing."""
    try:
        text = read_address(path)
    except OSError as error:
        raise ValueError(said("SETTING_FILE", name=name, path=path, reason=error.strerror)) from None
    except ValueError:
        raise ValueError(said("SETTING_FILE", name=name, path=path, reason="UTF-8")) from None
    if not text:
        raise ValueError(said("SETTING_FILE_EMPTY", name=name, path=path))
    return text


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
        try:
            if raw := stated(field.name, environ):
                values[field.name] = msgspec.convert(raw, field.type, strict=False)
                _check(field.type, values[field.name])
            elif field.required:
                faults.append(_required(field.name))
        except msgspec.ValidationError as error:
            faults.append(said("SETTING_INVALID", name=variable(field.name), reason=error))
        except ValueError as error:
            faults.append(str(error))
    return values


def _required(field: str) -> str:
    name = variable(field)
    text = "ADDRESS_REQUIRED" if is_address(field) else "SETTING_REQUIRED"
    return said(text, name=name, file=name + BY_FILE)


def _check(kind: object, value: object) -> None:
    """Call the `check` of the type's Meta, for what no pattern can say; its ValueError names the variable."""
    for meta in get_args(kind)[1:]:
        if isinstance(meta, msgspec.Meta) and meta.extra and "check" in meta.extra:
            meta.extra["check"](value)


def redacted(settings: msgspec.Struct) -> dict[str, Any]:
    """The settings as they may be logged: addresses are shown without their secrets."""
    shown: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(settings).items():
        if isinstance(value, msgspec.Struct):
            shown |= redacted(value)
        else:
            shown[variable(name)] = addresses.shown(value) if value and is_address(name) else value
    return shown

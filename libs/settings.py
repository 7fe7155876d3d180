"""Settings from the environment, checked once at boot.

A service declares a frozen struct; field `redis_url` is read from `SLUICE_REDIS_URL`. `load` collects every fault
before it raises, so that one start shows all there is to mend.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

PREFIX = "SLUICE_"

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
    values: dict[str, Any] = {}
    faults: list[str] = []
    for field in msgspec.structs.fields(settings):
        name = variable(field.name)
        raw = environ.get(name, "")
        if raw == "":
            if field.required:
                faults.append(f"{name} is required")
            continue
        try:
            values[field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise SettingsError("; ".join(faults))
    try:
        return settings(**values)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def redacted(settings: msgspec.Struct) -> dict[str, Any]:
    """The settings as they may be logged: passwords in URLs are hidden."""
    return {variable(name): _hide_password(value) for name, value in msgspec.structs.asdict(settings).items()}


def _hide_password(value: Any) -> Any:
    if not isinstance(value, str) or "@" not in value or "://" not in value:
        return value
    parts = urlsplit(value)
    host = parts.netloc.rpartition("@")[2]
    user = (parts.username or "") + (":***" if parts.password else "")
    return urlunsplit(parts._replace(netloc=f"{user}@{host}"))

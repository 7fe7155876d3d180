"""The address of PostgreSQL, checked before anything connects; no words here quote it."""

import re
from typing import Annotated, TypeAlias

import psycopg
from msgspec import Meta
from psycopg.conninfo import conninfo_to_dict

from libs.contracts.texts import said
from libs.filed import current

HIGHEST_PORT = 65_535
LOGIN = ("user", "password")
_HOST = re.compile(r"[\w.:%-]*|/[^@]*")
_PORT = re.compile(r"[0-9]{0,5}")


def require_address(address: str) -> None:
    """Raise ValueError for an address that libpq cannot read; its own message would quote it, password included.

    A host or a port that can be none has a piece of the password in it: an `@` or `/` that is not percent-encoded.
    """
    try:
        parts = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        raise ValueError(said("DATABASE_ADDRESS")) from None
    hosts, ports = (str(parts.get(name) or "").split(",") for name in ("host", "port"))
    if not (all(map(_HOST.fullmatch, hosts)) and all(map(_is_port, ports))):
        raise ValueError(said("DATABASE_ADDRESS"))


def current_address(address: str) -> str:
    """The address with the login of now (`libs.filed`)."""
    return current(address, _place)


def _place(address: str) -> dict[str, object]:
    require_address(address)
    return {name: value for name, value in conninfo_to_dict(address).items() if name not in LOGIN}


def _is_port(text: str) -> bool:
    return bool(_PORT.fullmatch(text)) and int(text or 1) in range(1, HIGHEST_PORT + 1)


DatabaseUrl: TypeAlias = Annotated[str, Meta(extra={"check": require_address})]
"""A setting, checked when it is read."""

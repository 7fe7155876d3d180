"""The address of PostgreSQL, checked before anything connects; no words here quote it."""

from typing import Annotated, TypeAlias

import psycopg
from msgspec import Meta
from psycopg.conninfo import conninfo_to_dict

from libs.contracts.texts import said

HIGHEST_PORT = 65_535


def check_address(address: str) -> None:
    """Raise ValueError, worded, if libpq cannot read the address. libpq's own message would quote it."""
    try:
        ports = str(conninfo_to_dict(address).get("port") or "")
    except psycopg.ProgrammingError:
        raise ValueError(said("DATABASE_URL_FORM")) from None
    if not all(_is_port(port) for port in ports.split(",")):
        raise ValueError(said("DATABASE_URL_FORM"))


def _is_port(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= HIGHEST_PORT)


DatabaseUrl: TypeAlias = Annotated[str, Meta(extra={"check": check_address})]
"""A setting, checked when it is read."""

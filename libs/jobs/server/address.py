"""The address of Redis, checked before anything connects: redis-py takes what it does not know for something else.

It passes unknown options on to a connection that fails with a TypeError, takes a database that is no number for number
0, and lets options change what this project relies on. No words here quote an address: what looks like an option may be
the rest of a password.
"""

import re
from typing import Annotated, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from msgspec import Meta, structs
from redis.connection import parse_url

from libs.contracts.texts import said
from libs.filed import current
from libs.jobs.server.places import place_of

OPTIONS = (
    "db", "username", "password", "client_name", "health_check_interval", "socket_timeout", "socket_connect_timeout",
    "ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile",
    "ssl_password",
)  # fmt: skip
LOGIN = ("username", "password")
SCHEMES = ("redis", "rediss", "unix")
_HOST = re.compile(r"[\w.:%-]*")


def require_address(address: str) -> None:
    """Raise ValueError if redis-py would not take the address for what it says."""
    try:
        if place := place_of(address):
            address = place.address(place.nodes[0])
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError where it is no number
    except ValueError:
        raise ValueError(said("REDIS_ADDRESS")) from None
    # A fragment is what follows a # in a password that was not quoted.
    host = _HOST.fullmatch(parts.hostname or "")
    if parts.scheme not in SCHEMES or "://" not in address or parts.fragment or not host:
        raise ValueError(said("REDIS_ADDRESS"))
    options = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    in_path = parts.scheme != "unix" and parts.path.strip("/")
    if in_path and (not re.fullmatch("/[0-9]{1,5}", parts.path) or "db" in options):
        raise ValueError(said("REDIS_DATABASE"))
    known = [name for name in OPTIONS if parts.scheme == "rediss" or not name.startswith("ssl")]
    if not {*options} <= {*known} or not _readable(address):
        raise ValueError(said("REDIS_OPTION", known=", ".join(known)))


def current_address(address: str) -> str:
    """The address with the logins of now (`libs.filed`)."""
    return current(address, _apart)


def login_of(address: str) -> tuple[str | None, str | None]:
    """The user and the password for the servers that hold data."""
    place = place_of(address)
    options = parse_url(place.address(place.nodes[0]) if place else address)
    return options.get("username"), options.get("password")


def _apart(address: str) -> object:
    """What an address says besides logins."""
    require_address(address)
    if place := place_of(address):
        return structs.replace(place, login="", sentinel_login="")
    return {name: value for name, value in parse_url(address).items() if name not in LOGIN}


def _readable(address: str) -> bool:
    """Whether the values of options are of their kinds."""
    try:
        return bool(parse_url(address).get("db", 0) >= 0)
    except ValueError:
        return False


RedisUrl: TypeAlias = Annotated[str, Meta(extra={"check": require_address})]
"""A setting, checked when it is read."""

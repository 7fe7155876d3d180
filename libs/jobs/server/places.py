"""Addresses of a Redis that fails over: `redis+sentinel://` names its Sentinels, `redis+cluster://` nodes of a cluster.

`redis+sentinel://user:password@one:26379,two:26379/NAME?db=0` and `redis+cluster://user:password@one:6379,two:6379`,
with `rediss+` for TLS. What stands before the @ and the options are those of the servers that hold data; Sentinels have
`sentinel_username` and `sentinel_password`.
"""

import re
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

from msgspec import Struct

Node: TypeAlias = tuple[str, int]

_PLACE = re.compile(
    r"(?P<scheme>rediss?)\+(?P<kind>sentinel|cluster)://(?:(?P<login>[^@/?#\s]*)@)?(?P<nodes>[^@/?#\s]+)"
    r"(?:/(?P<name>[\w.-]*))?(?:\?(?P<options>[^#\s]*))?"
)
_NODE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(?P<port>[0-9]{1,5}))?")
PORTS = {"sentinel": 26379, "cluster": 6379}
OF_SENTINEL = ("sentinel_username", "sentinel_password")


class Place(Struct, frozen=True):
    """Where to ask for the primary, and how to speak to it."""

    kind: Literal["sentinel", "cluster"]
    scheme: Literal["redis", "rediss"]
    nodes: tuple[Node, ...]
    name: str
    """What the Sentinels call the primary; empty for a cluster."""
    login: str
    """As it stands before an @."""
    sentinel_login: str
    options: str
    """As it stands behind a ?, without those of Sentinels."""

    def address(self, node: Node) -> str:
        """The plain address of a server that holds data."""
        return self._plain(self.login, node)

    def asked(self, node: Node) -> str:
        """The plain address of a node that knows who the primary is."""
        return self._plain(self.sentinel_login if self.kind == "sentinel" else self.login, node, db=False)

    def _plain(self, login: str, node: Node, *, db: bool = True) -> str:
        options = [pair for pair in parse_qsl(self.options, keep_blank_values=True) if db or pair[0] != "db"]
        host, port = node
        host = f"[{host}]" if ":" in host else host
        return f"{self.scheme}://{login + '@' if login else ''}{host}:{port}/" + (
            f"?{urlencode(options)}" if options else ""
        )


def place_of(address: str) -> Place | None:
    """The place that an address names; None where it is not of these kinds. Raises ValueError."""
    if "+" not in address.partition("://")[0]:
        return None
    found = _PLACE.fullmatch(address)
    if found is None or bool(found["name"]) != (found["kind"] == "sentinel"):
        raise ValueError
    options = parse_qsl(found["options"] or "", keep_blank_values=True)
    sentinel = dict(option for option in options if option[0] in OF_SENTINEL)
    if found["kind"] == "cluster" and (sentinel or "db" in dict(options)):  # which has but one
        raise ValueError
    login = ":".join(quote(sentinel.get(name, ""), safe="") for name in OF_SENTINEL) if sentinel else ""
    kind: Literal["sentinel", "cluster"] = "sentinel" if found["kind"] == "sentinel" else "cluster"
    return Place(
        kind=kind, scheme="rediss" if found["scheme"] == "rediss" else "redis",
        nodes=tuple(_node(text, PORTS[kind]) for text in found["nodes"].split(",")), name=found["name"] or "",
        login=found["login"] or "", sentinel_login=login,
        options=urlencode([option for option in options if option[0] not in OF_SENTINEL]),
    )  # fmt: skip


def _node(text: str, port: int) -> Node:
    found = _NODE.fullmatch(text)
    if found is None:
        raise ValueError
    return found["host"].strip("[]"), int(found["port"] or port)

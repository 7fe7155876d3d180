"""Which addresses may be reached: public ones, and others where they are listed.

Whoever answers for a name can have it mean anything, also a server that trusts everybody within a network. So it is the
address that is judged, each time, and the one that was judged is the one that is connected with.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_FOR_US = tuple(
    ipaddress.ip_network(each) for each in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48")
)
"""What Python may call global, and is a cloud's own service (Azure's), or of a protocol (RFC 6890, 7526, 8215)."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Target(Struct, frozen=True, kw_only=True):
    """What an address says."""

    host: str
    port: int
    named: str
    """As a request names it."""
    path: str
    secure: bool


class UnfitError(Exception):
    """A name means an address that may not be reached."""


def addresses(target: Target, networks: Iterable[Network]) -> list[Address]:
    """What a target's host means now. Raises UnfitError where one of them may not be reached, OSError."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    named = [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    if not all(_is_fit(each, list(networks), secure=target.secure) for each in named):
        raise UnfitError
    return list(dict.fromkeys(named))


def _is_fit(address: Address, networks: list[Network], *, secure: bool) -> bool:
    """Whether it is listed, or public and spoken with in secret."""
    inner = _within(address)
    listed = any(each in network for each in (address, inner) for network in networks)
    return listed or (secure and _is_public(address) and _is_public(inner))


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in each for each in NOT_FOR_US)


def _within(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address

"""People whom an authenticating proxy names in headers. Closed unless addresses are listed, and from those alone."""

import ipaddress
import time
from typing import Annotated, TypeAlias

import falcon.asgi
from msgspec import Meta, Struct
from msgspec.structs import replace

from libs.contracts.refusals import Refusal
from libs.contracts.texts import said
from libs.identity.callers import Caller
from services.console.sign_in.naming import Told, caller_named, names_in
from services.console.sign_in.roles import RoleNames, read_roles

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(text: str) -> list[Network]:
    """Networks from `10.0.0.0/8, 192.168.1.7`. Raises ValueError where one is none."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ValueError(said("SETTING_NETWORKS")) from error


Networks: TypeAlias = Annotated[str, Meta(extra={"check": read_networks})]


class ProxySettings(Struct, frozen=True, kw_only=True):
    """Which proxies are believed, and in which headers they name people."""

    proxy_networks: Networks = ""
    """Addresses from which the headers count; none: nobody's do."""
    proxy_user_header: str = "X-Auth-Request-User"
    """Who it is."""
    proxy_tenant_header: str = "X-Auth-Request-Tenant"
    """The tenant, a UUID."""
    proxy_roles_header: str = "X-Auth-Request-Groups"
    """Roles, or the proxy's names for them."""
    proxy_roles: RoleNames = ""
    """Roles by the proxy's names for them, `staff=operate,admins=admin`; empty: names are roles."""
    proxy_sign_out_url: str = ""
    """Where people sign out at the proxy."""


class Proxy:
    """Reads whom a listed proxy names. Every request says so again: nothing is remembered."""

    def __init__(self, settings: ProxySettings, *, lasts_s: float) -> None:
        self._networks = read_networks(settings.proxy_networks)
        self._roles = read_roles(settings.proxy_roles)
        self._settings = settings
        self._lasts_s = lasts_s

    def caller(self, req: falcon.asgi.Request) -> Caller | None:
        """Who it is, None where no listed proxy names anybody; a stream lasts as long as an idle session.

        Raises Refusal where what a listed proxy says is of no use.
        """
        if not self._is_listed(req):
            return None
        names = self._settings
        user = _header(req, names.proxy_user_header)
        if not user:
            return None
        tenant = Told(names.proxy_tenant_header, _header(req, names.proxy_tenant_header))
        roles = names_in(_header(req, names.proxy_roles_header))
        caller = caller_named(Told(names.proxy_user_header, user), tenant, roles, self._roles)
        return replace(caller, ends=time.time() + self._lasts_s)

    def _is_listed(self, req: falcon.asgi.Request) -> bool:
        client = req.scope.get("client")
        if not self._networks or not client:
            return False
        try:
            address = ipaddress.ip_address(client[0].partition("%")[0])
        except ValueError:  # a socket in the file system
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def _header(req: falcon.asgi.Request, name: str) -> str:
    """A header's text. Raises Refusal where it comes twice: one of them is somebody else's."""
    wanted = name.lower().encode()
    values = [value for key, value in req.scope["headers"] if key.lower() == wanted]
    try:
        (value,) = values or [b""]
        return str(value.decode()).strip()
    except ValueError as error:
        raise Refusal("IDENTITY_UNUSABLE", place=name) from error

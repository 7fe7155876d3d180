"""How browsers reach the console: its origin, and the path below which its pages are."""

import re
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

import falcon.asgi
from msgspec import Meta, Struct

from libs.contracts.texts import said

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


def require_site(url: str) -> None:
    """Raise ValueError unless this is an address of pages: `https://sluice.example/console`."""
    parts = urlsplit(url)
    extra = parts.query or parts.fragment or "@" in parts.netloc
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or extra
        or not _PATH.fullmatch(parts.path.rstrip("/"))
    ):
        raise ValueError(said("SETTING_CONSOLE_URL"))


SiteUrl: TypeAlias = Annotated[str, Meta(extra={"check": lambda url: require_site(url) if url else None})]
"""A setting, checked when it is read; it may be empty."""


class Site(Struct, frozen=True):
    """Where the console is. Without an origin of its own, each request says how it came."""

    origin: str = ""
    """`https://host:port`, in small letters."""
    base: str = ""
    """The path before that of each page, without a slash at its end."""

    def path(self, path: str) -> str:
        """The address of a page as browsers name it."""
        return f"{self.base}{path}"

    def url(self, req: falcon.asgi.Request, path: str) -> str:
        """The whole address of a page, as the browser that sent this request names it."""
        origin = self.origin or f"{req.scheme}://{req.get_header('Host') or ''}"
        return f"{origin}{self.path(path)}"

    def is_secure(self, req: falcon.asgi.Request) -> bool:
        """Whether browsers come by https."""
        return (self.origin or req.scheme).startswith("https")

    def is_origin(self, req: falcon.asgi.Request, origin: str) -> bool:
        """Whether a request's Origin is the console's own."""
        if self.origin:
            return origin.lower() == self.origin
        scheme = {"ws": "http", "wss": "https"}.get(req.scheme, req.scheme)
        return origin.lower() == f"{scheme}://{(req.get_header('Host') or '').lower()}"


def site_of(url: str) -> Site:
    """The site that a setting names."""
    parts = urlsplit(url)
    return Site(f"{parts.scheme}://{parts.netloc}".lower() if url else "", parts.path.rstrip("/"))


class Mounted:
    """An application below a path, whether a proxy has taken the path away or left it."""

    def __init__(self, app: Any, base: str) -> None:
        self.app = app
        self._base = base

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Hand a request on, its path without ours."""
        path = scope.get("path", "")
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            scope = {**scope, "path": path[len(self._base) :] or "/"}
        await self.app(scope, receive, send)

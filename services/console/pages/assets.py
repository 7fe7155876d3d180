"""Styles and scripts: held in memory, each at an address that changes with its content."""

import hashlib
import mimetypes
from pathlib import Path

import falcon
import falcon.asgi
from msgspec import Struct

from libs.contracts.refusals import Refusal

FOLDER = Path(__file__).parents[1] / "static"
KEPT_S = 365 * 86_400


class Asset(Struct, frozen=True):
    """One file."""

    digest: str
    media: str
    data: bytes


class Assets:
    """All files of the folder, by their names."""

    def __init__(self) -> None:
        self._assets = {path.name: _read(path) for path in FOLDER.iterdir() if path.suffix in (".css", ".js", ".svg")}

    def path(self, name: str) -> str:
        """Where a file is now."""
        return f"/static/{self._assets[name].digest}/{name}"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, digest: str, name: str) -> None:
        """One file, for ever: another content has another address."""
        asset = self._assets.get(name)
        if asset is None or asset.digest != digest:
            raise Refusal("NOT_FOUND")
        resp.content_type = asset.media
        resp.data = asset.data
        resp.set_header("Cache-Control", f"public, max-age={KEPT_S}, immutable")


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    digest = hashlib.sha256(data).hexdigest()[:16]
    return Asset(digest, f"{media}; charset=utf-8" if media.startswith("text") else media, data)

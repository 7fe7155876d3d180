"""Files for the owner's eyes only, written whole or not at all."""

import os
import secrets
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Put `text` in `path` with mode 0600: durable, and never half there for a reader or after a crash."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_directory(path.parent)


def kept_secret(path: Path) -> str:
    """The secret in `path`: 32 random bytes in hexadecimal, made on the first call. No newline follows it."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, secrets.token_hex(32))
    return path.read_text(encoding="utf-8")


def move_into_place(draft: Path, place: Path) -> None:
    """Rename a finished directory; it is in its place after a crash, or it is not."""
    draft.rename(place)
    _sync_directory(place.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

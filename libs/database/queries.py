"""Named SQL statements from `sql/*.sql`: `-- name: NAME` opens each."""

import re
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _load() -> dict[str, LiteralString]:
    folder = files("libs.database") / "sql"
    text = "\n".join(path.read_text() for path in folder.iterdir() if path.name.endswith(".sql"))
    parts = _NAME.split(text)
    if twice := {name for name in parts[1::2] if parts[1::2].count(name) > 1}:
        raise ValueError(f"two statements of one name: {sorted(twice)}")
    return {name: cast(LiteralString, body.strip()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


QUERIES = _load()

"""Named SQL statements from `sql/queries.sql`: `-- name: NAME` opens each."""

import re
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _load() -> dict[str, LiteralString]:
    text = (files("libs.database") / "sql" / "queries.sql").read_text()
    parts = _NAME.split(text)
    return {name: cast(LiteralString, body.strip()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


QUERIES = _load()

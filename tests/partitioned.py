"""The schema with every table of tenants cut into parts by tenant, as a distributed PostgreSQL has it.

Made of the project's own migrations, statement for statement, so that what they change later is changed here, too.
"""

import re
from pathlib import Path

import pytest

from libs.database import migrations

PARTS = 4
TABLE = re.compile(r"CREATE TABLE (?P<table>(?:inventory|ingest|work)\.\w+) \((?P<body>.*?)\n\);", re.DOTALL)
KEY = "PRIMARY KEY (tenant_id,"


def cut(script: str) -> str:
    """The same migration, with tables that are cut into parts."""
    return TABLE.sub(_cut, script)


def _cut(found: re.Match[str]) -> str:
    table, body = found["table"], found["body"]
    if KEY not in body:
        return found[0]
    parts = "".join(
        f"\nCREATE TABLE {table}_p{part} PARTITION OF {table} FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part});"
        for part in range(PARTS)
    )
    return f"CREATE TABLE {table} ({body}\n) PARTITION BY HASH (tenant_id);{parts}"


def migrate_in_parts(database_url: str, folder: Path) -> None:
    """Bring the database to the newest schema, in parts; `folder` is an empty one for the scripts."""
    for path in migrations.MIGRATIONS.iterdir():
        if path.name.endswith(".sql"):
            (folder / path.name).write_text(cut(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", folder)
        migrations.migrate(database_url)

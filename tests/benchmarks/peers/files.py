"""A CSV into PostgreSQL by other means.

    python -m tests.benchmarks.peers.files copy|duckdb|dlt FILE DATABASE_URL WORK_FOLDER

Prints {"seconds"} as JSON. Rows end in bench.rows.
"""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import dlt
import duckdb
import psycopg2

TYPES = {"retention_period_months": "integer", "has_automated_decision_making": "boolean", "requires_dpia": "boolean"}
PIECE = 10_000


def copy(path: Path, database: str, work: Path) -> None:
    """COPY of the file's bytes; what psql's own command does."""
    _copy(path, database, dict.fromkeys(_header(path), "text"))


def typed(path: Path, database: str, work: Path) -> None:
    """duckdb reads it and makes values of it; lists stay texts."""
    columns = {name: TYPES.get(name, "text") for name in _header(path)}
    made = work / "typed.csv"
    wanted = ", ".join(f"CAST({name} AS {kind.replace('text', 'varchar')}) AS {name}" for name, kind in columns.items())
    source = f"read_csv('{path}', all_varchar = true, header = true)"
    duckdb.sql(f"COPY (SELECT {wanted} FROM {source}) TO '{made}' (HEADER, DELIMITER ',')")
    _copy(made, database, columns)
    made.unlink()


def warehouse(path: Path, database: str, work: Path) -> None:
    """dlt makes a table of its own."""
    pipeline = dlt.pipeline(
        "files", destination=dlt.destinations.postgres(database), dataset_name="bench", pipelines_dir=str(work)
    )
    pipeline.run(dlt.resource(_rows(path), name="rows", write_disposition="append"), loader_file_format="csv")


def _rows(path: Path) -> Iterator[list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        while piece := list(islice(reader, PIECE)):
            yield piece


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _copy(path: Path, database: str, columns: dict[str, str]) -> None:
    with psycopg2.connect(database) as connection, connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute("CREATE SCHEMA bench")
        cursor.execute(f"CREATE TABLE bench.rows ({', '.join(map(' '.join, columns.items()))})")
        cursor.copy_expert("COPY bench.rows FROM STDIN (FORMAT csv, HEADER)", file, size=1 << 20)


WAYS: dict[str, Callable[[Path, str, Path], None]] = {"copy": copy, "duckdb": typed, "dlt": warehouse}


def main(way: str, path: str, database: str, work: str) -> None:
    """Load once and say how long it took."""
    started = time.perf_counter()
    WAYS[way](Path(path), database, Path(work))
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

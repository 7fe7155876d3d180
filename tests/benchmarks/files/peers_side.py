"""What else brings the same CSV to PostgreSQL, each in its own process from the peers' environment."""

import os
import subprocess
from pathlib import Path

import msgspec
import psycopg

from deploy.local.services import ROOT
from tests.benchmarks.files.sides import PATIENCE
from tests.benchmarks.running.servers import EMPTY
from tests.benchmarks.session import Session

PEERS = {
    "copy": r"1. `\copy`: the file as it is into ten columns of text",
    "duckdb": "2. duckdb reads and types it, then COPY into typed columns",
    "dlt": "3. dlt, rows of Python's csv",
}


def peer_s(session: Session, name: str, path: Path, count: int) -> float:
    """Seconds that a peer takes for the file. Raises RuntimeError with its last words, ValueError for missing rows."""
    python = session.environment.python
    with session.servers.database(EMPTY) as database:
        work = session.servers.root / "files-work"
        surroundings = {"HOME": str(work), "RUNTIME__DLTHUB_TELEMETRY": "false", "NORMALIZE__WORKERS": "2"}
        work.mkdir(exist_ok=True)
        done = subprocess.run(
            [python, "-m", "tests.benchmarks.peers.files", name, str(path), database, str(work)],
            cwd=ROOT, env=os.environ | surroundings, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        with psycopg.connect(database) as connection:
            (stored,) = connection.execute("SELECT count(*) FROM bench.rows").fetchone() or (0,)
    if stored != count:
        raise ValueError(f"{stored} rows are stored, {count} were given")
    return float(msgspec.json.decode(done.stdout.splitlines()[-1])["seconds"])

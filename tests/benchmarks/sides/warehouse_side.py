"""dlt's side: from files of the same bodies into tables of its own."""

import os
import shutil
import subprocess
from collections.abc import Callable

import msgspec
import psycopg

from deploy.local.services import ROOT
from tests.benchmarks.batches import Workload
from tests.benchmarks.running.environment import Environment
from tests.benchmarks.running.servers import EMPTY, Servers
from tests.benchmarks.sides.contest import Timing
from tests.benchmarks.sides.sluice_side import TURN_SECONDS

WORKERS = "2"
"""Processes."""


def warehouse_side(servers: Servers, environment: Environment) -> Callable[[Workload], dict[str, Timing]]:
    """dlt from files of the same bodies, with two processes, through CSV and COPY."""

    def run(workload: Workload) -> dict[str, Timing]:
        first, folder = workload.passes[0], servers.root / "warehouse"
        bodies = folder / "bodies"
        bodies.mkdir(parents=True)
        for number, batch in enumerate(first.batches):
            (bodies / f"{batch.tenant}.{number:05d}.json").write_bytes(batch.body)
        command = [environment.python, "-m", "tests.benchmarks.peers.warehouse", str(bodies), str(folder / "work")]
        try:
            with servers.database(EMPTY) as database:
                settings = {
                    "DESTINATION__POSTGRES__CREDENTIALS": database,
                    "RUNTIME__DLTHUB_TELEMETRY": "false",
                    "NORMALIZE__WORKERS": WORKERS,
                    "DATA_WRITER__FILE_MAX_ITEMS": "10000",
                    "HOME": str(folder),
                }
                done = subprocess.run(
                    command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False,
                    timeout=TURN_SECONDS,
                )  # fmt: skip
                if done.returncode:
                    raise RuntimeError(done.stderr.strip().splitlines()[-1])
                _check_loaded(database, first.records)
        finally:
            shutil.rmtree(folder)
        return {first.name: Timing(first.records, msgspec.json.decode(done.stdout.splitlines()[-1])["seconds"])}

    return run


def _check_loaded(database: str, records: int) -> None:
    with psycopg.connect(database) as connection:
        (loaded,) = connection.execute("SELECT count(*) FROM bench.activities").fetchone() or (0,)
    if loaded != records:
        raise ValueError(f"{loaded} records are loaded, {records} were given")

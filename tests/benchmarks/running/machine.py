"""What the numbers were measured on."""

import os
import platform
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import psycopg
import redis

from tests.benchmarks.session import Session

SYNCS = 50
PRODUCT = ("falcon", "gunicorn", "msgspec", "dramatiq", "redis", "psycopg", "zstandard")


def facts(session: Session) -> dict[str, str]:
    """The machine and the versions, by name."""
    servers = session.servers
    with psycopg.connect(servers.postgres.url) as connection:
        (postgres,) = connection.execute("SHOW server_version").fetchone() or ("?",)
    with redis.Redis.from_url(servers.valkey.url) as client:
        info = client.info("server")
    peers = ", ".join(f"{name} {number}" for name, number in session.environment.versions().items())
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return {
        "CPU": f"{os.cpu_count()} × {_cpu_model()}",
        "Memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "Disk": f"{_file_system(servers.root)}, write and fsync of 4 KiB {sync_ms(servers.root):.2f} ms (median)",
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "Servers": f"PostgreSQL {postgres}, Valkey {info.get('valkey_version') or info['redis_version']}",
        "Sluice": ", ".join(f"{name} {version(name)}" for name in ("sluice", *PRODUCT)),
        "Peers": peers or f"not installed: {session.environment.failure}",
        "Load average at the start": load,
    }


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(path: Path) -> str:
    done = subprocess.run(["/usr/bin/env", "stat", "-f", "-c", "%T", path], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def sync_ms(folder: Path) -> float:
    """What it takes to have 4 KiB on the disk, milliseconds."""
    times = []
    with (folder / "sync-probe").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)

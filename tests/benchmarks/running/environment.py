"""The peers' own environment in `.bench/venv`, made from requirements.lock. Where that fails, the report says why."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
PATIENCE = 600.0
SHOWN = ("fastapi", "pydantic", "sqlalchemy", "asyncpg", "uvicorn", "celery", "dlt", "duckdb")


@dataclass(frozen=True)
class Environment:
    """Where the peers run."""

    folder: Path
    failure: str = ""
    """Why there are no peers; empty where there are."""

    @property
    def python(self) -> str:
        """The interpreter. Raises RuntimeError where the peers could not be installed."""
        if self.failure:
            raise RuntimeError(f"not installed: {self.failure}")
        return str(self.folder / "bin" / "python")

    def versions(self) -> dict[str, str]:
        """The versions of the peers, by name."""
        if self.failure:
            return {}
        listed = _run([self.python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"])
        found = {each["name"].lower(): each["version"] for each in msgspec.json.decode(listed)}
        return {name: found[name] for name in SHOWN if name in found}


def prepare(folder: Path, say: Callable[[str], None]) -> Environment:
    """Make the environment, unless it is there for this very lock."""
    mark, wanted = folder / ".installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == wanted:
        return Environment(folder)
    say("installing the peers")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(folder / "bin" / "python"), *install])
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        return Environment(folder, next((line for line in said if "ERROR" in line), said[-1] if said else "unknown"))
    mark.write_text(wanted)
    return Environment(folder)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return done.stdout

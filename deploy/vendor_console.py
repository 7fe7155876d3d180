"""`python -m deploy.vendor_console`: fetches the scripts of others that the console serves, as `VENDORED` names them.

What npm gives must have the hash that is written here; a new version is a new line of it.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from shutil import which

STATIC = Path(__file__).parents[1] / "services" / "console" / "static"
VENDORED = {
    "htmx.org@4.0.1": {
        "package/dist/htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    },
    "uplot@1.6.32": {
        "package/dist/uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
        "package/dist/uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    },
}
"""By package and version: each file and its SHA-256."""


def main() -> int:
    """Fetch all; the exit status is 1 where a file is not what it should be, and then nothing of it is kept."""
    npm = which("npm")
    if npm is None:
        sys.stderr.write("npm is needed\n")
        return 1
    for package, files in VENDORED.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([npm, "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            if not _take(next(Path(folder).glob("*.tgz")), files):
                return 1
    return 0


def _take(archive: Path, files: dict[str, str]) -> bool:
    with tarfile.open(archive) as packed:
        for name, expected in files.items():
            member = packed.extractfile(name)
            data = member.read() if member else b""
            if hashlib.sha256(data).hexdigest() != expected:
                sys.stderr.write(f"{name} is not what it should be\n")
                return False
            (STATIC / Path(name).name).write_bytes(data)
    return True


if __name__ == "__main__":
    sys.exit(main())

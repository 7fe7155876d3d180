"""A program that sees a folder as its root, as a container would have it, with this machine's /usr and the like in it.

No daemon and no registry take part; the network is the machine's own, so that what runs reaches the tests' servers.
Needs Linux and root (mount(2), chroot(2)).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

USER = 10001
PYTHON = Path(sys.base_prefix)
PATH = f"{PYTHON}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OF_THE_MACHINE = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/dev", "/proc", str(PYTHON))
_VIEW = """
set -eu
root=$1 directory=$2 write=$3 shared=$4 machine=$5
shift 5
mount --make-rprivate /
mount --bind "$root" "$root"
for folder in $machine; do
    [ -e "$folder" ] || continue
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
    case $folder in /dev | /proc) ;; *) mount -o remount,bind,ro "$root$folder" ;; esac
done
mkdir -p "$root/tmp" "$root/$directory"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
for folder in $shared; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
done
[ "$write" = rw ] || mount -o remount,bind,ro "$root"
exec chroot "$root" sh -c 'cd "$0" && exec "$@"' "$directory" "$@"
"""
"""Makes the view in a mount namespace of its own, which ends with the program."""
AS_USER = (
    "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--inh-caps=-all",
    "--bounding-set=-all",
)  # fmt: skip


@cache
def why_not() -> str:
    """Why this machine has no such view to give; nothing where it has."""
    if os.getuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return "a root of its own for each image needs root, unshare and setpriv"
    mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    return f"this machine does not let mount: {tried.stderr.strip()}" if tried.returncode else ""


def build(root: Path, directory: str, environ: Mapping[str, str], line: str) -> None:
    """Run a line of a shell as root, which may write. Raises AssertionError with what it said."""
    command = inside(root, directory, ["sh", "-c", line], writable=True)
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{line}\n{ran.stdout[-2000:]}{ran.stderr[-4000:]}"


def inside(
    root: Path, directory: str, command: Sequence[str], *, writable: bool = False, shared: Sequence[Path] = ()
) -> list[str]:
    """The command within the folder: as root where it may write, else as a user who can only read but below /tmp."""
    program = command if writable else [*AS_USER, *command]
    folders = " ".join(map(str, shared))
    write = "rw" if writable else "ro"
    return ["unshare", "--mount", "sh", "-c", _VIEW, "view", str(root), directory, write, folders,
            " ".join(OF_THE_MACHINE), *program]  # fmt: skip

"""The files of the embedded PostgreSQL: made once, whole or not at all."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from deploy.local.data_dir.private_files import move_into_place
from deploy.local.errors import StackError
from deploy.local.supervision.process import LAUNCHER
from libs.contracts.texts import said

SUPERUSER = "sluice"
DATABASE = "sluice"


def create_cluster(binaries: Path, data_dir: Path, password_file: Path) -> Path:
    """The cluster's directory below `data_dir`; if there is none, it is made, with user and database `sluice`.

    It is made under another name and renamed when it is complete and synced, so that a crash leaves no half cluster.
    Raises StackError with what initdb says.
    """
    cluster = data_dir / "cluster"
    if cluster.exists():
        return cluster
    for left_over in data_dir.glob("cluster.*"):
        shutil.rmtree(left_over)
    draft = data_dir / f"cluster.{os.getpid()}"
    _run_in(data_dir, _initdb(binaries / "initdb", draft, password_file))
    _run_in(
        data_dir,
        (str(binaries / "postgres"), "--single", "-D", str(draft), "postgres"),
        f"CREATE DATABASE {DATABASE};\n",
    )
    move_into_place(draft, cluster)
    return cluster


def _initdb(binary: Path, cluster: Path, password_file: Path) -> tuple[str, ...]:
    return (
        str(binary),
        f"--pgdata={cluster}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The same order and case rules on every machine, whatever locales it has.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--data-checksums",
    )


def _run_in(data_dir: Path, command: tuple[str, ...], text: str = "") -> None:
    launch = (sys.executable, "-I", "-S", LAUNCHER, str(os.getpid()), str(int(signal.SIGKILL)), str(data_dir))
    done = subprocess.run(
        (*launch, *command), input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        name, output = Path(command[0]).name, done.stdout.strip()
        raise StackError(said("TOOL_FAILED", name=name, status=done.returncode, output=output))

"""PgBouncer before a database, where it is installed."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.supervision.launch import ordinary_account
from tests.waiting import wait_until

PGBOUNCER = shutil.which("pgbouncer")
pooled = pytest.mark.skipif(not PGBOUNCER, reason="PgBouncer is not installed")


@contextmanager
def pgbouncer(folder: Path, database_url: str, mode: str, *, ignored: str = "") -> Iterator[str]:
    """The address of a PgBouncer before this database."""
    server, port = conninfo_to_dict(database_url), free_port()
    folder.mkdir(exist_ok=True)
    (folder / "users").write_text(f'"{server["user"]}" "{server["password"]}"\n')
    (folder / "ini").write_text(
        f"[databases]\n{server['dbname']} = host={server['host']} port={server['port']} user={server['user']}"
        f" password={server['password']}\n"
        f"[pgbouncer]\nlisten_addr = {HOST}\nlisten_port = {port}\nauth_type = trust\nauth_file = {folder}/users\n"
        f"pool_mode = {mode}\nignore_startup_parameters = {ignored}\nunix_socket_dir =\n"
    )
    account = ordinary_account()
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    command = [str(PGBOUNCER), "-u", account.pw_name, str(folder / "ini")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = make_conninfo(database_url, port=port)

        def answers() -> bool:
            try:
                psycopg.connect(address).close()
            except psycopg.OperationalError:
                return False
            return True

        try:
            wait_until(answers, 10, "PgBouncer answers")
            yield address
        finally:
            process.kill()

"""What each service of the embedded stack logs in as: a login with its own roles and a password of its own."""

import psycopg
from psycopg import sql

from deploy.local.data_dir.private_files import kept_secret
from deploy.local.servers.postgres import PostgresServer
from libs.database.server.session import session

LOGINS = {
    "ingest": "sluice_ingest",
    "writer": "sluice_writing",
    "processor": "sluice_processing",
    "console": "sluice_console",
    "backup": "sluice_backup",
}
"""By service, and what processors make backups with; a migration makes them."""


def login_urls(server: PostgresServer) -> dict[str, str]:
    """Where each service connects, password included."""
    return {service: server.url_of(login, _password(server, login)) for service, login in LOGINS.items()}


def open_logins(server: PostgresServer) -> None:
    """Have the logins' passwords in the server. Raises psycopg.Error."""
    with session(server.url, "logins") as connection:
        for login in LOGINS.values():
            _set_password(connection, login, _password(server, login))


def _password(server: PostgresServer, login: str) -> str:
    return kept_secret(server.data_dir / f"password-{login}")


def _set_password(connection: psycopg.Connection, login: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    change = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(change.format(sql.Identifier(login), sql.Literal(verifier)))

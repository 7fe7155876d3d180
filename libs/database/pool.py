"""Connection pools: one role each, and no wait without a bound."""

from typing import Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

Role = Literal["sluice_writer", "sluice_reader", "sluice_tasks", "sluice_processor"]

SESSION = {
    # A partition would hold libpq for hours; these bound it to seconds.
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


BY_KEY = {
    **{f"enable_{plan}": "off" for plan in ("seqscan", "hashjoin", "mergejoin", "material")},
    "cpu_tuple_cost": "1",
    "cpu_index_tuple_cost": "1",
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",  # which goes by costs, too
}
"""Every statement of a writer looks up some thousand rows by their keys, so the best plan is the one that touches the
fewest rows. Left to its statistics, which say nothing yet of a table that is being filled, PostgreSQL reads all rows of
a tenant, or of a table, for each row it looks for; and goes on with it while the table grows."""


def _options(role: Role, statement_timeout_s: int) -> str:
    settings = {
        "role": role,
        **(BY_KEY if role == "sluice_writer" else {}),
        "statement_timeout": f"{statement_timeout_s}s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        "default_transaction_isolation": "read\\ committed",
        # PostgreSQL's end of the wire. Without it, a writer whose machine is gone in the middle of a COPY keeps its
        # chunk from all others for two hours: a server that waits for the data of a COPY obeys none of the timeouts.
        **{f"tcp_{name}": value for name, value in SESSION.items() if name.startswith("keepalives_")},
        "tcp_user_timeout": SESSION["tcp_user_timeout"],
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def open_pool(
    database_url: str, role: Role, *, name: str, size: int, statement_timeout_s: int, timeout_s: float
) -> ConnectionPool:
    """A pool of at most `size` connections in `role`.

    The pool opens in the background and goes on trying for ever, so PostgreSQL may come later or go away; a caller
    waits `timeout_s` for a connection and then gets `psycopg_pool.PoolTimeout`. Raises ValueError for an address that
    cannot be read; libpq's own message would quote it, password included.
    """
    try:
        conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        message = "SLUICE_DATABASE_URL is no address of a database: postgresql://user:password@host:5432/name"
        raise ValueError(message) from None
    return ConnectionPool(
        database_url,
        name=name,
        min_size=1,
        max_size=size,
        max_waiting=size * 8,
        timeout=timeout_s,
        reconnect_timeout=10.0,
        # Once it has given a connection up, the pool tries again for the next client that may wait, and no client may
        # once its queue is full of those whose time was up: it would never connect again. Checking has it try.
        reconnect_failed=ConnectionPool.check,
        max_idle=300.0,
        check=ConnectionPool.check_connection,
        kwargs={**SESSION, "options": _options(role, statement_timeout_s), "application_name": f"sluice-{name}"},
        open=True,
    )

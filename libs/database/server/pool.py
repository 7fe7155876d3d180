"""Connection pools: one role each, and no wait without a bound."""

from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from libs.database.server.address import current_address, require_address
from libs.database.server.session import MARK, WIRE, Role, begin, wanted

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

BY_INDEX = {"enable_seqscan": "off"}
"""What people look at are some rows of many, which an index names. Where one tenant has most of a table, PostgreSQL
would rather read the table from its start until enough is found, which may be at its end."""
PLANS: dict[str, dict[str, str]] = {"sluice_writer": BY_KEY, "sluice_reader": BY_INDEX}

LOCK_TIMEOUT = {
    # A writer thread is not for waiting: chunks of other tenants need it. What was in the way is tried again later.
    "sluice_writer": "1s",
    "sluice_reader": "10s",
    "sluice_tasks": "10s",
    "sluice_processor": "10s",
}


def options(role: Role, statement_timeout_s: int) -> str:
    """What the connections of a pool ask of PostgreSQL before their first statement."""
    settings = {
        MARK: "on",
        "role": role,
        "citus.propagate_set_commands": "local",  # whose rows a transaction sees, its nodes are told (set_tenant)
        **PLANS.get(role, {}),
        "statement_timeout": f"{statement_timeout_s}s",
        "lock_timeout": LOCK_TIMEOUT[role],
        "idle_in_transaction_session_timeout": "60s",
        "default_transaction_isolation": "read\\ committed",
        # PostgreSQL's end of the wire. Without it, a writer whose machine is gone in the middle of a COPY keeps its
        # chunk from all others for two hours: a server that waits for the data of a COPY obeys none of the timeouts.
        **{f"tcp_{name}": value for name, value in WIRE.items() if name.startswith("keepalives_")},
        "tcp_user_timeout": WIRE["tcp_user_timeout"],
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def check_writable(connection: psycopg.Connection[Any]) -> None:
    """Ask a session whether it may write, which also tells whether it is there. Raises psycopg.Error.

    One that has become read-only, as its role or its server may, stays so as long as it lives: it is closed.
    """
    connection.autocommit = True
    try:
        answer = connection.execute("SHOW transaction_read_only").fetchone()
    finally:
        with suppress(psycopg.Error):
            connection.autocommit = False
    if answer != ("off",):
        connection.close()
        raise psycopg.errors.ReadOnlySqlTransaction


def pool_state(pool: ConnectionPool) -> dict[str, int]:
    """Connections of a pool by what they do, and who waits for one."""
    stats = pool.get_stats()
    return {
        "open": stats.get("pool_size", 0),
        "idle": stats.get("pool_available", 0),
        "waiting": stats.get("requests_waiting", 0),
    }


def open_pool(
    database_url: str, role: Role, *, name: str, size: int, statement_timeout_s: int, timeout_s: float
) -> ConnectionPool:
    """A pool of at most `size` connections in `role`.

    The pool opens in the background and goes on trying for ever, so PostgreSQL may come later or go away; a caller
    waits `timeout_s` for a connection and then gets `psycopg_pool.PoolTimeout`. Raises ValueError for an address that
    cannot be read. A connection that is not what was asked for is never given out. Each has the login of its time.
    """
    require_address(database_url)
    return ConnectionPool(
        partial(current_address, database_url),
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
        check=ConnectionPool.check_connection if role == "sluice_reader" else check_writable,
        configure=partial(begin, role=role),
        kwargs={
            **WIRE,
            **wanted(role),
            "options": options(role, statement_timeout_s),
            "application_name": f"sluice-{name}",
        },
        open=True,
    )

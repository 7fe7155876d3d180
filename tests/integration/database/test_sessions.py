"""What the sessions of a pool ask of PostgreSQL, so that neither end waits long for one that is gone."""

import pytest

from libs.database.server.pool import Role, open_pool

ASKED = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


@pytest.mark.parametrize("role", ["sluice_writer", "sluice_reader"])
def test_the_server_looks_whether_its_client_is_there(database_url: str, role: Role) -> None:
    """A server inside a COPY obeys no timeout of a statement or of a transaction; only the wire tells it."""
    with (
        open_pool(database_url, role, name="test", size=1, statement_timeout_s=60, timeout_s=10.0) as pool,
        pool.connection() as connection,
    ):
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in ASKED}
    assert shown == {name: (value,) for name, value in ASKED.items()}


@pytest.mark.parametrize(
    ("role", "asked"),
    [
        ("sluice_writer", {"enable_seqscan": "off", "cpu_tuple_cost": "1", "plan_cache_mode": "force_custom_plan"}),
        ("sluice_reader", {"enable_seqscan": "off", "cpu_tuple_cost": "0.01", "plan_cache_mode": "auto"}),
        ("sluice_processor", {"enable_seqscan": "on", "cpu_tuple_cost": "0.01", "plan_cache_mode": "auto"}),
        ("sluice_writer", {"jit": "off"}),
    ],
)
def test_a_writer_alone_plans_without_statistics(database_url: str, role: Role, asked: dict[str, str]) -> None:
    with (
        open_pool(database_url, role, name="test", size=1, statement_timeout_s=60, timeout_s=10.0) as pool,
        pool.connection() as connection,
    ):
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in asked}
    assert shown == {name: (value,) for name, value in asked.items()}

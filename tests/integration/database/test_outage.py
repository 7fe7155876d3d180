"""A pool outlives an outage of PostgreSQL, however long that is and however many have asked in vain meanwhile."""

import time

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from libs.database.server.pool import open_pool
from tests.fault.faults.proxy import Loop, Proxy
from tests.servers import available
from tests.waiting import wait_until

AWAY_S = 12.0
"""Longer than the pool tries to connect before it gives up (10 s)."""
BACK_S = 15.0


def test_a_pool_connects_again_after_it_has_given_up(database_url: str) -> None:
    """Those who ask in vain fill the pool's queue; that must not keep it from trying."""
    with Loop() as loop, Proxy(loop, int(str(conninfo_to_dict(database_url)["port"]))) as proxy:
        address = make_conninfo(database_url, port=proxy.port)
        with open_pool(address, "sluice_reader", name="test", size=1, statement_timeout_s=5, timeout_s=0.2) as pool:
            wait_until(lambda: available(pool), BACK_S, "the pool has a connection")
            proxy.refuse()
            until = time.monotonic() + AWAY_S
            wait_until(lambda: not available(pool) and time.monotonic() > until, 2 * AWAY_S, "the outage is over")
            proxy.accept()
            wait_until(lambda: available(pool), BACK_S, "the pool has a connection again")

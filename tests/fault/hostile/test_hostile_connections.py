"""Hundreds of connections that are held open for nothing: good clients are served all the while, and soon enough."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fault.faults.hostile import Crowd, silent_readers
from tests.fault.running.trial import quantile, tell
from tests.system.api import Stack, Tenant
from tests.system.samples import RECIPIENT
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hostile")]

CROWD = 400
"""Three of five hold a thread until their time is over; the two processes have 512 threads together."""
SILENT = 760
"""Clients beside, who ask without a token for the longest answer there is, many times over, and read none."""
ASK = b"GET /openapi.json HTTP/1.1\r\nHost: test\r\n\r\n" * 100
SECONDS = 15.0
"""Longer than a head (5 s) or a body that does not come (5 s and some) is waited for, so that the crowd comes again."""
CLIENTS = 4
RECORDS = 100
P95_S, WORST_S = 2.0, 15.0
"""A good request takes some 50 ms alone. Whoever comes while all threads of a process are held waits until the first of
them give up: 5 s for a head, as long again for a body. Without an end for those who stand still, it would be a minute,
and for all."""


def served(tenant: Tenant, until: float) -> list[tuple[int, float]]:
    """Post batches one after the other, each second one waited for; status and seconds of each."""
    records = [RECIPIENT.sample() for _ in range(RECORDS)]
    taken: list[tuple[int, float]] = []
    while time.monotonic() < until:
        began = time.monotonic()
        answer = tenant.post(RECIPIENT, records, background=len(taken) % 2 == 1)
        taken.append((answer.status_code, time.monotonic() - began))
    return taken


def test_good_clients_are_served_while_hundreds_stand_in_the_way(stack: Stack) -> None:
    tenants = [Tenant(stack) for _ in range(CLIENTS)]
    bearer = tenants[0].bearer["Authorization"]
    head = (
        f"POST {tenants[0].path(RECIPIENT)} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        f"Authorization: {bearer}\r\nContent-Length: 500000\r\n\r\n"
    ).encode()
    with (
        silent_readers(stack.url, ASK, SILENT),
        Crowd(stack.url, head, CROWD) as crowd,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        until = time.monotonic() + SECONDS
        taken = [each for some in clients.map(lambda tenant: served(tenant, until), tenants) for each in some]
    seconds = sorted(second for _, second in taken)
    tell(
        held_open=CROWD,
        read_nothing=SILENT,
        opened=crowd.opened,
        ended=crowd.ended,
        good_requests=len(taken),
        median=f"{quantile(seconds, 0.5):.3f} s",
        p95=f"{quantile(seconds, 0.95):.3f} s",
        worst=f"{seconds[-1]:.3f} s",
    )
    assert {status for status, _ in taken} == {201, 202}
    assert crowd.ended.keys() <= {None, 400, 408}
    assert crowd.ended.get(408, 0) > CROWD // 2
    assert quantile(seconds, 0.95) < P95_S
    assert seconds[-1] < WORST_S
    posted = len(taken) * RECORDS
    wait_until(lambda: sum(tenant.count(RECIPIENT) for tenant in tenants) == posted, 30, "all of it is written")

"""An ingest that ends: what it has begun is finished, and who comes too late is refused and never kept waiting."""

import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, nothing_here, running_ingest
from tests.waiting import wait_until

WAIT_S = 8
"""How long a request waits for a writer that never comes."""


def test_who_comes_too_late_is_refused_while_others_are_still_served(
    tmp_path: Path, valkey: ValkeyServer, namespace: str
) -> None:
    settings = {"redis_url": valkey.url, "database_url": nothing_here(), "namespace": namespace, "ingest_workers": 2}
    with running_ingest(tmp_path, **settings) as ingest, ThreadPoolExecutor() as clients:
        scanner = Scanner(ingest)
        headers = {**scanner.headers, "Prefer": f"wait={WAIT_S}"}
        waiting = [
            clients.submit(ingest.http.post, scanner.path(), json={"recipients": [RECIPIENT]}, headers=headers)
            for _ in range(4)
        ]
        wait_until(lambda: in_flight(ingest) == len(waiting), 10, "all of them wait")
        ingest.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(ingest), WAIT_S, "nobody else is taken")
        assert not any(answer.done() for answer in waiting)
        assert [answer.result().status_code for answer in waiting] == [202] * len(waiting)
        assert ingest.process.wait(30) == 0


def in_flight(ingest: Ingest) -> float:
    """How many requests it handles, as it says itself."""
    page = httpx.get(f"{ingest.metrics_url}/metrics", trust_env=False).text
    found = re.search(r"^sluice_requests_in_flight (\S+)", page, re.MULTILINE)
    return float(found[1]) if found else 0.0


def refuses(ingest: Ingest) -> bool:
    """Whether a connection is refused."""
    try:
        socket.create_connection((HOST, ingest.port), 2).close()
    except ConnectionRefusedError:
        return True
    return False

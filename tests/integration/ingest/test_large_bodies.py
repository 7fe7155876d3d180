"""Several large bodies at once: what the process that takes them holds."""

import threading
from pathlib import Path

import pytest

from deploy.local.servers.valkey import ValkeyServer
from tests.benchmarks.memory.bodies import large_body
from tests.benchmarks.running.processes import descendants, peak_mib
from tests.integration.service_process import Scanner, nothing_here, running_ingest

pytestmark = pytest.mark.xdist_group("ingest-large-bodies")

CLIENTS, BODY_MIB, MOST_MIB = 5, 32, 290
"""It has 80 from its start and peaks at 240 to 256; with bodies kept as they came, at 331 to 336."""


def test_bodies_that_wait_for_one_another_take_little_memory(
    tmp_path: Path, valkey: ValkeyServer, namespace: str
) -> None:
    body = large_body(BODY_MIB)
    statuses: list[int] = []
    with running_ingest(tmp_path, redis_url=valkey.url, namespace=namespace, database_url=nothing_here()) as ingest:

        def post() -> None:
            scanner = Scanner(ingest)
            path = scanner.path(background=True, entity="processing-activities")
            headers = scanner.headers | {"Content-Type": "application/json"}
            answer = ingest.http.post(path, content=body, headers=headers)
            statuses.append(answer.status_code)

        clients = [threading.Thread(target=post) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        peak = peak_mib(descendants(ingest.process.pid)[1])
    assert statuses == [202] * CLIENTS
    assert peak < MOST_MIB

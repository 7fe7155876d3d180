"""Writers are told where a client waits for its batch: they let no other come before they fetch it."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import redis

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.queues import wake_channel
from tests.integration.service_process import Scanner, running_ingest, several
from tests.servers import cloned_database
from tests.waiting import wait_until

NAMESPACE = f"rings-{uuid.uuid4().hex[:8]}"
SOON = 10.0


@pytest.fixture(scope="module")
def scanner(
    postgres: PostgresServer, valkey: ValkeyServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scanner]:
    """One whose batches nobody writes."""
    with (
        cloned_database(postgres.url, template) as url,
        running_ingest(
            tmp_path_factory.mktemp("rings"), redis_url=valkey.url, database_url=url, namespace=NAMESPACE
        ) as ingest,
    ):
        yield Scanner(ingest)


@pytest.mark.parametrize(
    ("background", "options", "prefer", "ring"),
    [
        (False, {}, "wait=1", b"normal now"), (False, {}, "wait=0", b"normal"), (True, {}, "wait=1", b"normal"),
        (True, {"dry_run": "true"}, "wait=1", b"normal now"), (False, {"lane": "high"}, "wait=1", b"high now"),
    ],
    ids=["waits", "waits for nothing", "in the background", "dry run", "another lane"],
)  # fmt: skip
def test_who_waits_is_rung_for(
    scanner: Scanner, redis_client: redis.Redis, background: bool, options: dict[str, Any], prefer: str, ring: bytes
) -> None:
    channel = wake_channel(NAMESPACE)
    with closing(redis_client.pubsub(ignore_subscribe_messages=True)) as listener:
        listener.subscribe(channel)
        wait_until(lambda: redis_client.pubsub_numsub(channel)[0][1] == 1, SOON, "the listener")
        redis_client.delete(f"{{{NAMESPACE}}}:dramatiq:{ring.split()[0].decode()}")  # none of before waits
        scanner.headers["Prefer"] = prefer
        assert scanner.post(several(1), background=background, **options).status_code in (200, 202)
        rung: list[bytes] = []
        while not rung:
            rung += [message["data"] for message in [listener.get_message(timeout=SOON)] if message]
        assert rung == [ring]

"""What a console listens to, whenever those whom it listens for come."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import redis.asyncio.client

from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.keys import Keys
from services.console.streams.subscription import Subscription
from tests.waiting import wait_until


def test_who_comes_while_the_subscription_is_made_is_listened_for(
    valkey: ValkeyServer, redis_client: redis.Redis, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, job = uuid.uuid4(), uuid.uuid4()
    channel = Keys(namespace).events(tenant)
    told: list[tuple[uuid.UUID, uuid.UUID]] = []
    subscription = Subscription(valkey.url, namespace, lambda *which: told.append(which), lambda: None)
    connect = redis.asyncio.client.PubSub.connect
    comes = [tenant]

    async def connect_meanwhile(pubsub: Any) -> None:
        await connect(pubsub)
        while comes:
            await subscription.watch(comes.pop())

    monkeypatch.setattr(redis.asyncio.client.PubSub, "connect", connect_meanwhile)

    def is_told() -> bool:
        redis_client.publish(channel, f'{{"job_id":"{job}"}}')
        return bool(told)

    async def listened_for() -> None:
        running = asyncio.get_running_loop().create_task(subscription.run())
        await asyncio.to_thread(wait_until, is_told, 5, "what is told of who came meanwhile")
        running.cancel()

    # In a thread of its own: in this one the loop of a browser's driver may be running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(listened_for())).result()
    assert set(told) == {(tenant, job)}

"""Asks Redis how it is."""

import time
from contextlib import suppress
from typing import Any

import redis
from redis.utils import str_if_bytes

from libs.contracts.system.health import RedisHealth


def redis_health(client: redis.Redis) -> RedisHealth:
    """What it says of itself. Raises redis.RedisError."""
    asked: Any = client
    began = time.perf_counter()
    asked.ping()
    latency_ms = (time.perf_counter() - began) * 1000
    told = asked.info()
    fsync = ""
    with suppress(redis.ResponseError):  # its rights may not go so far
        fsync = str_if_bytes(asked.config_get("appendfsync").get("appendfsync", ""))
    return RedisHealth(
        latency_ms=latency_ms, server=_server(told), role=str(told.get("role", "")),
        replicas=int(told.get("connected_slaves", 0)), used_bytes=int(told.get("used_memory", 0)),
        most_bytes=int(told.get("maxmemory", 0)), clients=int(told.get("connected_clients", 0)), fsync=fsync,
        appends=bool(told.get("aof_enabled")), append_error=told.get("aof_last_write_status", "ok") != "ok",
    )  # fmt: skip


def _server(told: dict[str, Any]) -> str:
    if "valkey_version" in told:
        return f"Valkey {told['valkey_version']}"
    return f"Redis {told.get('redis_version', '')}".strip()

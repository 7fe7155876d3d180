"""A start that cannot succeed: one message that names what to mend, an exit status, and no second try."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import Ingest, nothing_here

BOOT_ERROR = 4
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("boot")
    (path / "keys").write_text('{"keys": []}')
    return path


def cases(folder: Path, redis_url: str) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """By name: what is wrong with the settings, and what the message has to name."""
    good = {"redis_url": redis_url, "database_url": nothing_here(), "namespace": f"boot-{uuid.uuid4().hex[:8]}"}
    return {
        "nothing is set": ({}, ["SLUICE_REDIS_URL is required", "SLUICE_DATABASE_URL is required"]),
        "key set empty": ({**good, "jwks_file": folder / "keys"}, ["SLUICE_JWKS_FILE"]),
        "Redis away": ({**good, "redis_url": f"redis://:QZ7@{HOST}:{free_port()}/0"}, [HOST, "refused"]),
        "metrics nowhere": ({**good, "metrics_bind": "nowhere"}, ["SLUICE_METRICS_BIND"]),
        "workers in words": (
            {**good, "ingest_workers": "QZ7", "ingest_notice_seconds": -1},
            ["SLUICE_INGEST_WORKERS", "SLUICE_INGEST_NOTICE_SECONDS"],
        ),
        "address in no file": (
            {**good, "redis_url": "", "redis_url_file": folder / "nothing"},
            ["SLUICE_REDIS_URL_FILE", "nothing cannot be read"],
        ),
    }


NAMES = list(cases(Path(), ""))


@pytest.fixture(scope="module")
def starts(folder: Path, valkey: ValkeyServer) -> Iterator[dict[str, tuple[Ingest, list[str]]]]:
    """All of them at once, so that the machine does not wait for each."""
    running = {
        name: (Ingest(folder, **settings), named) for name, (settings, named) in cases(folder, valkey.url).items()
    }
    yield running
    for ingest, _ in running.values():
        ingest.http.close()
        if ingest.process.poll() is None:
            ingest.kill()


def check_refusal(ingest: Ingest, named: list[str]) -> None:
    try:
        status = ingest.process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        pytest.fail(f"still running:\n{ingest.log}")
    (message,) = [line for line in ingest.log.splitlines() if line.startswith("sluice ingest: ")]
    for name in named:
        assert name in message
    assert "QZ7" not in ingest.log
    assert "Traceback" not in ingest.log
    assert status == BOOT_ERROR


@pytest.mark.parametrize("name", NAMES)
def test_the_message_names_what_to_mend(starts: dict[str, tuple[Ingest, list[str]]], name: str) -> None:
    check_refusal(*starts[name])


@pytest.mark.parametrize(("setting", "value"), [("appendfsync", "everysec"), ("maxmemory-policy", "allkeys-lru")])
def test_a_redis_that_may_lose_what_it_confirms_is_refused(
    tmp_path: Path, careless: ValkeyServer, setting: str, value: str
) -> None:
    with redis.Redis.from_url(careless.url) as client:
        before = client.config_get(setting)
        client.config_set(setting, value)
        with Ingest(tmp_path, redis_url=careless.url, database_url=nothing_here()) as ingest:
            check_refusal(ingest, [setting])
        client.config_set(setting, before[setting])


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server of our own, whose settings a test may spoil."""
    with ValkeyServer(tmp_path_factory.mktemp("careless"), free_port()) as server:
        yield server

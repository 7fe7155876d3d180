"""A real object store: SeaweedFS, from a wheel, with its S3 gateway."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import HOST, free_port
from tests.waiting import wait_until

WEED = shutil.which("weed", path=Path(sys.executable).parent)
KEY, SECRET, BUCKET = "key", "secret", "files"
SERVERS = ("master", "volume", "filer", "s3")


def environment(endpoint: str) -> dict[str, str]:
    """What a process needs to know to use the store."""
    return {
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
    }  # fmt: skip


def _command(folder: Path, ports: dict[str, int]) -> list[str]:
    assert WEED
    return [
        WEED, "server", f"-dir={folder}", f"-ip={HOST}", f"-ip.bind={HOST}", "-filer", "-s3", "-volume.max=8",
        "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip


def _takes_parts(endpoint: str) -> bool:
    try:
        return httpx.get(f"{endpoint}/healthz").is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of its S3 gateway."""
    folder = tmp_path_factory.mktemp("objects")
    ports: dict[str, int] = {}
    for name in SERVERS:
        for port in (f"{name}.port", f"{name}.port.grpc"):
            ports[port] = free_port(frozenset(ports.values()))
    endpoint = f"http://{HOST}:{ports['s3.port']}"
    environ = {**os.environ, **environment(endpoint)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(_command(folder, ports), env=environ, stdout=log, stderr=log)
        try:
            wait_until(lambda: _takes_parts(endpoint), 60, "an object store")
            yield endpoint
        finally:
            server.kill()  # an orderly end takes 25 seconds
            server.wait(30)

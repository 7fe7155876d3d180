"""A real object store: SeaweedFS, from a wheel, with its S3 gateway."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest

from deploy.local.data_dir.ports import HOST, free_port
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


class ObjectStore:
    """One store below a folder, to be killed and started again; `url` is the address of its S3 gateway."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports: dict[str, int] = {}
        for name in SERVERS:
            for port in (f"{name}.port", f"{name}.port.grpc"):
                self._ports[port] = free_port(frozenset(self._ports.values()))
        self.url = f"http://{HOST}:{self._ports['s3.port']}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            environ = {**os.environ, **environment(self.url)}
            self._server = subprocess.Popen(self._command(), env=environ, stdout=log, stderr=log)
        wait_until(self._answers, 60, "an object store")

    def kill(self) -> None:
        """End it at once: an orderly end takes 25 seconds."""
        self._server.kill()
        self._server.wait(30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _command(self) -> list[str]:
        assert WEED
        return [
            WEED, "server", f"-dir={self._folder}", f"-ip={HOST}", f"-ip.bind={HOST}", "-filer", "-s3", "-volume.max=8",
            "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0",
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]  # fmt: skip

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="package")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running store."""
    with ObjectStore(tmp_path_factory.mktemp("objects")) as store:
        yield store.url

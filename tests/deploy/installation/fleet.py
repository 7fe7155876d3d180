"""A whole installation behind nginx, whose instances are replaced one after another as Kubernetes does it."""

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from deploy.local.data_dir.ports import HOST, free_port
from tests.deploy.installation.manifests import container, pods
from tests.deploy.installation.proxy import Nginx
from tests.integration.console.visitors.site import CONSOLE
from tests.integration.service_process import GUNICORN, WRITER, ServiceProcess
from tests.signing import SECRET

PROCESSOR = (sys.executable, "-m", "services.processor.main")
COMMANDS = {"ingest": GUNICORN, "writer": WRITER, "processor": PROCESSOR, "console": CONSOLE}
BEHIND_NGINX = ("ingest", "console")


@dataclass
class Instance:
    """One that runs; `url` is where it is asked whether it is ready, and where nginx finds it."""

    kind: str
    url: str
    process: ServiceProcess


class Fleet:
    """All instances, and nginx in front of those that are asked."""

    def __init__(self, folder: Path, **shared: Any) -> None:
        self._folder = folder
        self._shared = {**shared, "files_url": f"file://{folder}/files", "log_level": "warning"}
        (folder / "secret").write_bytes(SECRET)
        self._open = ExitStack()
        self.instances: list[Instance] = []
        self.url = ""

    def start(self, **counts: int) -> None:
        """So many of each kind, ready, and nginx before them."""
        started = [self._launch(kind) for kind, count in counts.items() for _ in range(count)]
        for instance in started:
            instance.process.wait_ready(instance.url)
        self.instances += started
        (self._folder / "nginx").mkdir()
        self.nginx = self._open.enter_context(Nginx(self._folder / "nginx", self._upstreams()))
        self.url = self.nginx.url

    def replace(self, old: Instance) -> None:
        """Another one in its place, as a Deployment rolls with maxUnavailable 0.

        The new one is ready before the old one is told to go. The old one is taken from those that are asked while its
        preStop runs, then gets SIGTERM, and has until the end of its grace. Raises AssertionError where that is too
        short.
        """
        new = self._launch(old.kind)
        new.process.wait_ready(new.url)
        self.instances.append(new)
        self._tell_nginx(old)
        pod = pods()[old.kind]
        hook = container(pod).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command")
        with subprocess.Popen(hook or ["true"]):
            self.instances.remove(old)
            self._tell_nginx(old)
        old.process.process.send_signal(signal.SIGTERM)
        status = old.process.process.wait(pod["spec"]["terminationGracePeriodSeconds"])
        assert status == 0, old.process.log

    def terminate(self, old: Instance, until_it_ends: Callable[[], None]) -> None:
        """SIGTERM and nothing else: nobody tells nginx."""
        old.process.process.send_signal(signal.SIGTERM)
        until_it_ends()
        assert old.process.process.wait(45) == 0, old.process.log

    def of(self, kind: str) -> list[Instance]:
        """Those of one kind that run now."""
        return [instance for instance in self.instances if instance.kind == kind]

    def _launch(self, kind: str) -> Instance:
        bind, metrics = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
        own: dict[str, Any] = {"metrics_bind": metrics}
        if kind in BEHIND_NGINX:
            own |= {f"{kind}_bind": bind, "token_secret_file": self._folder / "secret"}
        if kind in ("writer", "processor"):
            own |= {f"{kind}_name": f"{kind}-{uuid.uuid4().hex[:6]}"}
        if kind == "ingest":
            own |= {"ingest_workers": 1}
        process = ServiceProcess(COMMANDS[kind], self._folder, **self._shared, **own)
        self._open.enter_context(process)
        return Instance(kind, f"http://{bind if kind in BEHIND_NGINX else metrics}", process)

    def _tell_nginx(self, changed: Instance) -> None:
        if changed.kind in BEHIND_NGINX:
            self.nginx.reload(self._upstreams())

    def _upstreams(self) -> dict[str, list[str]]:
        return {kind: [instance.url for instance in self.of(kind)] for kind in BEHIND_NGINX}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

"""nginx with the configuration of deploy/nginx, before services that have other addresses than in compose."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import httpx
import pytest

from deploy.local.data_dir.ports import HOST, free_port
from tests.root import ROOT
from tests.waiting import wait_until

CONFIGURATION = ROOT / "deploy" / "nginx"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin")
NEEDS_NGINX = pytest.mark.skipif(NGINX is None, reason="there is no nginx: apt-get install nginx-light")
_SERVER = re.compile(r"server (ingest|console):\d+( [^;]*)?;")


class Nginx:
    """A running nginx; `url` is where clients find it. Addresses and the folder in which it writes alone are ours."""

    def __init__(self, folder: Path, upstreams: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        (folder / "tmp").mkdir()
        text = (CONFIGURATION / "nginx.conf").read_text("utf-8")
        (folder / "nginx.conf").write_text(self._changed(text))
        (folder / "listen.conf").write_text(f"listen {HOST}:{self.port};\n")
        self._name(upstreams)
        self._log = folder / "nginx.log"

    def _changed(self, text: str) -> str:
        text = text.replace("/tmp/", f"{self._folder}/tmp/")
        return text.replace("/dev/stdout", f"{self._folder}/access.log")

    def _name(self, upstreams: Mapping[str, Sequence[str]]) -> None:
        text = (CONFIGURATION / "upstreams.conf").read_text("utf-8")

        def servers(found: re.Match[str]) -> str:
            return " ".join(f"server {url.removeprefix('http://')}{found[2] or ''};" for url in upstreams[found[1]])

        (self._folder / "upstreams.conf").write_text(_SERVER.sub(servers, text))

    def _command(self, *arguments: str) -> list[str]:
        assert NGINX
        return [NGINX, "-e", "stderr", "-p", str(self._folder), "-c", str(self._folder / "nginx.conf"),
                "-g", "daemon off; user root;", *arguments]  # fmt: skip

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        wait_until(self._answers, 20, "nginx answers")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).text == "ok\n"
        except httpx.TransportError:
            return False

    @property
    def log(self) -> str:
        """What it complains of."""
        return self._log.read_text(errors="replace")

    @property
    def access_log(self) -> str:
        """What it says of each request."""
        return (self._folder / "access.log").read_text()

    @property
    def kept_bodies(self) -> list[Path]:
        """Bodies that it has on its disk now."""
        return [path for path in (self._folder / "tmp" / "bodies").rglob("*") if path.is_file()]

    def test(self) -> str:
        """What `nginx -t` says; empty where all is well."""
        ran = subprocess.run(self._command("-t", "-q"), capture_output=True, text=True, check=False)
        return ran.stderr + ("" if ran.returncode == 0 else f"status {ran.returncode}")

    def reload(self, upstreams: Mapping[str, Sequence[str]] | None = None) -> None:
        """Read the configuration again, with these upstreams: what a controller does as pods come and go."""
        if upstreams is not None:
            self._name(upstreams)
        before = self.workers()
        subprocess.run(self._command("-s", "reload"), check=True, capture_output=True)
        wait_until(lambda: self.workers() - before, 20, "new workers of nginx")

    def workers(self) -> set[int]:
        """Processes that take connections: those that shut down have another title."""
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return {int(pid) for pid in listed if b"shutting" not in Path(f"/proc/{pid}/cmdline").read_bytes()}

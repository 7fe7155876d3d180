"""The images as buildah builds them, layers and all, on Debian with its own Python: what a registry would get."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.installation.dockerfile import DOCKERFILE, stages
from tests.root import ROOT

SERVICES = ("ingest", "writer", "processor", "console", "command")
NEEDED = ("buildah", "debootstrap")
MISSING = [name for name in NEEDED if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
BASE = os.environ.get("SLUICE_TEST_BASE", "")
"""An image to build on; without it, one that is made here of Debian's packages."""
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason="it takes buildah and debootstrap: apt-get install both"),
    pytest.mark.skipif(os.getuid() != 0, reason="images are built here by root alone"),
]


class Builder:
    """buildah with a store of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = ("--root", f"{folder}/store", "--runroot", f"{folder}/run", "--storage-driver", "vfs")
        self._base = BASE or self._debian()

    def build(self, target: str) -> str:
        """The image of a target."""
        arguments = ["--layers", "--build-arg", f"BASE={self._base}", "--target", target, *_packages_of_here()]
        return self._bud(f"localhost/sluice-{target}", ROOT, DOCKERFILE, *arguments)

    def run(self, image: str, command: list[str]) -> str:
        """What a command says in a container of the image, as the image's user."""
        made = self._said("from", image)
        try:
            return self._said("run", "--isolation", "chroot", made, "--", *command)
        finally:
            self._said("rm", made)

    def inspect(self, image: str, field: str) -> str:
        """What the image says of itself."""
        return self._said("inspect", "--type", "image", "--format", f"{{{{{field}}}}}", image)

    def _debian(self) -> str:
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "stable", f"{self._folder}/debian/root"]
        (self._folder / "debian").mkdir()
        path = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **path})
        (self._folder / "debian" / "Dockerfile").write_text("FROM scratch\nCOPY root /\n")
        return self._bud("localhost/debian", self._folder / "debian", self._folder / "debian" / "Dockerfile")

    def _bud(self, name: str, context: Path, dockerfile: Path, *arguments: str) -> str:
        tagged = ("--quiet", "--isolation", "chroot", "-t", name, "-f", str(dockerfile))
        self._said("bud", *tagged, *arguments, str(context))
        return name

    def _said(self, *arguments: str) -> str:
        ran = subprocess.run(["buildah", *self._store, *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 0 or arguments[0] == "run", ran.stderr[-4000:]
        return (ran.stdout + ran.stderr).strip()


def _packages_of_here() -> Iterator[str]:
    """What tells pip within a build where packages are, as it is told here."""
    pip = (sys.executable, "-m", "pip", "config")
    configured = "".join(subprocess.check_output([*pip, verb], text=True) for verb in ("list", "debug"))
    named = {Path(path) for path in re.findall(r"(?<![\w:/])(?:file://)?(/[\w./-]+)", configured)}
    # A folder that lists packages may have them beside it.
    found = {path.parent if path.is_dir() and path.parent != Path("/") else path for path in named if path.exists()}
    for path in sorted(path for path in found if not found & set(path.parents)):
        yield from ("--volume", f"{path}:{path}:ro")
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            yield from ("--env", f"{name}={value}")


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """With a base."""
    return Builder(tmp_path_factory.mktemp("buildah"))


@pytest.mark.parametrize("target", SERVICES)
def test_an_image_is_built_and_runs(builder: Builder, target: str) -> None:
    image = builder.build(target)
    assert builder.inspect(image, ".OCIv1.Config.User") == "10001:10001"
    assert builder.run(image, ["id", "-u"]) == "10001"
    stage = stages()[target]
    start = [*(stage.last("ENTRYPOINT") or []), *(["migrate"] if target == "command" else stage.last("CMD") or [])]
    wanted = "SLUICE_DATABASE_URL" if target == "command" else "SLUICE_REDIS_URL"
    assert wanted in builder.run(image, start)

"""The images of the Dockerfile as folders: its own lines, run one after another."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.installation import container
from tests.deploy.installation.dockerfile import Stage, Step, stages
from tests.root import ROOT


@dataclass
class Image:
    """What has become of a stage so far."""

    root: Path
    environ: dict[str, str]
    directory: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)


class Images:
    """All images below a folder, each made when it is first asked for. BASE is this machine."""

    def __init__(self, folder: Path, **arguments: str) -> None:
        self._folder = folder
        self._stages = stages()
        self._arguments = arguments
        self._made: dict[str, Image] = {}

    def make(self, name: str) -> Image:
        """The image of a stage. Raises AssertionError where one of its lines fails."""
        if name not in self._made:
            stage = self._stages[name]
            image = self._begin(stage)
            for step in stage.steps:
                self._take(image, step)
            self._made[name] = image
        return self._made[name]

    def _begin(self, stage: Stage) -> Image:
        root = self._folder / stage.name
        if stage.parent == "${BASE}":
            root.mkdir()
            return Image(root, {"PATH": container.PATH})
        parent = self.make(stage.parent)
        subprocess.run(["cp", "-a", parent.root, root], check=True)
        return Image(root, dict(parent.environ), parent.directory, parent.user)

    def _take(self, image: Image, step: Step) -> None:
        match step.name:
            case "RUN":
                # What pip is told here of where packages are is this machine's, as a builder's would be.
                container.build(image.root, image.directory, os.environ | image.environ | image.arguments, step.text)
            case "COPY":
                self._copy(image, step.words)
            case "ENV":
                given = (word.partition("=") for word in step.words)
                image.environ |= {name: value.replace("$PATH", image.environ["PATH"]) for name, _, value in given}
            case "ARG":
                name, _, value = step.words[0].partition("=")
                image.arguments[name] = self._arguments.get(name, value)
            case "WORKDIR":
                image.directory = step.text
                (image.root / step.text[1:]).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = step.text
            case "CMD":
                image.command = step.words
            case "ENTRYPOINT":
                image.entrypoint = step.words
            case "EXPOSE":
                pass
            case unknown:
                raise AssertionError(f"{unknown} is not known here")

    def _copy(self, image: Image, words: list[str]) -> None:
        context = ROOT
        if words[0].startswith("--from="):
            context, *words = self.make(words[0].removeprefix("--from=")).root, *words[1:]
        *sources, target = words
        to = image.root / f"{Path(image.directory, target)}"[1:]
        for source in sources:
            found = context / source.lstrip("/")
            if found.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True, ignore=ignored)
            else:
                into = to if target.endswith("/") else to.parent
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, to)

"""Makes the files of a package, each by a process of its own, so that memory does not grow with what it holds.

`look` is told several times a second how far a file is, as a share from 0 to 1; what it raises ends the process.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from libs.compliance.packages.writing.child import read
from libs.compliance.packages.writing.order import WHOLE, Order
from libs.compliance.packages.writing.pdf.pages import data_of
from libs.compliance.packages.writing.pdf.paper import stretches

Look = Callable[[float], None]
LOOK_EVERY_S = 0.1
MOST_ERRNO = 133
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")
"""All of the environment that a process is given."""
PAGES_DONE = 0.9
"""The share of a PDF that its pages are; the rest is joining them."""


class UnwritableError(Exception):
    """A process could not make what it was given to make."""


class Made(Struct, frozen=True):
    """A file."""

    path: Path
    pages: int | None
    """Where it has any that are known."""


class Maker:
    """Makes the files of one package in a folder of its own, in which `content.ndjson` is what they say.

    Every method raises OSError, UnwritableError, and whatever `look` raises.
    """

    def __init__(self, folder: Path, order: Order, look: Look) -> None:
        self._folder = folder
        self._look = look
        (folder / "order.json").write_bytes(msgspec.json.encode(order))

    def make(self, kind: str) -> Made:
        """A file of one of the formats `xlsx`, `docx`, `html` and `pdf`."""
        if kind == "pdf":
            return self._pdf()
        self._child(kind, f"made.{kind}", share=self._told)
        return Made(self._folder / f"made.{kind}", None)

    def _pdf(self) -> Made:
        names: list[str] = []
        for number, stretch in enumerate(stretches(read(self._folder))):
            data, name = f"{number}.json", f"{number}.pdf"
            (self._folder / data).write_bytes(data_of(stretch))
            self._child("pages", data, name, share=lambda: self._told() * PAGES_DONE)
            (self._folder / data).unlink()
            names.append(name)
        count = self._child("join", *names, share=lambda: PAGES_DONE)
        return Made(self._folder / WHOLE, int(count))

    def _told(self) -> float:
        """How far a file says that it is."""
        with suppress(OSError, ValueError):
            return float((self._folder / "at").read_text())
        return 0.0

    def _child(self, act: str, *names: str, share: Callable[[], float]) -> str:
        child = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.child", act, str(self._folder), *names],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | {"MALLOC_ARENA_MAX": "1"},
        )  # fmt: skip
        with child:
            try:
                told = self._awaited(child, share)
            finally:
                child.kill()
        if 1 < child.returncode <= MOST_ERRNO:
            raise OSError(child.returncode, os.strerror(child.returncode))
        if child.returncode:
            raise UnwritableError
        return told

    def _awaited(self, child: "subprocess.Popen[str]", share: Callable[[], float]) -> str:
        while True:
            self._look(share())
            with suppress(subprocess.TimeoutExpired):
                return child.communicate(timeout=LOOK_EVERY_S)[0]

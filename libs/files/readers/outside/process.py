"""A file that is read by a process of its own, as a workbook."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from libs.files.failures import UnreadableError
from libs.files.folders import Folder
from libs.files.readers.outside.messages import Batch, Failed, Message, Opened, Request, receive, send
from libs.files.readers.sheets import SheetStretch
from libs.files.readers.stretches import Position

_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
"""All of the environment that the process is given."""


class OutsideFile:
    """A file on disk. Each reading has its own process, which ends with it."""

    def __init__(self, kind: str, file: IO[bytes]) -> None:
        self._kind = kind
        self._file = file
        self._share = 0.0
        self._folder = Folder()
        self._path = self._folder.path / f"file.{kind}"  # calamine goes by the ending
        self._path.symlink_to(f"/proc/self/fd/{file.fileno()}")
        self._idle: _Process | None = None
        try:
            self._idle, self._opened = self._start()
        except BaseException:
            self.close()
            raise

    @property
    def names(self) -> Sequence[str]:
        """Its sheets; those that are hidden last."""
        return self._opened.names

    @property
    def visible(self) -> Sequence[str]:
        """Those that are not hidden."""
        return self._opened.names[: self._opened.visible]

    def share(self) -> float:
        """By rows, where the file says how many there are."""
        return self._share

    def close(self) -> None:
        """End its process and forget the file."""
        if self._idle is not None:
            self._idle.end()
        self._folder.cleanup()
        self._file.close()

    def read(self, sheet: str, start: Position) -> Iterator[SheetStretch]:
        """The rows of a sheet from a row on."""
        process, self._idle = self._idle or self._start()[0], None
        try:
            process.ask(Request(sheet, start.line))
            while isinstance(batch := process.answer(), Batch):
                self._share = self._share_of(sheet, batch.numbers[-1])
                yield SheetStretch(batch.rows, batch.numbers, batch.faults)
        finally:
            process.end()

    def _share_of(self, sheet: str, row: int) -> float:
        rows = dict(zip(self._opened.names, self._opened.rows, strict=False))
        return min(row / rows[sheet], 1.0) if rows.get(sheet) else 0.0

    def _start(self) -> "tuple[_Process, Opened]":
        process = _Process(self._kind, self._path, self._file.fileno())
        try:
            opened = process.answer()
            assert isinstance(opened, Opened)
        except BaseException:
            process.end()
            raise
        return process, opened


class _Process:
    def __init__(self, kind: str, path: Path, descriptor: int) -> None:
        self._kind = kind
        self._child = subprocess.Popen(
            [sys.executable, "-m", "libs.files.readers.outside.child", kind, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(descriptor,),
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"MALLOC_ARENA_MAX": "1"},
        )  # fmt: skip

    def ask(self, request: Request) -> None:
        assert self._child.stdin is not None
        try:
            send(self._child.stdin, request)
        except BrokenPipeError:
            raise UnreadableError("FILE_NEEDS_TOO_MUCH") from None

    def answer(self) -> Message:
        """What it says next; never a failure. Raises UnreadableError, also where it has been ended by its limits."""
        assert self._child.stdout is not None
        answer = receive(self._child.stdout)
        if answer is None:
            raise UnreadableError("FILE_NEEDS_TOO_MUCH")
        if isinstance(answer, Failed):
            raise UnreadableError(answer.code, format=self._kind)
        return answer

    def end(self) -> None:
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):  # of a request that was never read
                pipe.close()
        self._child.wait()

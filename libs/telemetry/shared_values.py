"""How a process keeps its metrics in a file that others of its service read, and goes on where it cannot.

prometheus_client maps sparse files into memory. On a full disk the first touch of a page that is not there yet is a
SIGBUS, which ends the process; so the room is taken beforehand, and a value for which there is none stays in memory.
"""

import json
import os
import struct
from pathlib import Path
from typing import Any, ClassVar

from prometheus_client.mmap_dict import _INITIAL_MMAP_SIZE, MmapedDict

Value = tuple[float, float]
"""A value and its time."""
NOTHING: Value = (0.0, 0.0)
UNREADABLE = (OSError, ValueError, RuntimeError, TypeError, AttributeError, struct.error)
"""What reading a broken file raises."""
ENTRY_BYTES = 40
"""The most that an entry takes beside its key."""


class SharedDict(MmapedDict):
    """Takes the place of `MmapedDict`; never raises for what is wrong with its file or its disk."""

    unshared: ClassVar[set[str]] = set()
    """The values of this process that nobody else sees."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        self._own: dict[str, Value] = {}
        self._f: Any = None
        self._m: Any = None
        try:
            if not is_readable(Path(filename)):  # left by a process that had this id before
                Path(filename).unlink(missing_ok=True)
            _take_room(filename)
            super().__init__(filename)  # type: ignore[no-untyped-call]
        except OSError:
            self.close()
            self._positions: dict[str, int] = {}

    def read_value(self, key: str) -> Value:
        """A value, zero for a new one."""
        if key not in self._own and key not in self._positions and not self._has_room(key):
            self._own[key] = NOTHING
            self.unshared.add(key)
        return self._own[key] if key in self._own else super().read_value(key)  # type: ignore[no-untyped-call]

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Set a value that was read before."""
        if key in self._own:
            self._own[key] = value, timestamp
        else:
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the file, where there is one."""
        for opened in (self._m, self._f):
            if opened is not None:
                opened.close()
        self._f = self._m = None

    def _has_room(self, key: str) -> bool:
        """Whether there is room for one more value, or can be made: the file grows by doubling."""
        if self._f is None:
            return False
        if self._used + len(key.encode()) + ENTRY_BYTES > self._capacity:
            try:
                os.posix_fallocate(self._f.fileno(), 0, 2 * self._capacity)
            except OSError:
                return False
        return True


def is_readable(file: Path) -> bool:
    """Whether the file holds values, as far as it is filled."""
    try:
        for key, *_ in MmapedDict.read_all_values_from_file(str(file)):
            _metric, _name, labels, _help = json.loads(key)
            labels.items()
    except UNREADABLE:
        return False
    return True


def _take_room(filename: str) -> None:
    """Make the file, with room that a full disk cannot take away any more."""
    Path(filename).parent.mkdir(parents=True, exist_ok=True)
    with open(filename, "ab") as file:  # noqa: PTH123 -- as prometheus_client does
        size = os.fstat(file.fileno()).st_size
        os.posix_fallocate(file.fileno(), 0, max(size, _INITIAL_MMAP_SIZE))

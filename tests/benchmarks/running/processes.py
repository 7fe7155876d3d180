"""CPU time and memory of processes, as the kernel counts them in /proc."""

import os
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
MIB = 1024 * 1024


def descendants(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        with suppress(OSError):
            children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and its descendants, those that have ended included."""
    total = 0.0
    for each in descendants(pid):
        with suppress(OSError):
            total += sum(map(int, _stat(each)[11:15])) / TICKS
    return total


def process_cpu_s(pid: int) -> float:
    """CPU seconds of the threads that a process has now; in nanoseconds where the kernel counts them, else in ticks."""
    try:
        return sum(
            int((task / "schedstat").read_text().split()[0]) for task in (PROC / str(pid) / "task").iterdir()
        ) / 1e9  # fmt: skip
    except OSError:
        return sum(map(int, _stat(pid)[11:13])) / TICKS


def reset_peak(pid: int) -> None:
    """Begin to measure the peak of a process's memory anew."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def peak_mib(pid: int) -> float:
    """The most memory that a process held at once since its start or since `reset_peak` (VmHWM), MiB."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / MIB
    raise ProcessLookupError(pid)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()

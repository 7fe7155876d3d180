"""What the children of the stack print: all of it is in files, and the files are bounded while they run."""

import sys
from pathlib import Path

import pytest

from deploy.local.supervision import logs
from deploy.local.supervision.process import Process, Program
from tests.waiting import wait_until

SMALL = logs.BLOCK * 2
LINES = 60_000
COUNTS = f"for number in range({LINES}): print(f'line {{number:06}}', flush=number % 7 == 0)"


def run(folder: Path, code: str) -> Path:
    """Run Python code as a child of the stack to its end; its log."""
    program = Program(
        name="child", command=(sys.executable, "-c", code), lock=folder / "lock", log=folder / "log" / "child.log",
        ready=lambda: True,
    )  # fmt: skip
    child = Process(program)
    child.start()
    wait_until(lambda: not child.alive, 60, "the end of the child")
    child.let_go()
    return program.log


def files(log: Path) -> list[Path]:
    """The log's files, the oldest first."""
    return sorted(log.parent.iterdir(), key=lambda path: -int(path.suffix[1:]) if path.suffix != ".log" else 0)


def test_no_line_is_lost_when_a_file_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", SMALL)
    monkeypatch.setattr(logs, "KEPT", 100)
    written = files(run(tmp_path, COUNTS))
    assert len(written) > 4
    said = b"".join(file.read_bytes() for file in written)
    assert said.decode().splitlines() == [f"line {number:06}" for number in range(LINES)]
    for file in written:
        assert file.stat().st_size <= SMALL
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_files_are_few_and_hold_what_was_said_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", SMALL)
    for _ in range(2):  # the second run goes on where the first one ended
        written = files(run(tmp_path, COUNTS))
    assert len(written) == logs.KEPT + 1
    assert sum(file.stat().st_size for file in written) <= (logs.KEPT + 1) * SMALL
    assert written[-1].read_text().splitlines()[-1] == f"line {LINES - 1:06}"


def test_a_full_disk_costs_lines_and_no_child(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "child.log").symlink_to("/dev/full")
    run(tmp_path, f"{COUNTS}\nopen({str(tmp_path / 'done')!r}, 'w').close()")
    assert (tmp_path / "done").exists()

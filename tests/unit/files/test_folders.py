"""What a process that was killed has left on the disk is removed; what one that lives is working in is not."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.files.folders import PREFIX, YOUNG_S, Folder, remove_left_over
from tests.root import ROOT

WORK = """
import sys
from libs.files.folders import Folder
folder = Folder()
(folder.path / "content").write_text("values of records")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path


@pytest.fixture
def working(place: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK], cwd=ROOT, env=os.environ | {"TMPDIR": str(place)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        yield process
        process.kill()


def test_what_the_dead_have_left_goes_and_what_the_living_work_in_stays(
    working: subprocess.Popen[str], place: Path
) -> None:
    assert working.stdout
    folder = Path(working.stdout.readline().strip())
    assert (folder.parent, remove_left_over(0.0)) == (place, 0)
    assert (folder / "content").exists()
    working.send_signal(signal.SIGKILL)
    working.wait()
    assert remove_left_over() == 0, "so young a folder may be locked yet"
    assert remove_left_over(0.0) == 1
    assert not folder.exists()


def test_a_folder_goes_with_its_work_and_others_are_left_alone(place: Path) -> None:
    folder = Folder()
    folder.cleanup()
    folder.cleanup()
    (place / "another").mkdir()
    (place / f"{PREFIX}link").symlink_to(place / "another")
    os.utime(place / "another", (0, 0))
    assert remove_left_over(YOUNG_S) == 0
    assert sorted(path.name for path in place.iterdir()) == ["another", f"{PREFIX}link"]

"""Metrics in files that several processes share: what is broken is left out, what has no room stays in memory."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from deploy import metrics_folder
from libs.telemetry.shared_metrics import SharedCollector
from libs.telemetry.shared_values import SharedDict
from tests.root import ROOT


def key(name: str) -> str:
    return mmap_key("sluice_x", name, ["a"], ["b"], "Help.")


@pytest.fixture
def dead() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def written(file: Path, value: float, name: str = "sluice_x_total") -> Path:
    values = SharedDict(str(file))
    values.read_value(key(name))
    values.write_value(key(name), value, 0.0)
    values.close()
    return file


def shown(folder: Path) -> dict[str, float]:
    return {sample.name: sample.value for metric in SharedCollector(folder).collect() for sample in metric.samples}


def test_the_processes_are_counted_together(tmp_path: Path, dead: int) -> None:
    written(tmp_path / f"counter_{os.getpid()}.db", 2)
    written(tmp_path / f"counter_{dead}.db", 3)
    assert shown(tmp_path) == {"sluice_metrics_complete": 1.0, "sluice_x_total": 5.0}


def test_a_new_file_has_its_room_and_a_growing_one_too(tmp_path: Path) -> None:
    values = SharedDict(str(tmp_path / "counter_1.db"))
    for number in range(2_000):
        assert values.read_value(key(f"n{number}")) == (0.0, 0.0)
        values.write_value(key(f"n{number}"), number, 0.0)
    found = (tmp_path / "counter_1.db").stat()
    assert found.st_size > 100_000
    assert found.st_blocks * 512 >= found.st_size
    assert values.read_value(key("n1999")) == (1999.0, 0.0)
    values.close()
    read = MmapedDict.read_all_values_from_file(str(tmp_path / "counter_1.db"))
    assert sum(value for _, value, *_ in read) == sum(range(2_000))


BROKEN = {
    "empty": b"",
    "cut off": b"\x08",
    "beyond its end": b"\xff\xff\x00\x00" + bytes(100),
    "no key": (64).to_bytes(4, "little") + bytes(4) + (8).to_bytes(4, "little") + b"nonsense" + bytes(100),
    "no text": (64).to_bytes(4, "little") + bytes(4) + (4).to_bytes(4, "little") + b"\xff\xfe\xfd\xfc" + bytes(100),
    "another key": (64).to_bytes(4, "little") + bytes(4) + (12).to_bytes(4, "little") + b"[1, 2, 3, 4]" + bytes(100),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_left_out_and_goes_once_its_process_is_gone(tmp_path: Path, dead: int, content: bytes) -> None:
    good = written(tmp_path / f"counter_{os.getpid()}.db", 2)
    of_the_living, of_the_dead = tmp_path / f"histogram_{os.getpid()}.db", tmp_path / f"counter_{dead}.db"
    for file in (of_the_living, of_the_dead):
        file.write_bytes(content)
    assert shown(tmp_path) == {"sluice_metrics_complete": 0.0, "sluice_x_total": 2.0}
    assert good.exists()
    assert of_the_living.exists()
    assert not of_the_dead.exists()
    of_the_living.unlink()
    assert shown(tmp_path) == {"sluice_metrics_complete": 1.0, "sluice_x_total": 2.0}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_process_with_the_id_of_a_dead_one_begins_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / f"counter_{os.getpid()}.db"
    file.write_bytes(content)
    written(file, 7)
    assert shown(tmp_path)["sluice_x_total"] == 7.0


def test_files_that_are_not_ours_and_no_folder_at_all_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("x")
    assert shown(tmp_path) == shown(tmp_path / "none") == {"sluice_metrics_complete": 1.0}
    (tmp_path / "x_y.db").write_bytes(b"")
    assert shown(tmp_path) == {"sluice_metrics_complete": 0.0}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """No room is given from now on."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    monkeypatch.setattr(SharedDict, "unshared", set())


@pytest.mark.usefixtures("full")
def test_values_without_room_stay_in_memory(tmp_path: Path) -> None:
    file = written(tmp_path / f"counter_{os.getpid()}.db", 2)
    assert file.stat().st_size == 0
    values = SharedDict(str(file))
    values.read_value(key("n"))
    values.write_value(key("n"), 3.0, 1.0)
    assert values.read_value(key("n")) == (3.0, 1.0)
    assert shown(tmp_path) == {"sluice_metrics_complete": 0.0}


def test_a_file_that_cannot_grow_keeps_what_it_has(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    values = SharedDict(str(tmp_path / f"counter_{os.getpid()}.db"))
    values.read_value(key("first"))
    values.write_value(key("first"), 1.0, 0.0)
    request.getfixturevalue("full")
    for number in range(2_000):
        values.read_value(key(f"n{number}"))
        values.write_value(key(f"n{number}"), number, 0.0)
    assert values.read_value(key("n1999")) == (1999.0, 0.0)
    assert values.read_value(key("first")) == (1.0, 0.0)
    seen = shown(tmp_path)
    assert (seen["first"], seen["sluice_metrics_complete"]) == (1.0, 0.0)
    assert seen["n5"] == 5.0
    assert "n1999" not in seen
    values.close()


def test_a_folder_that_is_missing_is_made_and_one_that_is_no_folder_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedDict, "unshared", set())
    assert shown(written(tmp_path / "made" / "counter_1.db", 4).parent)["sluice_x_total"] == 4.0
    (tmp_path / "file").write_text("")
    written(tmp_path / "file" / "counter_1.db", 4)
    assert shown(tmp_path / "file") == {"sluice_metrics_complete": 0.0}


MAKE = "import sys; from pathlib import Path; from deploy import metrics_folder as m; print(m.make(Path(sys.argv[1])))"


def test_a_folder_goes_with_the_processes_that_it_was_for(tmp_path: Path) -> None:
    ours = metrics_folder.make(tmp_path)
    assert ours.stat().st_mode & 0o777 == 0o700
    theirs = Path(
        subprocess.run(
            [sys.executable, "-c", MAKE, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    assert theirs.is_dir()
    (tmp_path / f"{metrics_folder.PREFIX}odd").mkdir()
    (tmp_path / f"{metrics_folder.PREFIX}file").write_text("")
    metrics_folder.remove_left_behind(tmp_path)
    assert ours.is_dir()
    assert not theirs.exists()

"""What a command prints: one language, and readable on any terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from libs.client.commands.command import commands
from libs.client.commands.screen.terminal import READABLE, make_readable
from tests.root import ROOT

VIETNAMESE = re.compile(r"[À-ỹ]")
OF_THE_LIBRARY = ("Usage:", "Options", "Commands", "Show th", "default:", "required", "Missing", "No such", "Error")


def sluice(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    """The command as a process, with these variables and none that says another language."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "libs.client.commands.command", *arguments],
        cwd=ROOT, env={**plain, **environ}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def printed(*arguments: str, **environ: str) -> str:
    done = sluice(*arguments, **environ)
    assert b"Traceback" not in done.stderr
    return (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("name", sorted(commands()))
def test_help_is_in_one_language(name: str) -> None:
    assert not VIETNAMESE.search(printed(name, "--help", LANG="en_US.UTF-8"))
    vietnamese = printed(name, "--help", LANG="vi_VN.UTF-8")
    assert VIETNAMESE.search(vietnamese)
    assert not [word for word in OF_THE_LIBRARY if word in vietnamese]


@pytest.mark.parametrize("arguments", [("--lang", "vi", "push"), ("push", "--lang=vi"), ("push", "--lang", "vi")])
def test_the_language_may_be_asked_for_anywhere(arguments: tuple[str, ...]) -> None:
    said = printed(*arguments, LANG="en_US.UTF-8")
    assert VIETNAMESE.search(said)
    assert not [word for word in OF_THE_LIBRARY if word in said]


def test_a_language_that_nobody_speaks_is_refused() -> None:
    assert sluice("--lang", "fr", "jobs").returncode == 2


@pytest.mark.parametrize(
    ("encoding", "shown"), [("latin-1", "Ngôn ngu"), ("koi8-r", "Ngon ngu"), ("utf-8", "Ngôn ngữ")]
)
def test_a_terminal_without_the_letters_shows_the_nearest(encoding: str, shown: str) -> None:
    done = sluice("push", "--help", SLUICE_LANG="vi", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert shown in done.stdout.decode(encoding)
    assert "?" not in done.stdout.decode(encoding)


def test_a_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path / "t") + b"\xff")
    done = sluice("push", name, "--entity", "recipients", "--url", "http://h", "--token", "a.b.c")
    assert done.returncode == 2
    assert b"Cannot read" in done.stderr
    assert b"Traceback" not in done.stderr


def test_letters_become_the_nearest_ones() -> None:
    make_readable()
    assert "Đã ghi … · sổ đăng ký █░".encode("ascii", READABLE) == b"Da ghi ... - so dang ky #."
    assert "Tiếng Việt".encode("latin-1", READABLE).decode("latin-1") == "Tieng Viet"
    assert "😀\udcff".encode("ascii", READABLE) == b"??"


def test_an_output_that_is_full_is_said() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "libs.client.commands.command", "--help"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr

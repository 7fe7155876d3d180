"""What a command prints: one language, and readable on any terminal."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.client.commands.command import commands
from libs.client.commands.screen.terminal import READABLE, make_readable
from tests.root import ROOT

VIETNAMESE = re.compile(r"[À-ỹ]")
OF_THE_LIBRARY = ("Usage:", "Options", "Commands", "Show th", "default:", "required", "Missing", "No such", "Error")


EACH_HELP = """
import os, sys
from libs.client.commands.command import commands, main
for name in sorted(commands()):
    print(end=f"\\0{name}\\n", flush=True)
    if not os.fork():
        sys.argv = ["sluice", name, "--help"]
        main()
    os.wait()
"""
"""Every command as a process of its own, which need not load what all of them do."""


def environment(**environ: str) -> dict[str, str]:
    """These variables, and none that says another language."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "LC_", "LANG"))}
    return {**plain, **environ}


def sluice(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    """The command as a process, with these variables and none that says another language."""
    return subprocess.run(
        [sys.executable, "-m", "libs.client.commands.command", *arguments],
        cwd=ROOT, env=environment(**environ), capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def printed(*arguments: str, **environ: str) -> str:
    done = sluice(*arguments, **environ)
    assert b"Traceback" not in done.stderr
    return (done.stdout + done.stderr).decode()


@pytest.fixture(scope="module")
def helps() -> dict[str, dict[str, str]]:
    """What each command says of itself, by language and name."""
    return {language: dict(_each_help(language)) for language in ("en_US.UTF-8", "vi_VN.UTF-8")}


def _each_help(language: str) -> Iterator[tuple[str, str]]:
    command = [sys.executable, "-c", EACH_HELP]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(LANG=language), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=120, check=True,
    )  # fmt: skip
    for said in done.stdout.decode().split("\0")[1:]:
        name, _, text = said.partition("\n")
        yield name, text


@pytest.mark.parametrize("name", sorted(commands()))
def test_help_is_in_one_language(helps: dict[str, dict[str, str]], name: str) -> None:
    english, vietnamese = (of_language[name] for of_language in helps.values())
    assert "Usage:" in english
    assert "Traceback" not in english + vietnamese
    assert not VIETNAMESE.search(english)
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

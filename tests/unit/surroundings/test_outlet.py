"""Where lines go: whoever speaks never waits and never fails, whatever becomes of the reader."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from libs.telemetry.process.outlet import MOST_TEXTS, Outlet
from tests.root import ROOT
from tests.waiting import wait_until

LINE = "x" * 100 + "\n"
AT_EXIT_S = 10.0
"""The bound is a second; the machine may be busy."""


class Pipe:
    """A pipe, and an outlet that writes into it."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        self.lost = 0
        self.outlet = self.outlet_into(self._writer)

    def outlet_into(self, file: int) -> Outlet:
        outlet = Outlet(open(file, "w", closefd=False))  # noqa: SIM115 -- the outlet's own from now on

        def count() -> None:
            self.lost += 1

        outlet.dropped = count
        return outlet


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.set_blocking(pipe._writer, False)
    os.close(pipe.reader)  # the outlet's thread comes free
    pipe.outlet.drain(5)
    os.close(pipe._writer)


def read_lines(file: int, count: int) -> list[str]:
    data = b""
    while data.count(b"\n") < count:
        data += os.read(file, 1 << 20)
    return data.decode().splitlines()


def test_lines_arrive_in_their_order(pipe: Pipe) -> None:
    for number in range(1_000):
        pipe.outlet.write(f"{number}\n")
    assert read_lines(pipe.reader, 1_000) == [str(number) for number in range(1_000)]
    assert pipe.lost == 0


def test_a_reader_that_stalls_costs_what_does_not_fit_and_no_more(pipe: Pipe) -> None:
    for _ in range(MOST_TEXTS * 2):
        pipe.outlet.write(LINE)
    assert MOST_TEXTS * 0.8 < pipe.lost < MOST_TEXTS * 1.01
    kept = MOST_TEXTS * 2 - pipe.lost
    assert set(read_lines(pipe.reader, kept)) == {LINE.strip()}


def test_a_file_that_others_made_non_blocking_loses_nothing(pipe: Pipe) -> None:
    os.set_blocking(pipe._writer, False)
    for _ in range(5_000):
        pipe.outlet.write(LINE)
    assert set(read_lines(pipe.reader, 5_000)) == {LINE.strip()}
    assert pipe.lost == 0


@pytest.mark.parametrize("place", ["a closed pipe", "a full disk"])
def test_what_cannot_be_written_is_counted_and_survived(pipe: Pipe, place: str) -> None:
    if place == "a closed pipe":
        reader, file = os.pipe()
        os.close(reader)
    else:
        file = os.open("/dev/full", os.O_WRONLY)
    outlet = pipe.outlet_into(file)
    for _ in range(10):
        outlet.write(LINE)
    outlet.drain(5)
    os.close(file)
    assert pipe.lost == 10


def test_bytes_are_no_text(pipe: Pipe) -> None:
    with pytest.raises(TypeError):
        pipe.outlet.write(b"")  # type: ignore[arg-type]


def test_a_stream_that_was_never_open_costs_its_lines(pipe: Pipe) -> None:
    outlet = Outlet(None)
    outlet.write(LINE)
    outlet.drain(5)
    assert not outlet.isatty()
    with pytest.raises(OSError, match="closed"):
        outlet.fileno()


def test_what_the_encoding_cannot_say_is_said_otherwise(pipe: Pipe) -> None:
    pipe.outlet.encoding = "ascii"
    pipe.outlet.write("Đã\n")
    assert read_lines(pipe.reader, 1) == ["\\u0110\\xe3"]


SPEAKS = """
import os, sys
from libs.telemetry.process.outlet import never_wait_for_stderr
never_wait_for_stderr()
never_wait_for_stderr()
"""
TO_THE_END = SPEAKS + "for number in range(2_000): print(number, file=sys.stderr)"
FORKS = (
    SPEAKS
    + """
sys.stderr.write("of the parent\\n")  # at once: another process may speak between a text and its end
child = os.fork()
sys.stderr.write("of the child\\n" if child == 0 else "after it\\n")
if child:
    os.waitpid(child, 0)
"""
)
FAILS = SPEAKS + "raise LookupError('seen')"


def start(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)


def said_by(code: str) -> list[str]:
    with start(code) as process:
        assert process.stderr
        return process.stderr.read().decode().splitlines()


def test_what_was_said_is_written_before_the_end() -> None:
    assert said_by(TO_THE_END) == [str(number) for number in range(2_000)]


def test_a_fork_speaks_for_itself() -> None:
    assert sorted(said_by(FORKS)) == ["after it", "of the child", "of the parent"]


def test_an_error_of_the_main_thread_is_still_told() -> None:
    assert said_by(FAILS)[-1] == "LookupError: seen"


def test_an_end_does_not_wait_for_a_reader_that_stalls() -> None:
    with start(TO_THE_END.replace("print(number,", "print('x' * 1000,")) as process:
        began = time.monotonic()
        wait_until(lambda: process.poll() is not None, AT_EXIT_S, "the end of a process that nobody reads")
        assert time.monotonic() - began < AT_EXIT_S
        assert process.returncode == 0

"""`sluice up` on a terminal that is closed and lacks the letters of what it says."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.root import ROOT
from tests.waiting import wait_until

BOOT_S = 120.0
DRAIN_S = 60.0


def test_a_stack_goes_on_when_nobody_can_read_what_it_prints(tmp_path: Path) -> None:
    described = tmp_path / "stack.json"

    def writer() -> int:
        return int(json.loads(described.read_bytes())["pids"]["writer-1"])

    reader, closed = os.pipe()
    os.close(reader)
    command = [
        sys.executable,
        "-m",
        "libs.client.commands.command",
        "up",
        "--writers",
        "1",
        "--data-dir",
        str(tmp_path),
    ]
    environ = {**os.environ, "SLUICE_LANG": "vi", "PYTHONIOENCODING": "latin-1"}
    with subprocess.Popen(command, cwd=ROOT, stdout=closed, stderr=closed, env=environ) as up:
        os.close(closed)
        try:
            wait_until(described.exists, BOOT_S, "a stack that is ready")
            first = writer()
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: writer() != first, BOOT_S, "another writer")
            up.send_signal(signal.SIGTERM)
            assert up.wait(DRAIN_S) == 0
        finally:
            up.kill()

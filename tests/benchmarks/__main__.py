"""`python -m tests.benchmarks`: measure, print, and write docs/benchmarks.md."""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.command import shield_environment
from deploy.local.services import ROOT
from tests.benchmarks.files.large import KEPT, large
from tests.benchmarks.files.section import files
from tests.benchmarks.measured.fairness import fairness
from tests.benchmarks.measured.growth import growth
from tests.benchmarks.measured.latency import latency
from tests.benchmarks.measured.packages import packages
from tests.benchmarks.measured.rules import rules
from tests.benchmarks.measured.stages import stages
from tests.benchmarks.measured.streams import streams
from tests.benchmarks.measured.throughput import workload_a, workload_b
from tests.benchmarks.measured.transport import transport
from tests.benchmarks.memory.section import memory
from tests.benchmarks.report import render, render_goals, render_section
from tests.benchmarks.results import Section
from tests.benchmarks.running.environment import prepare
from tests.benchmarks.running.machine import facts
from tests.benchmarks.running.servers import running_servers
from tests.benchmarks.scale.section import scale
from tests.benchmarks.session import Session
from tests.benchmarks.sizes import FULL, Sizes

SECTIONS: dict[str, Callable[[Session], Section]] = {
    "a": workload_a,
    "b": workload_b,
    "latency": latency,
    "growth": growth,
    "memory": memory,
    "fairness": fairness,
    "scale": scale,
    "files": files,
    "packages": packages,
    "rules": rules,
    "streams": streams,
    "transport": transport,
    "stages": stages,
}
ALONE: dict[str, Callable[[Session], Section]] = {"large": large}
"""What takes so long that it runs only where it is named; its last result is part of every report."""
QUICK, LEAST = 10_000, 1_000
FOLDER = ROOT / ".bench"
DRAFT = FOLDER / "report.md"


def main() -> int:
    """Run what was asked for. The exit status is 1 where a section could not be measured; goals do not count."""
    options = _options()
    records, rounds = (QUICK, 1) if options.quick else (FULL, 3)
    sizes = Sizes(options.records or records, options.rounds or rounds)
    names = options.only or list(SECTIONS)
    whole = sizes.records == FULL and set(names) == set(SECTIONS)
    output = options.output or (ROOT / "docs" / "benchmarks.md" if whole else None)
    shield_environment()
    FOLDER.mkdir(exist_ok=True)
    done, failed = _measure(names, sizes)
    _say("\n" + render_goals(done))
    if names == ["large"] and not failed and sizes.records == FULL:
        KEPT.write_text(f"{render_section(done[0])}\nMeasured on {time.strftime('%Y-%m-%d')}.\n", encoding="utf-8")
    if output:
        shutil.copyfile(DRAFT, output)
    _say(f"written: {output or DRAFT}")
    return int(failed)


def _measure(names: list[str], sizes: Sizes) -> tuple[list[Section], bool]:
    """The sections, and whether one of them failed. After each, the report so far is written to `DRAFT`."""
    started = time.monotonic()
    environment = prepare(FOLDER / "venv", _say)
    root = Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER))
    done: list[Section] = []
    failed = False
    try:
        with running_servers(root) as servers:
            session = Session(servers, environment, sizes, _say)
            machine = facts(session)
            for name in names:
                _say(f"\n{name} ({time.monotonic() - started:.0f} s)")
                try:
                    done.append((SECTIONS | ALONE)[name](session))
                except Exception as error:  # noqa: BLE001 -- what was measured so far is not thrown away
                    failed = True
                    done.append(Section(name, f"Could not be measured: {type(error).__name__}: {error}"))
                _say("\n" + render_section(done[-1]))
                DRAFT.write_text(render(done, machine, sizes, time.monotonic() - started), encoding="utf-8")
    finally:
        _keep_logs(root, FOLDER / "log")
        shutil.rmtree(root)
    return done, failed


def _keep_logs(root: Path, folder: Path) -> None:
    """The programs' last words, for a look after a failure."""
    folder.mkdir(exist_ok=True)
    for log in root.rglob("*.log"):
        shutil.copyfile(log, folder / "-".join(log.relative_to(root).parts))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=[*SECTIONS, *ALONE], help="this section alone; may be repeated"
    )
    parser.add_argument("--records", type=int, help=f"records of workload A ({FULL:,}); all else is scaled with it")
    parser.add_argument("--rounds", type=int, help="rounds of A and B (3)")
    parser.add_argument("--quick", action="store_true", help=f"a look at everything: {QUICK:,} records, one round")
    parser.add_argument(
        "--output", type=Path, help="write the report there; docs/benchmarks.md is written by a full run only"
    )
    options = parser.parse_args()
    if min(options.records or LEAST, LEAST) < LEAST or (options.rounds or 1) < 1:
        parser.error(f"at least {LEAST:,} records and one round")
    return options


if __name__ == "__main__":
    sys.exit(main())

"""Packages: a workbook of every record, and a PDF of some hundred pages."""

import time
from contextlib import suppress
from typing import Any
from uuid import UUID

from libs.client.client import SluiceClient
from libs.contracts.tasks.types.package import PackageFormat
from tests.benchmarks.files.sides import ENTITY, bodies_of, fresh, tenant_of_files
from tests.benchmarks.results import Goal, Section, Table, at_most
from tests.benchmarks.running.load import Deadline, Post, drive, pause
from tests.benchmarks.running.processes import descendants, peak_mib, reset_peak
from tests.benchmarks.running.stack import Sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, batch_path, check_written

RECORDS = 100_000
PAPER = 5_800
"""Records whose register has some 500 pages."""
LOOK_EVERY_S = 0.05
PATIENCE = 3_600.0
TEXT = f"""\
The register of one tenant: {RECORDS:,} activities with three links each as XLSX, and {PAPER:,} of them as PDF. \
Seconds are from the request until the job has ended, gathering included. Memory is the most that the processor, or \
one of the processes that it starts for a file, held at once (VmHWM)."""


def packages(session: Session) -> Section:
    """Measure on one running Sluice."""
    rows, goals = [], []
    with fresh(session.servers) as sluice:
        for kind, count, seconds in (("xlsx", RECORDS, 60), ("pdf", PAPER, 30)):
            size = session.sizes.scaled(count)
            took, peak, result = _measured(sluice, _filled(sluice, size), kind)
            (file,) = result["files"]
            session.say(f"  {kind}: {size:,} records, {file['pages'] or '-'} pages, {took:.1f} s, {peak:.0f} MiB")
            rows.append(
                (
                    kind,
                    f"{size:,}",
                    str(file["pages"] or ""),
                    f"{file['bytes'] / 1e6:.1f}",
                    f"{took:.1f}",
                    f"{peak:.0f}",
                )
            )
            goals += _goals(kind, count, seconds, took, peak)
    head = ("file", "records", "pages", "MB", "seconds", "peak MiB")
    return Section("Packages", TEXT, [Table("", head, rows)], goals)


def _goals(kind: str, count: int, seconds: float, took: float, peak: float) -> list[Goal]:
    what = f"{kind.upper()} of {count:,} records" if kind == "xlsx" else "PDF of 500 pages"
    return [at_most(what, seconds, took, "s"), at_most(f"{what}: memory", 256, peak, "MiB")]


def _filled(sluice: Sluice, count: int) -> UUID:
    """A tenant that has so many activities."""
    tenant, deadline = tenant_of_files(sluice), Deadline(PATIENCE)
    posts = [
        Post(batch_path(tenant, f"{ENTITY}/async"), body, sluice.token(tenant)) for body in bodies_of(count, 10_000)
    ]
    answers = drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    sluice.await_ended(deadline)
    check_written(sluice, answers, count)
    return tenant


def _measured(sluice: Sluice, tenant: UUID, kind: PackageFormat) -> tuple[float, float, dict[str, Any]]:
    """Seconds, MiB, and what came of it."""
    processors = sluice.pids("processor")
    for pid in processors:
        reset_peak(pid)
    peak = 0.0
    with SluiceClient(sluice.url, sluice.token(tenant)) as client:
        began = time.perf_counter()
        job = client.package("register", formats=[kind])
        while not client.progress(job.id).status.ended:
            for pid in (each for processor in processors for each in descendants(processor)):
                with suppress(OSError):  # it has ended meanwhile
                    peak = max(peak, peak_mib(pid))
            pause(LOOK_EVERY_S)
        took = time.perf_counter() - began
        ended = client.job(job.id)
    if not ended.result:
        raise ValueError(f"{ended.status}: {ended.error}")
    return took, peak, ended.result

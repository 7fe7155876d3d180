"""How long a client waits: for a 202 of 10,000 records, idle and under load, and for a 201 of 1,000."""

from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.results import Section, Series, Table, at_most
from tests.benchmarks.running.load import Client, Deadline, Post, await_jobs, drive, pause
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import TURN_SECONDS, supply, warm_up
from tests.benchmarks.workloads import generated

BODIES = 10
SAMPLES = 100
LOAD_BATCHES = 60
LOAD_CLIENTS = 3
BETWEEN = 0.1
"""Seconds between two requests of the measured client under load."""


def latency(session: Session) -> Section:
    """Measure on one running Sluice."""
    sizes = session.sizes
    large = generated(BODIES * sizes.batch, sizes.batch, seed=3)
    small = generated(sizes.scaled(SAMPLES, least=10) * 1_000, 1_000, seed=4)
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        waits = _each_alone(sluice, supply(sluice, small, len(small.passes[0].batches), route=""), jobs=False)
        idle = _each_alone(sluice, supply(sluice, large, sizes.scaled(SAMPLES, least=5)), jobs=True)
        load = supply(sluice, large, sizes.scaled(LOAD_BATCHES, least=4), route="")
        loaded = _under_load(sluice, load, supply(sluice, large, sizes.scaled(SAMPLES, least=5)))
    accept = f"async accept of {sizes.batch:,} records"
    rows = [
        _row(f"{accept}, idle, one client", idle),
        _row(f"{accept}, while {LOAD_CLIENTS} other clients send the same and wait for the write", loaded),
        _row("waiting batch of 1,000 records (201), idle, one client", waits),
    ]
    goals = [
        at_most(f"{accept}: median", 150, idle.median),
        at_most(f"{accept}: p99", 400, idle.percentile(99)),
        at_most("waiting batch of 1,000: median", 100, waits.median),
    ]
    text = "From the first byte sent to the last byte of the answer. Idle: the batch before is written. ms."
    return Section("Latency", text, [Table("", ("what", "samples", "median", "p95", "p99", "highest"), rows)], goals)


def _row(what: str, times: Series) -> tuple[str, ...]:
    values = (times.median, times.percentile(95), times.percentile(99), max(times.values))
    return (what, str(len(times.values)), *(f"{value:.0f}" for value in values))


def _each_alone(sluice: Sluice, posts: list[Post], *, jobs: bool) -> Series:
    """Milliseconds of each request; the next one is sent when the job of the one before has ended."""
    times = []
    with Client(sluice.url, Deadline(TURN_SECONDS)) as client:
        for post in posts:
            answer = client.post(post)
            times.append(answer.seconds * 1000)
            if jobs:
                client.ended_job(answer.headers["Location"], post.token)
    return Series.of(times)


def _under_load(sluice: Sluice, load: list[Post], posts: list[Post]) -> Series:
    """Milliseconds of each request while others send `load`, as fast as it is written; ends with the load."""
    deadline = Deadline(TURN_SECONDS)
    times, answers = [], []
    with Client(sluice.url, deadline) as client, ThreadPoolExecutor(1) as threads:
        others = threads.submit(drive, sluice.url, load, clients=LOAD_CLIENTS, deadline=deadline)
        for post in posts:
            answer = client.post(post)
            if others.done():
                break
            answers.append(answer)
            times.append(answer.seconds * 1000)
            pause(BETWEEN)
        others.result()
        await_jobs(sluice.url, answers, deadline)
    return Series.of(times)

"""How long a client waits: for a 202 of 10,000 records, idle and under load, and for a 201 of 1,000."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.results import Section, Series, Table, at_least, at_most
from tests.benchmarks.running.load import Client, Deadline, Post, drive, pause
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, TURN_SECONDS, supply, warm_up
from tests.benchmarks.workloads import generated

BODIES = 10
SAMPLES = 100
LOAD_BATCHES = 60
LOAD_CLIENTS = 3
IN_A_ROW = 20
"""Batches of one client that sends the next as soon as the last is acknowledged."""
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
        count = sizes.scaled(IN_A_ROW, least=4)
        turns = [
            (_in_a_row(sluice, supply(sluice, large, count)), _at_once(sluice, supply(sluice, large, count)))
            for _ in range(sizes.rounds)
        ]
    alone = Series.of([each for (_, times), _ in turns for each in times])
    ours = Series.of([count * sizes.batch / seconds for (seconds, _), _ in turns])
    theirs = Series.of([count * sizes.batch / seconds for _, seconds in turns])
    accept = f"async accept of {sizes.batch:,} records"
    rows = [
        _row(f"{accept}, idle, one client", idle),
        _row(f"{accept}, while {LOAD_CLIENTS} other clients send the same and wait for the write", loaded),
        _row("waiting batch of 1,000 records (201), idle, one client", waits),
        _row(f"{accept}, one after the other by one client, while writers write them", alone),
    ]
    records = count * sizes.batch
    rates = Table(
        f"{records:,} records, until they are written",
        ("clients", "records/s, median", "lowest to highest"),
        [(str(clients), f"{got.median:,.0f}", got.spread()) for clients, got in ((1, ours), (CLIENTS, theirs))],
    )
    goals = [
        at_most(f"{accept}: median", 150, idle.median),
        at_most(f"{accept}: p99", 400, idle.percentile(99)),
        at_most("waiting batch of 1,000: median", 100, waits.median),
        at_most(f"{accept}, one client, while writers are busy: median", 150, alone.median),
        at_least(f"one client ÷ {CLIENTS} clients", 0.87, ours.median / theirs.median),
        at_least("one client, records a second", 60_000, ours.median, ""),
    ]
    text = "From the first byte sent to the last byte of the answer. Idle: the batch before is written. ms."
    head = ("what", "samples", "median", "p95", "p99", "highest")
    return Section("Latency", text, [Table("", head, rows), rates], goals)


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


def _in_a_row(sluice: Sluice, posts: list[Post]) -> tuple[float, list[float]]:
    """Seconds until all is written that one client sends, each when the one before is acknowledged; ms of each."""
    deadline = Deadline(TURN_SECONDS)
    started = time.perf_counter()
    with Client(sluice.url, deadline) as client:
        answers = [client.post(post) for post in posts]
    sluice.await_ended(deadline)
    return time.perf_counter() - started, [answer.seconds * 1000 for answer in answers]


def _at_once(sluice: Sluice, posts: list[Post]) -> float:
    """Seconds until the same is written, sent by as many clients as anywhere here."""
    deadline = Deadline(TURN_SECONDS)
    started = time.perf_counter()
    drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    sluice.await_ended(deadline)
    return time.perf_counter() - started


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
        sluice.await_ended(deadline)
    return Series.of(times)

"""How long a small batch takes while a flood of a million records is in the queue."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.memory.pending import stopped_writers
from tests.benchmarks.results import Section, Series, Table, at_most
from tests.benchmarks.running.load import Client, Deadline, Post, await_jobs, drive
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import TURN_SECONDS, batch_path, posts_of, seed, warm_up
from tests.benchmarks.workloads import generated

FLOOD = 1_000_000
PROBE = 1_000
ALONE = 30
MOST_PROBES = 1_000
LANES = ("normal", "high")


def fairness(session: Session) -> Section:
    """Fill the queue while the writers stand still, let them go, and send small batches until the flood is written."""
    sizes = session.sizes
    flood = generated(sizes.batch, sizes.batch, seed=10, named=False).under(uuid.uuid4())
    probe = generated(PROBE, PROBE, seed=10, named=False)
    same, other = flood.tenants[0], uuid.uuid4()
    count = max(2, sizes.scaled(FLOOD) // sizes.batch)
    kinds = [(whose, tenant, lane) for whose, tenant in (("same", same), ("another", other)) for lane in LANES]
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        seed(sluice, flood, [same, other])
        probes = {
            (whose, lane): _probe(sluice, tenant, lane, probe.passes[0].batches[0].body)
            for whose, tenant, lane in kinds
        }
        rows = [_row("none", "normal", _times(sluice, probes["another", "normal"], threading.Event(), ALONE))]
        seconds, times = _flooded(sluice, posts_of(sluice, flood.passes[0]) * count, probes)
    rows += [_row(f"{whose} tenant's", lane, times[whose, lane]) for whose, lane in probes]
    session.say(f"  the flood of {count * sizes.batch:,} records took {seconds:.1f} s")
    text = (
        f"A batch of {PROBE:,} records is sent and waited for (201), again and again, by one client for each row at "
        f"the same time, while {count * sizes.batch:,} records in requests of {sizes.batch:,} are written in lane "
        f"`normal`; they were all accepted before the writers began, and took {seconds:.1f} s. Of a tenant's chunks 16 "
        "are handed out at a time in each lane, and its jobs take turns. ms."
    )
    head = ("flood", "lane of the small batch", "samples", "median", "p95", "highest")
    p95 = times["same", "normal"].percentile(95)
    goals = [at_most(f"{PROBE:,} records behind their tenant's flood, in its lane: p95", 1_000, p95)]
    return Section("Fairness", text, [Table("", head, rows)], goals)


def _probe(sluice: Sluice, tenant: uuid.UUID, lane: str, body: bytes) -> Post:
    return Post(f"{batch_path(tenant, 'processing-activities')}?lane={lane}", body, sluice.token(tenant))


def _flooded(
    sluice: Sluice, posts: list[Post], probes: dict[tuple[str, str], Post]
) -> tuple[float, dict[tuple[str, str], Series]]:
    """Seconds that the flood took, and the probes' times."""
    deadline, over = Deadline(TURN_SECONDS), threading.Event()
    with ThreadPoolExecutor(len(probes)) as threads:
        with stopped_writers(sluice):
            answers = drive(sluice.url, posts, clients=2, deadline=deadline)
        started = time.perf_counter()
        running = {kind: threads.submit(_times, sluice, post, over, MOST_PROBES) for kind, post in probes.items()}
        try:
            await_jobs(sluice.url, answers, deadline)
        finally:
            over.set()
        seconds = time.perf_counter() - started
        return seconds, {kind: future.result() for kind, future in running.items()}


def _times(sluice: Sluice, post: Post, over: threading.Event, most: int) -> Series:
    """Milliseconds of each request sent until it is over; one that came too late for that does not count."""
    times: list[float] = []
    with Client(sluice.url, Deadline(TURN_SECONDS)) as client:
        while len(times) < most and not over.is_set():
            answer = client.post(post)
            if not over.is_set() or not times:
                times.append(answer.seconds * 1000)
            if answer.status != 201:
                raise ValueError(f"status {answer.status} after {answer.seconds:.1f} s")
    return Series.of(times)


def _row(flood: str, lane: str, times: Series) -> tuple[str, ...]:
    values = (times.median, times.percentile(95), max(times.values))
    return (flood, lane, str(len(times.values)), *(f"{value:.0f}" for value in values))

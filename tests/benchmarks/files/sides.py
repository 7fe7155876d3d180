"""Sluice's two ways for the same records: batches of JSON, and a file that is loaded."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from libs.client.client import SluiceClient
from tests.benchmarks.batches import encode
from tests.benchmarks.files.samples import records, referred
from tests.benchmarks.running.load import LOOK_EVERY, Deadline, Post, drive, pause
from tests.benchmarks.running.servers import MIGRATED, Servers
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.sides.sluice_side import CLIENTS, batch_path, check_written, warm_up

ENTITY = "processing-activities"
PATIENCE = 3_600.0


@dataclass(frozen=True)
class Loaded:
    """What loading a file took, seconds."""

    rows: int
    upload_s: float
    first_s: float
    """From the 202 until its progress was above 0."""
    load_s: float
    """From the request until it had ended."""

    @property
    def rate(self) -> float:
        """Rows a second, without the upload."""
        return self.rows / self.load_s


@contextmanager
def fresh(servers: Servers) -> Iterator[Sluice]:
    """A Sluice above an empty database, warm."""
    with servers.database(MIGRATED) as url, running_sluice(servers, url) as sluice:
        warm_up(sluice)
        yield sluice


def tenant_of_files(sluice: Sluice) -> UUID:
    """A new tenant that has what rows refer to."""
    tenant, deadline = uuid4(), Deadline(PATIENCE)
    posts = [
        Post(batch_path(tenant, f"{entity}/async"), body, sluice.token(tenant)) for entity, body in referred().items()
    ]
    drive(sluice.url, posts, clients=1, deadline=deadline)
    sluice.await_ended(deadline)
    return tenant


def batches_s(sluice: Sluice, bodies: list[bytes], count: int) -> float:
    """Seconds that the records take as batches."""
    tenant, deadline = tenant_of_files(sluice), Deadline(PATIENCE)
    posts = [Post(batch_path(tenant, f"{ENTITY}/async"), body, sluice.token(tenant)) for body in bodies]
    started = time.perf_counter()
    answers = drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    sluice.await_ended(deadline)
    seconds = time.perf_counter() - started
    check_written(sluice, answers, count)
    return seconds


def bodies_of(count: int, batch: int) -> list[bytes]:
    """The records as bodies of batches."""
    rows = records(count)
    return [encode([next(rows) for _ in range(min(batch, count - first))]) for first in range(0, count, batch)]


def load_file(sluice: Sluice, path: Path, count: int) -> Loaded:
    """Upload the file and load it. Raises ValueError unless each of its rows is a record then."""
    token = sluice.token(tenant_of_files(sluice))
    with SluiceClient(sluice.url, token) as client:
        began = time.perf_counter()
        file = client.upload(path)
        uploaded = time.perf_counter()
        job = client.load(file, ENTITY)
        accepted = time.perf_counter()
        while not (seen := client.progress(job.id)).progress and not seen.status.ended:
            pause(LOOK_EVERY)
        first = time.perf_counter()
        ended = client.wait(job.id)
        seconds = time.perf_counter() - uploaded
    if ended.records.created != count:
        raise ValueError(f"{ended.status}: {ended.records}, {count} rows were loaded; {ended.error}")
    return Loaded(count, uploaded - began, first - accepted, seconds)

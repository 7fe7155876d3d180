"""CPU time a record of every stage of a batch, measured on the real functions with real batches."""

import psycopg

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.identity.settings import TokenSettings
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from services.ingest.http.body import BodyReader
from services.ingest.settings import IngestSettings
from services.writer.chunks.job_rows import JobRows
from tests.benchmarks.inventory import check_stored, seed
from tests.benchmarks.measured.one_batch import Bench, Clock
from tests.benchmarks.results import Section, Table
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.session import Session
from tests.benchmarks.workloads import generated

BATCHES = 10


def stages(session: Session) -> Section:
    """Pass batches through, one stage after the other, in one thread."""
    servers = session.servers
    records = session.sizes.scaled(BATCHES * session.sizes.batch, least=session.sizes.batch)
    workload = generated(records, session.sizes.batch, seed=12)
    servers.forget_queues()
    client = connect(servers.valkey.url)
    secret = servers.root / "stages-secret"
    secret.write_text("0" * 64)
    settings = IngestSettings(redis_url="", database_url="", tokens=TokenSettings(token_secret_file=str(secret)))
    with servers.database(MIGRATED) as url:
        seed(url, workload)
        with psycopg.connect(url, autocommit=True, options="-c role=sluice_writer") as connection:
            store = JobStore(client, "stages", Timing())
            bench = Bench(
                Clock(), store, Publisher(build_broker(client, "stages")), BodyReader(settings),
                JobRows("bench", store.agree_opening), connection, servers.valkey.pid,
            )  # fmt: skip
            for batch in workload.passes[0].batches:
                refs = bench.ingest(batch)
                while refs:
                    refs = refs[1:] + bench.write(refs[0])
        check_stored(url, workload)
    client.close()
    servers.forget_queues()
    return Section("CPU time by stage", TEXT, [_table(bench.clock, records)])


TEXT = """\
Real functions, real batches of workload A, one thread, nothing else at work: µs of CPU time a record. `read` is \
gunicorn's and our reading of the body from a socket; what HTTP, JWT and Dramatiq's threads cost besides is in the \
table of CPU time by process under A. Elapsed time includes waiting for the server and, for commit and for opening a \
job, for the disk."""


def _table(clock: Clock, records: int) -> Table:
    rows = []
    for name, ours in clock.ours.items():
        server, elapsed = clock.server[name], clock.elapsed[name]
        values = (ours, server, elapsed)
        rows.append((name, *(f"{value * 1e6 / records:.2f}" for value in values)))
    totals = (sum(clock.ours.values()), sum(clock.server.values()), sum(clock.elapsed.values()))
    rows.append(("**sum**", *(f"{value * 1e6 / records:.2f}" for value in totals)))
    return Table("", ("stage", "Python process", "server's process", "elapsed"), rows)

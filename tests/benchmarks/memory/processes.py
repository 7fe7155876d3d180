"""The most memory that a process of ingest, or a writer, held at once: by the size of a body, and by what is in it."""

from tests.benchmarks.batches import tenant_named
from tests.benchmarks.memory.bodies import KINDS, LARGEST_MIB, Kind, large_body
from tests.benchmarks.results import Goal, Table, at_most
from tests.benchmarks.running.load import Deadline, Post, drive
from tests.benchmarks.running.processes import MIB, descendants, peak_mib, reset_peak
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import TURN_SECONDS, batch_path, seed, warm_up
from tests.benchmarks.workloads import generated

BODY_MIB = (1, 4, 16, LARGEST_MIB)
CLIENTS = (1, 4)
MOST_MIB = 512
PEAKS = ("ingest process, peak MiB", "writer, peak MiB")


def by_size(session: Session) -> tuple[Table, list[Goal]]:
    """Bodies of long texts, of one client and of several at once."""
    rows = []
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        # The largest comes last: an allocator does not always give back what it once had.
        for mib in BODY_MIB:
            body = large_body(mib)
            for clients in CLIENTS:
                peaks = _peaks(session, sluice, body, clients)
                size, records = f"{len(body) / MIB:.1f} MiB", f"{body.count(b'activity_name_vi'):,}"
                rows.append((size, records, str(clients), *(f"{peak:.0f}" for peak in peaks)))
    head = ("body", "records", "requests at once", *PEAKS)
    what = f"{CLIENTS[-1]} bodies of {LARGEST_MIB} MiB at once: ingest process"
    return Table("Processes, by the size of a body", head, rows), [at_most(what, MOST_MIB, peaks[0], "MiB")]


def by_content(session: Session) -> tuple[Table, list[Goal]]:
    """The largest bodies, several at once, by what they hold; each kind meets processes that have just begun."""
    rows, writers = [], []
    for kind in KINDS:
        with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
            warm_up(sluice)
            body = kind.make(_seeded(sluice))
            peaks = _peaks(session, sluice, body, CLIENTS[-1], kind)
        rows.append((kind.name, f"{len(body) / MIB:.1f} MiB", *(f"{peak:.0f}" for peak in peaks)))
        writers.append(peaks[1])
    title = f"Processes, by what {CLIENTS[-1]} of the largest bodies at once hold"
    goal = at_most("largest bodies, whatever they hold: writer", MOST_MIB, max(writers), "MiB")
    return Table(title, ("bodies of", "size", *PEAKS), rows), [goal]


def _seeded(sluice: Sluice) -> list[str]:
    """Recipients for the tenant to refer to; their ids."""
    workload = generated(1, 1).under(tenant_named("memory"))
    seed(sluice, workload, workload.tenants)
    return [recipient["recipient_id"] for recipient in workload.recipients]


def _peaks(session: Session, sluice: Sluice, body: bytes, clients: int, kind: Kind = KINDS[0]) -> tuple[float, float]:
    """Of the process that took most, of ingest and of the writers, MiB. Each client sends the body twice."""
    tenant = tenant_named("memory")
    path = batch_path(tenant, f"processing-activities/async{kind.query}")
    ingest = [pid for master in sluice.pids("ingest") for pid in descendants(master)[1:]]
    writers = sluice.pids("writer")
    for pid in (*ingest, *writers):
        reset_peak(pid)
    deadline = Deadline(TURN_SECONDS)
    posts = [Post(path, body, sluice.token(tenant)) for _ in range(2 * clients)]
    drive(sluice.url, posts, clients=clients, deadline=deadline)
    sluice.await_ended(deadline)
    peaks = max(map(peak_mib, ingest)), max(map(peak_mib, writers))
    session.say(f"  {len(body) / MIB:.1f} MiB of {kind.name}, {clients} at once: {peaks[0]:.0f}, {peaks[1]:.0f} MiB")
    return peaks

"""The peers' sides: the API that Sluice replaces, and the same work with Celery. Each runs only for its turn."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.services import ROOT
from deploy.local.supervision.process import Program
from tests.benchmarks.batches import Pass, Workload, tenant_named
from tests.benchmarks.inventory import check_stored, seed
from tests.benchmarks.running.environment import Environment
from tests.benchmarks.running.load import Answer, Client, Deadline, Post, await_jobs, drive
from tests.benchmarks.running.servers import WITH_KEYS, Servers, running
from tests.benchmarks.sides.contest import Timing
from tests.benchmarks.sides.sluice_side import CLIENTS, TURN_SECONDS
from tests.benchmarks.workloads import generated

WORKERS = "2"
"""Processes of uvicorn, and of Celery."""
Run = Callable[[Workload], dict[str, Timing]]


def api_side(servers: Servers, environment: Environment) -> Run:
    """FastAPI, pydantic, SQLAlchemy 2 and asyncpg: one transaction a request, enforced foreign keys."""

    def run(workload: Workload) -> dict[str, Timing]:
        with servers.database(WITH_KEYS) as database, _api(servers, environment, database) as url:
            _warm_up(url, database, "activities")
            seed(database, workload)
            return {each.name: _timed(url, database, workload, each) for each in workload.passes}

    return run


def _timed(url: str, database: str, workload: Workload, each: Pass) -> Timing:
    posts = _posts(each, f"activities?mode={each.mode}")
    started = time.perf_counter()
    answers = drive(url, posts, clients=CLIENTS, deadline=Deadline(TURN_SECONDS))
    seconds = time.perf_counter() - started
    _check(answers, each)
    if each.mode == "insert":
        check_stored(database, workload)
    return Timing(each.records, seconds)


def background_side(servers: Servers, environment: Environment) -> Run:
    """The same service called by Celery workers, in chunks of 1,000 records, accepted by the same API."""

    def run(workload: Workload) -> dict[str, Timing]:
        first, deadline = workload.passes[0], Deadline(TURN_SECONDS)
        with (
            servers.database(WITH_KEYS) as database,
            _api(servers, environment, database) as url,
            _celery(servers, environment, database),
        ):
            _warm_up(url, database, "activities/async")
            seed(database, workload)
            posts = _posts(first, "activities/async")
            started = time.perf_counter()
            answers = drive(url, posts, clients=CLIENTS, deadline=deadline)
            await_jobs(url, answers, deadline)
            seconds = time.perf_counter() - started
            check_stored(database, workload)
        servers.forget_queues()
        return {first.name: Timing(first.records, seconds)}

    return run


def _posts(each: Pass, route: str) -> list[Post]:
    return [Post(f"/tenants/{batch.tenant}/{route}", batch.body) for batch in each.batches]


def _check(answers: list[Answer], each: Pass) -> None:
    written = sum(answer.json["total_created"] for answer in answers)
    if written != each.accepted:
        raise ValueError(f"{written} records are written, {each.accepted} valid ones were sent")


def _warm_up(url: str, database: str, route: str) -> None:
    """Let every process do once what will be measured, for a tenant that is not."""
    workload = generated(2_000, 500, seed=2).under(tenant_named("warm-up"))
    seed(database, workload)
    deadline = Deadline(TURN_SECONDS)
    answers = drive(url, _posts(workload.passes[0], route), clients=CLIENTS, deadline=deadline)
    if route.endswith("async"):
        await_jobs(url, answers, deadline)


@contextmanager
def _api(servers: Servers, environment: Environment, database: str) -> Iterator[str]:
    port = free_port()
    url = f"http://{HOST}:{port}"
    options = ("--host", HOST, "--port", str(port), "--workers", WORKERS, "--log-level", "warning", "--no-access-log")

    def ready() -> bool:
        try:
            with Client(url, Deadline(5)) as client:
                return client.get("/livez").status == 200
        except OSError:
            return False

    command = (environment.python, "-m", "uvicorn", "tests.benchmarks.peers.api:app", *options)
    with running(_program("uvicorn", servers, database, command, ready)):
        yield url


@contextmanager
def _celery(servers: Servers, environment: Environment, database: str) -> Iterator[None]:
    ready = servers.root / "celery-ready"
    ready.unlink(missing_ok=True)
    options = ("--concurrency", WORKERS, "--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    command = (environment.python, "-m", "celery", "-A", "tests.benchmarks.peers.background", "worker", *options)
    with running(_program("celery", servers, database, command, ready.exists, BENCH_READY_FILE=str(ready))):
        yield


def _program(
    name: str, servers: Servers, database: str, command: tuple[str, ...], ready: Callable[[], bool], **more: str
) -> Program:
    surroundings = {"BENCH_DATABASE_URL": database, "BENCH_REDIS_URL": servers.valkey.url, **more}
    return Program(
        name=name,
        command=command,
        lock=servers.root / "run" / name,
        log=servers.root / f"{name}.log",
        ready=ready,
        environ=os.environ | surroundings,
        directory=Path(ROOT),
        stop=((signal.SIGTERM, 10.0),),
    )

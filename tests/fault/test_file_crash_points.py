"""Every named crash point of an upload and of a load: the process is killed there, once, and started again.

The points are read from the sources, as those of a batch are: none can be forgotten here.
"""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.running.api import Api
from tests.fault.running.couriers.errand import Errand
from tests.fault.running.couriers.files import Files
from tests.fault.running.scanners.workload import LANES, Workload
from tests.fault.running.site import Service, Site, site
from tests.fault.running.trial import Trial, trial
from tests.fault.test_crash_points import DEATH_S, IN_INGEST, POINTS, finish
from tests.system.samples import Json
from tests.waiting import wait_until

IN_UPLOAD = [point for point in POINTS if point.startswith("upload.")]
IN_CANCEL, IN_RETRY = "load.after_cancel", "load.after_open_again"
BY_SWEEPER = "tasks.after_claim_due"
IN_LOAD = [
    *(point for point in POINTS if point.startswith(("task", "load.")) and point not in (IN_CANCEL, IN_RETRY)),
    *IN_INGEST,
    *("load.after_open:2", "load.after_settle:2", "task.after_checkpoint:3"),
]
"""Steps of a load whose rows all are written, the third segment's and what intake does for it included."""
ZOMBIES = [point for point in IN_LOAD if point not in ("task.after_end", BY_SWEEPER)]
QUICK = {"load.after_open"}
"""The point of the short form; uploads have theirs in `tests/integration/uploads`."""


def short_form(points: list[str]) -> list[Any]:
    """All points as parameters; those that are not of the short form are marked slow."""
    return [pytest.param(point, marks=() if point in QUICK else pytest.mark.slow) for point in points]


class Scene:
    """A site with a writer and no processor, and one trial for all points: each point has a file of its own."""

    def __init__(self, here: Site, writer: Service, run: Trial) -> None:
        self.here = here
        self.writer = writer
        self.run = run
        assert run.couriers
        [self.courier] = run.couriers.each

    def errand(self, **changes: object) -> Errand:
        """The next file, with these changes to how it is brought; nothing is asked yet."""
        errand = self.courier.begin()
        errand.file = replace(errand.file, **changes)  # type: ignore[arg-type]
        return errand

    def asked(self) -> Errand:
        """A file whose load is acknowledged, and that no processor has seen."""
        errand = self.errand()
        wait_until(lambda: errand.step(self.courier.api) and errand.job, DEATH_S, "a load is acknowledged")
        return errand

    def lose_messages(self) -> None:
        """Take the hints out of the queues, so that only the sweeper finds the load."""
        with closing(self.run.place.redis()) as client:
            client.delete(*(f"{{{self.run.place.namespace}}}:dramatiq:tasks-{lane}" for lane in LANES))

    def doomed(self, point: str, **settings: str) -> AbstractContextManager[Service]:
        """A processor that dies at a point."""
        return self.here.processor("doomed", SLUICE_CRASH_AT=point, **settings)

    def act(self, errand: Errand, action: str) -> None:
        """Steer a load."""
        assert self.run.api.act(errand.file.tenant, f"{errand.job_path}/{action}").status_code == 202

    def shown(self, errand: Errand) -> Json:
        """A load as it is shown."""
        shown: Json = self.run.api.get(errand.file.tenant, errand.job_path).json()
        return shown

    def cancel(self, errand: Errand) -> None:
        """Cancel a load once batches of it are open."""
        wait_until(lambda: self.shown(errand)["records"].get("pending"), DEATH_S, "batches are open")
        self.act(errand, "cancel")

    def wait_cancelled(self, errand: Errand) -> None:
        """Return once it is."""
        wait_until(lambda: self.shown(errand)["status"] == "cancelled", DEATH_S, "the load is cancelled")

    def verify(self) -> None:
        """A processor is started; every file is loaded, and all is as promised."""
        with self.here.processor("processor"):
            history = self.run.converge()
        self.run.verify(history)


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Scene]:
    """One for all points."""
    root = tmp_path_factory.mktemp("files")
    workload = Workload.of("file crash points", tenants=2, scanners=1, waiting=False)
    files = Files(workload, couriers=1, plain=True, sizes=(40,), long_rows=(5,))
    with (
        site(root, postgres.url, template, valkey.url) as here,
        here.writer("writer") as writer,
        trial(here.place, workload, root / "history", here.logs, files=files) as run,
    ):
        yield Scene(here, writer, run)


def test_the_steps_of_files_have_crash_points() -> None:
    assert (len(IN_UPLOAD), len([point for point in IN_LOAD if ":" not in point])) >= (5, 12)
    assert {IN_CANCEL, IN_RETRY, BY_SWEEPER} <= set(POINTS)


@pytest.mark.parametrize("point", short_form(IN_LOAD))
def test_a_processor_that_dies_there_costs_nothing(scene: Scene, point: str) -> None:
    scene.asked()
    if point == BY_SWEEPER:
        scene.lose_messages()
    with scene.doomed(point) as doomed:
        dies_at(doomed, point)
    scene.verify()


@pytest.mark.parametrize("by_form", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["tus", "form"])
@pytest.mark.parametrize("point", short_form(IN_UPLOAD))
def test_an_ingest_that_dies_there_costs_nothing(scene: Scene, point: str, by_form: bool) -> None:
    """The upload goes on, at another ingest, from the offset that was acknowledged; a form is sent again."""
    errand = scene.errand(by_form=by_form, cuts=frozenset())
    with scene.here.ingest("doomed-ingest", SLUICE_CRASH_AT=point) as doomed:
        doomed.wait_ready()
        with closing(Api(f"http://127.0.0.1:{doomed.port}", scene.run.place.secret)) as api:
            wait_until(lambda: not errand.step(api), DEATH_S, "a request gets no answer")
        assert doomed.says(f"crash point {point}")
    scene.verify()


@pytest.mark.slow
def test_a_processor_that_dies_while_it_cancels_is_replaced(scene: Scene) -> None:
    """And a retry then writes what was cancelled."""
    errand = scene.asked()
    with stopped(scene.writer), scene.doomed(IN_CANCEL) as doomed:
        scene.cancel(errand)
        dies_at(doomed, IN_CANCEL)
    with scene.here.processor("canceller"):
        scene.wait_cancelled(errand)
    scene.act(errand, "retry")
    scene.verify()


@pytest.mark.slow
def test_a_processor_that_dies_while_it_sends_again_is_replaced(scene: Scene) -> None:
    errand = scene.asked()
    with stopped(scene.writer), scene.here.processor("canceller"):
        scene.cancel(errand)
        scene.wait_cancelled(errand)
    scene.act(errand, "retry")
    with scene.doomed(IN_RETRY) as doomed:
        dies_at(doomed, IN_RETRY)
    scene.verify()


@pytest.mark.slow
@pytest.mark.parametrize("point", ZOMBIES)
def test_a_processor_that_wakes_too_late_changes_nothing(scene: Scene, point: str) -> None:
    """It stands still for longer than its lease; another one loads the file, and then it goes on."""
    scene.asked()
    with scene.doomed(point, SLUICE_CRASH_SIGNAL="STOP") as late:
        wait_until(lambda: late.says(f"crash point {name_of(point)}"), DEATH_S, f"a processor comes to {point}")
        wait_until(late.is_stopped, DEATH_S, "it stands still")
        scene.verify()
        finish(late)
    scene.verify()


def dies_at(service: Service, point: str) -> None:
    """Wait for its end, and see that it has come there."""
    assert service.process.wait(DEATH_S) == -signal.SIGKILL
    assert service.says(f"crash point {name_of(point)}")


def name_of(point: str) -> str:
    """A point without the number of its visit."""
    return point.partition(":")[0]


@contextmanager
def stopped(service: Service) -> Iterator[None]:
    """Have it stand still inside the block."""
    service.send(signal.SIGSTOP)
    wait_until(service.is_stopped, DEATH_S, "it stands still")
    try:
        yield
    finally:
        service.send(signal.SIGCONT)

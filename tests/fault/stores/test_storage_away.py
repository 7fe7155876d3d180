"""The storage of files goes away, or is full, in the middle of an upload and of a load, and comes back.

Nothing that was acknowledged is lost, nothing is there twice; who waits is told why, in both languages.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.checking.files.file_history import FileHistory, Told
from tests.fault.faults.ballast import Ballast, small_disks
from tests.fault.running.couriers.errand import Errand
from tests.fault.running.couriers.files import Files
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.site import Service, Site, site
from tests.fault.running.trial import Trial, trial
from tests.object_store import BUCKET, ObjectStore, environment
from tests.system.samples import Json
from tests.waiting import wait_until

pytestmark = pytest.mark.slow  # short forms are in `tests/integration`: files, uploads, tasks
END_S = 60.0
TRIED_S = 120.0
"""More than a load that meets nothing but errors goes on trying: after 1, 5 and 30 seconds."""
Servers = tuple[str, str, str]


class Scene:
    """A site with a writer and no processor, and files that come in pieces, each a part of the storage."""

    def __init__(self, here: Site, run: Trial) -> None:
        self.here = here
        self.run = run
        assert run.couriers
        self._couriers = run.couriers
        [self._courier] = run.couriers.each

    def errand(self) -> Errand:
        """A file of which nothing is asked yet."""
        return self._courier.begin()

    def step(self, errand: Errand, times: int = 1) -> list[Told]:
        """Go on with a file, so many requests; what was answered to them."""
        before = len(self._told(errand))
        for _ in range(times):
            errand.step(self._courier.api)
        return self._told(errand)[before:]

    def asked(self) -> Errand:
        """A file whose load is acknowledged, and that no processor has seen."""
        errand = self.errand()
        wait_until(lambda: errand.step(self._courier.api) and errand.job, END_S, "a load is acknowledged")
        return errand

    def story(self, errand: Errand, code: str) -> list[Json]:
        """The lines of a load's story of this kind."""
        lines = self.run.api.get(errand.file.tenant, f"{errand.job_path}/log").json()["lines"]
        return [line for line in lines if line["code"] == code]

    def shown(self, errand: Errand) -> Json:
        """A load as it is shown."""
        shown: Json = self.run.api.get(errand.file.tenant, errand.job_path).json()
        return shown

    def verify(self) -> None:
        """A processor is there; every file is loaded, and all is as promised."""
        with self.here.processor("processor"):
            history = self.run.converge()
        self.run.verify(history)

    def _told(self, errand: Errand) -> list[Told]:
        return FileHistory.read(self._couriers.directory).told.get(errand.file.name, [])


@contextmanager
def acted(root: Path, servers: Servers, files_url: str = "") -> Iterator[Scene]:
    """A scene of its own."""
    workload = Workload.of("storage", tenants=2, scanners=1, waiting=False)
    files = Files(workload, couriers=1, plain=True, sizes=(40,), long_rows=(5,), pieces=4)
    with (
        site(root, *servers, files_url) as here,
        here.writer("writer"),
        trial(here.place, workload, root / "history", here.logs, files=files) as run,
    ):
        yield Scene(here, run)


@pytest.fixture(scope="module")
def servers(postgres: PostgresServer, template: str, valkey: ValkeyServer) -> Servers:
    """What all scenes share."""
    return postgres.url, template, valkey.url


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Scene]:
    """One whose files are in a folder."""
    with acted(tmp_path_factory.mktemp("storage"), servers) as scene:
        yield scene


def nothing(_: Path) -> None:
    """The folder is not there."""


def a_file(path: Path) -> None:
    """Something else is in its place."""
    path.write_bytes(b"")


def another_folder(path: Path) -> None:
    """Its disk is not mounted, and what is below shows."""
    path.mkdir()


@contextmanager
def gone(scene: Scene, instead: Callable[[Path], None]) -> Iterator[None]:
    """Have the folder away inside the block."""
    folder = scene.here.root / "files"
    aside = folder.rename(folder.with_name("aside"))
    instead(folder)
    try:
        yield
    finally:
        if folder.is_dir():
            assert not list(folder.iterdir()), "nothing is kept where another disk is"
            folder.rmdir()
        folder.unlink(missing_ok=True)
        aside.rename(folder)


@contextmanager
def in_the_middle(scene: Scene) -> Iterator[Service]:
    """A processor that stands still after the first segment of a load, and does not know what happens meanwhile."""
    with scene.here.processor("late", SLUICE_CRASH_AT="load.after_segment", SLUICE_CRASH_SIGNAL="STOP") as late:
        wait_until(late.is_stopped, END_S, "a load is in the middle of its file")
        yield late


@pytest.mark.parametrize("instead", [nothing, a_file, another_folder])
def test_it_is_away_in_the_middle_of_an_upload_and_of_a_load(scene: Scene, instead: Callable[[Path], None]) -> None:
    uploaded, loaded = scene.errand(), scene.asked()
    with in_the_middle(scene) as late:
        acknowledged = scene.step(uploaded, 2)[-1].offset
        with gone(scene, instead):
            upload_waits(scene, uploaded, acknowledged, 503, "STORAGE_UNAVAILABLE")
            late.send(signal.SIGCONT)
            load_waits(scene, loaded)
        ends(scene, loaded)
    scene.verify()


def upload_waits(scene: Scene, errand: Errand, acknowledged: int | None, status: int, code: str) -> None:
    """What comes is refused, and what was acknowledged stays so."""
    sent, looked = scene.step(errand, 2)
    assert (sent.call, sent.status, sent.code) == ("send", status, code)
    assert (looked.call, looked.offset) == ("look", acknowledged)


def load_waits(scene: Scene, errand: Errand) -> None:
    """It is put off, and says why in both languages."""
    [line] = wait_until(lambda: scene.story(errand, "PUT_OFF"), END_S, "the load is put off")[:1]
    assert "The storage of files does not answer" in line["message"]
    assert "Kho lưu trữ tệp không phản hồi" in line["message_vi"]


def ends(scene: Scene, errand: Errand) -> None:
    """It goes on by itself, to its end."""
    wait_until(lambda: scene.shown(errand)["status"] == "completed", END_S, "the load has gone on")


def test_it_is_away_for_longer_than_a_load_tries(scene: Scene) -> None:
    """Then the load has failed, and says why; somebody asks for it again, and it goes on where it was."""
    errand = scene.asked()
    with in_the_middle(scene) as late, gone(scene, nothing):
        late.send(signal.SIGCONT)
        wait_until(lambda: scene.shown(errand)["status"] == "failed", TRIED_S, "the load gives up")
        load = scene.shown(errand)
    assert load["last_error"] == "STORAGE_UNAVAILABLE"
    assert "does not answer" in load["error"]
    assert "không phản hồi" in load["error_vi"]
    scene.verify()


def test_it_is_full(tmp_path: Path, servers: Servers) -> None:
    """In a thread of its own, which has disks of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_on_a_full_disk, tmp_path, servers).result()


def _on_a_full_disk(root: Path, servers: Servers) -> None:
    with small_disks(root, {"files": 40}) as disks:
        if not disks:
            pytest.skip("only root on Linux can make a small disk")
        with acted(root, servers, (disks["files"] / "files").as_uri()) as scene:
            uploaded, loaded = scene.errand(), scene.asked()
            acknowledged = scene.step(uploaded, 2)[-1].offset
            (ballast := Ballast(disks["files"])).fill()
            upload_waits(scene, uploaded, acknowledged, 507, "STORAGE_FULL")
            with scene.here.processor("reader"):  # what has come is read all the same
                ends(scene, loaded)
            ballast.drop()
            scene.verify()


def test_an_object_store_is_killed_and_comes_back(
    tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of an upload and of a load."""
    (objects := tmp_path / "objects").mkdir()
    with ObjectStore(objects) as store:
        for name, value in environment(store.url).items():
            monkeypatch.setitem(os.environ, name, value)
        with acted(tmp_path, servers, f"s3://{BUCKET}/fault") as scene:
            uploaded, loaded = scene.errand(), scene.asked()
            with in_the_middle(scene) as late:
                acknowledged = scene.step(uploaded, 2)[-1].offset
                store.kill()
                upload_waits(scene, uploaded, acknowledged, 503, "STORAGE_UNAVAILABLE")
                late.send(signal.SIGCONT)
                load_waits(scene, loaded)
                store.start()
                ends(scene, loaded)
            scene.verify()

"""Ingest dies in the middle of an upload, at every step: what was acknowledged is there, and the rest goes on."""

import random
import re
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from libs.database.server.pool import open_pool
from libs.files.storage import FolderStorage
from libs.uploads.settings import FileSettings
from libs.uploads.upkeep import FileUpkeep
from tests.integration.uploads.service import MIB, Owner, Place, sha256
from tests.root import ROOT
from tests.waiting import wait_until

DATA = random.Random(3).randbytes(20 * MIB)
POINTS = sorted(
    point
    for folder in ("libs/uploads", "services/ingest/files")
    for path in (ROOT / folder).rglob("*.py")
    for point in re.findall(r"crash_point\(\"(upload\.[^\"]+)\"\)", path.read_text())
)
DURABLE = {
    "upload.after_begin": 0, "upload.after_part": 0, "upload.after_row": 8 * MIB, "upload.before_end": len(DATA),
    "upload.after_end": len(DATA),
}  # fmt: skip
"""What of the file is acknowledged once a request has died there."""


def upkeep(place: Place) -> None:
    """What processors do for files, once."""
    with open_pool(
        place.database_url, "sluice_processor", name="t", size=1, statement_timeout_s=5, timeout_s=5
    ) as pool:
        FileUpkeep(pool, FolderStorage(place.folder), FileSettings(), grace_s=0.0).tick()


def test_every_step_of_an_upload_has_a_crash_point() -> None:
    assert set(POINTS) == set(DURABLE)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("upload.after_part", marks=pytest.mark.slow),
        "upload.after_row",
        "upload.before_end",
        pytest.param("upload.after_end", marks=pytest.mark.slow),
    ],
)
def test_an_upload_goes_on_after_a_death(place: Place, owner: Owner, tmp_path: Path, point: str) -> None:
    path = owner.create(len(DATA))
    with place.another(tmp_path, SLUICE_CRASH_AT=point) as doomed:
        owner.at(doomed)
        with pytest.raises(httpx.TransportError):
            owner.patch(path, 0, DATA)
        assert f"crash point {point}" in doomed.log
    owner.at(place.ingest)
    offset = owner.offset(path)
    assert offset == DURABLE[point]
    if offset < len(DATA):
        assert owner.patch(path, offset, DATA[offset:]).status_code == 204
    upkeep(place)
    found = owner.file(path)
    assert (found["state"], found["sha256"]) == ("complete", sha256(DATA))
    assert owner.content(path).content == DATA


@pytest.mark.slow
def test_a_file_that_was_never_heard_of_leaves_nothing(place: Place, owner: Owner, tmp_path: Path) -> None:
    with place.another(tmp_path, SLUICE_CRASH_AT="upload.after_begin") as doomed:
        owner.at(doomed)
        with pytest.raises(httpx.TransportError):
            owner.form("a.csv", DATA)
    owner.at(place.ingest)
    [found] = owner.send("GET").json()["files"]
    assert (found["state"], found["offset"]) == ("receiving", 0)


def test_an_ingest_that_is_killed_loses_nothing_that_it_acknowledged(
    place: Place, owner: Owner, tmp_path: Path
) -> None:
    path = owner.create(len(DATA))
    with place.another(tmp_path) as doomed:
        owner.at(doomed)
        sending = threading.Thread(target=_send_slowly, args=[owner, path, doomed.kill])
        sending.start()
        sending.join(30)
    owner.at(place.ingest)
    offset = owner.offset(path)
    assert offset == 16 * MIB
    assert owner.patch(path, offset, DATA[offset:]).status_code == 204
    assert owner.content(path).content == DATA


def _send_slowly(owner: Owner, path: str, kill: Callable[[], None]) -> None:
    """Send a little more than two parts, and no more before the process is dead."""

    def blocks() -> object:
        yield DATA[: 17 * MIB]
        wait_until(lambda: owner_sees(owner, path) == 16 * MIB, 20, "two parts are safe")
        kill()
        yield DATA[17 * MIB :]

    with pytest.raises(httpx.TransportError):
        owner.patch(path, 0, blocks())


def owner_sees(owner: Owner, path: str) -> int:
    with httpx.Client(base_url=owner.url, headers=owner.headers, trust_env=False) as client:
        return int(client.get(path).json()["offset"])

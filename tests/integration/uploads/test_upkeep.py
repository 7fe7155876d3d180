"""What nobody asks for: expiry, the end of what was begun, and that nothing is left behind."""

import uuid
from typing import Any

import pytest

from libs.contracts.refusals import Refusal
from libs.uploads import receiving as parts
from libs.uploads.settings import FileSettings
from libs.uploads.upkeep import FileUpkeep
from tests.integration.uploads.shelf import Shelf, received, sha256

DATA = bytes(range(256)) * 20


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 1,000 bytes, so that a small file has many."""
    monkeypatch.setattr(parts, "PART_BYTES", 1_000)


def upkeep(shelf: Shelf, **how: Any) -> FileUpkeep:
    return FileUpkeep(shelf.pools["sluice_processor"], shelf.storage, FileSettings(), **how)


def time_is_up(shelf: Shelf, file_id: uuid.UUID) -> None:
    shelf.sql.execute("UPDATE work.file SET expires_at = now() - interval '1s' WHERE file_id = %s", [file_id])


def rows(shelf: Shelf) -> int:
    found = shelf.sql.execute("SELECT count(*) AS rows FROM work.file").fetchone()
    assert found is not None
    return int(found["rows"])


@pytest.mark.parametrize("whole", [True, False])
def test_a_file_goes_when_its_time_is_up_and_leaves_nothing(shelf: Shelf, whole: bool) -> None:
    store = shelf.store()
    kept = received(store.begin(shelf.new()), DATA)
    going = store.begin(shelf.new())
    going.add(DATA)
    if whole:
        going.finish()
    time_is_up(shelf, going.file.file_id)
    upkeep(shelf).tick()
    assert [each.file_id for each in store.files(shelf.tenant, limit=10)] == [kept]
    assert {path.parent.name for path in shelf.kept()} == {str(kept)}
    assert rows(shelf) == 2
    upkeep(shelf, again_s=0.0).tick()
    assert rows(shelf) == 1


def test_a_file_that_a_task_needs_stays_beyond_its_time(shelf: Shelf) -> None:
    store = shelf.store()
    file_id = received(store.begin(shelf.new()), DATA)
    shelf.sql.execute(
        "INSERT INTO work.task (tenant_id, task_id, type, lane, parameters, created_by, request_id, traceparent) "
        "VALUES (%s, gen_random_uuid(), 'load', 'normal', jsonb_build_object('file_id', %s::text), 'x', '', '')",
        [shelf.tenant, str(file_id)],
    )
    time_is_up(shelf, file_id)
    upkeep(shelf).tick()
    assert store.content(shelf.tenant, file_id).size == len(DATA)
    shelf.sql.execute("UPDATE work.task SET status = 'failed'")
    upkeep(shelf).tick()
    assert store.file(shelf.tenant, file_id) is None


def test_an_upload_that_goes_on_is_not_abandoned(shelf: Shelf) -> None:
    uploading = shelf.store().begin(shelf.new(len(DATA)))
    time_is_up(shelf, uploading.file.file_id)
    uploading.add(DATA[:1_000])
    upkeep(shelf).tick()
    uploading.add(DATA[1_000:])
    assert uploading.finish().state == "complete"


def test_what_a_slow_request_adds_to_a_forgotten_file_goes_too(shelf: Shelf) -> None:
    uploading = shelf.store().begin(shelf.new())
    shelf.store().delete(shelf.tenant, uploading.file.file_id)
    upkeep(shelf).tick()
    shelf.storage.put(f"{shelf.tenant}/{uploading.file.file_id}/late", b"x")
    upkeep(shelf).tick()
    assert len(shelf.kept()) == 1
    upkeep(shelf, again_s=0.0).tick()
    assert (shelf.kept(), rows(shelf)) == ([], 0)


def test_a_file_whose_last_request_died_is_completed(shelf: Shelf) -> None:
    store = shelf.store()
    uploading = store.begin(shelf.new(len(DATA)))
    uploading.add(DATA)
    uploading.save()  # and then its process dies
    upkeep(shelf).tick()
    with pytest.raises(Refusal):
        store.content(shelf.tenant, uploading.file.file_id)
    upkeep(shelf, grace_s=0.0).tick()
    found = store.file(shelf.tenant, uploading.file.file_id)
    assert found is not None
    assert (found.state, found.sha256) == ("complete", sha256(DATA))


def test_a_storage_that_is_away_is_asked_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = received(shelf.store().begin(shelf.new()), DATA)
    shelf.store().delete(shelf.tenant, file_id)

    def away(folder: str) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(shelf.storage, "clear", away)
        upkeep(shelf).tick()
    assert shelf.kept()
    upkeep(shelf).tick()
    assert not shelf.kept()

"""Files are received part by part, found by their tenant alone, and forgotten."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from libs.contracts.refusals import Refusal
from libs.database.server.session import Role
from libs.uploads import receiving as parts
from libs.uploads.rows import After
from tests.integration.uploads.shelf import Shelf, received, sha256

DATA = bytes(range(256)) * 40
ROLES: list[Role] = ["sluice_tasks", "sluice_processor"]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 1,000 bytes, so that a small file has many."""
    monkeypatch.setattr(parts, "PART_BYTES", 1_000)


def refusal(error: pytest.ExceptionInfo[Refusal]) -> str:
    return error.value.problem.code


@pytest.mark.parametrize("role", ROLES)
def test_what_was_received_is_what_is_read(shelf: Shelf, role: Role) -> None:
    store = shelf.store(role)
    file_id = received(store.begin(shelf.new(len(DATA))), DATA)
    found = store.file(shelf.tenant, file_id)
    assert found is not None
    assert (found.state, found.size, found.received, found.sha256) == ("complete", len(DATA), len(DATA), sha256(DATA))
    assert found.parts == len(shelf.kept()) == 11
    content = store.content(shelf.tenant, file_id)
    assert b"".join(iter(lambda: content.read(700), b"")) == DATA


def test_a_file_that_a_task_made(shelf: Shelf) -> None:
    made = shelf.store("sluice_processor").keep(shelf.tenant, "kết quả.csv", "task", [DATA[:1_500], DATA[1_500:]])
    assert (made.name, made.sha256, made.size) == ("kết quả.csv", sha256(DATA), len(DATA))


def test_a_file_whose_making_fails_is_none(shelf: Shelf) -> None:
    def pieces() -> Iterator[bytes]:
        yield DATA
        raise ZeroDivisionError

    store, made = shelf.store("sluice_processor"), uuid.uuid4()
    with pytest.raises(ZeroDivisionError):
        store.keep(shelf.tenant, "x.csv", "task", pieces(), file_id=made)
    assert store.file(shelf.tenant, made) is None


def test_an_empty_file_is_a_file(shelf: Shelf) -> None:
    file_id = received(shelf.store().begin(shelf.new(0)), b"")
    assert shelf.store().content(shelf.tenant, file_id).read(1) == b""


@pytest.mark.parametrize("seen", [1_000, 1_700, 5_000])
def test_an_upload_goes_on_where_it_stood(shelf: Shelf, seen: int) -> None:
    """Whether the process knows the digest of what was there, or has to read it."""
    for other_process in (False, True):
        store = shelf.store()
        first = store.begin(shelf.new(len(DATA)))
        first.add(DATA[:seen])
        first.save()
        first.rest()
        file_id = first.file.file_id
        second = (shelf.store() if other_process else store).go_on(shelf.tenant, file_id, offset=seen)
        second.add(DATA[seen:])
        assert second.finish().sha256 == sha256(DATA)


def test_what_is_not_a_part_yet_is_not_acknowledged(shelf: Shelf) -> None:
    uploading = shelf.store().begin(shelf.new(len(DATA)))
    uploading.add(DATA[:2_500])
    assert shelf.row(uploading.file.file_id)["received"] == 2_000 == uploading.offset
    assert uploading.ahead == 2_500


def test_what_comes_slowly_is_acknowledged_all_the_same(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    uploading = shelf.store().begin(shelf.new(len(DATA)))
    uploading.add(DATA[:300])
    assert uploading.offset == 0
    monkeypatch.setattr(uploading, "_late_at", 0.0)
    uploading.add(DATA[300:400])
    assert shelf.row(uploading.file.file_id)["received"] == 400
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    monkeypatch.setattr(uploading, "_late_at", 0.0)
    uploading.add(DATA[400:500])
    assert uploading.offset == 400  # small parts may not use up what is left


def test_a_newer_request_ends_the_older_one(shelf: Shelf) -> None:
    older = shelf.store().begin(shelf.new(len(DATA)))
    older.add(DATA[:1_500])
    newer = shelf.store().go_on(shelf.tenant, older.file.file_id, offset=1_000)
    for attempt in (older.require_held, older.save):
        with pytest.raises(Refusal) as error:
            attempt()
        assert refusal(error) == "UPLOAD_TAKEN_OVER"
    newer.add(DATA[1_000:])
    assert newer.finish().sha256 == sha256(DATA)
    assert len(shelf.kept()) == 11  # the older one has taken away what nobody acknowledged


def test_an_offset_that_lies_ends_nobodys_upload(shelf: Shelf) -> None:
    uploading = shelf.store().begin(shelf.new(len(DATA)))
    uploading.add(DATA[:1_000])
    for offset in (0, 999, 1_001, 1 << 40):
        with pytest.raises(Refusal) as error:
            shelf.store().go_on(shelf.tenant, uploading.file.file_id, offset=offset)
        assert refusal(error) == "UPLOAD_OFFSET"
        assert error.value.headers["Upload-Offset"] == "1000"
    uploading.add(DATA[1_000:])
    assert uploading.finish().sha256 == sha256(DATA)


def test_more_than_was_announced_is_refused(shelf: Shelf) -> None:
    uploading = shelf.store().begin(shelf.new(100))
    with pytest.raises(Refusal) as error:
        uploading.add(DATA[:101])
    assert refusal(error) == "UPLOAD_BEYOND_LENGTH"


def test_less_than_was_announced_is_not_complete(shelf: Shelf) -> None:
    uploading = shelf.store().begin(shelf.new(101))
    uploading.add(DATA[:100])
    with pytest.raises(Refusal) as error:
        uploading.finish()
    assert refusal(error) == "UPLOAD_INCOMPLETE"
    with pytest.raises(Refusal) as error:
        shelf.store().content(shelf.tenant, uploading.file.file_id)
    assert refusal(error) == "FILE_INCOMPLETE"


def test_what_is_kept_together_is_kept_or_thrown_away_together(shelf: Shelf) -> None:
    store = shelf.store()
    uploading = store.begin(shelf.new(len(DATA)), together=True)
    uploading.add(DATA[:2_500])
    assert (len(shelf.kept()), shelf.row(uploading.file.file_id)["received"]) == (2, 0)
    uploading.drop()
    assert (shelf.kept(), uploading.ahead) == ([], 0)
    again = store.go_on(shelf.tenant, uploading.file.file_id, offset=0, together=True)
    again.add(DATA)
    assert again.finish().sha256 == sha256(DATA)


def test_nobody_sees_the_files_of_another_tenant(shelf: Shelf) -> None:
    file_id = received(shelf.store().begin(shelf.new()), DATA)
    other = uuid.uuid4()
    for role in ROLES:
        store = shelf.store(role)
        assert store.file(other, file_id) is None
        assert store.files(other, limit=10) == []
        with pytest.raises(Refusal) as error:
            store.content(other, file_id)
        assert refusal(error) == "FILE_NOT_FOUND"
        with pytest.raises(Refusal):
            store.delete(other, file_id)
    assert shelf.store().file(shelf.tenant, file_id)


def test_postgres_itself_keeps_tenants_apart(shelf: Shelf) -> None:
    received(shelf.store().begin(shelf.new()), DATA)
    for role in ("sluice_tasks", "sluice_reader"):
        for tenant, seen in ((uuid.uuid4(), 0), (shelf.tenant, 1)):
            with shelf.sql.transaction():
                shelf.sql.execute(f"SET LOCAL ROLE {role}")
                shelf.sql.execute("SELECT set_config('sluice.tenant_id', %s, true)", [str(tenant)])
                for table in ("work.file", "work.file_part"):
                    rows = shelf.sql.execute(f"SELECT count(DISTINCT file_id) AS files FROM {table}").fetchone()
                    assert rows == {"files": seen}


def test_files_come_newest_first_page_by_page(shelf: Shelf) -> None:
    store = shelf.store()
    made = [store.begin(shelf.new()).file for _ in range(5)]
    first = store.files(shelf.tenant, limit=3)
    rest = store.files(shelf.tenant, after=After(first[-1].created_at, first[-1].file_id), limit=3)
    newest_first = sorted(made, key=lambda file: (file.created_at, file.file_id), reverse=True)  # by the millisecond
    assert [each.file_id for each in first + rest] == [file.file_id for file in newest_first]
    assert [file.created_at for file in newest_first] == [file.created_at for file in made[::-1]]


def test_a_file_that_was_deleted_is_not_there(shelf: Shelf) -> None:
    store = shelf.store()
    uploading = store.begin(shelf.new(len(DATA)))
    store.delete(shelf.tenant, uploading.file.file_id)
    assert store.files(shelf.tenant, limit=10) == []
    with pytest.raises(Refusal) as error:
        uploading.add(DATA)
    assert refusal(error) == "FILE_NOT_FOUND"
    assert shelf.kept() == []
    with pytest.raises(Refusal):
        store.delete(shelf.tenant, uploading.file.file_id)


def test_a_file_that_a_task_needs_stays(shelf: Shelf) -> None:
    store = shelf.store()
    file_id = received(store.begin(shelf.new()), DATA)
    task = uuid.uuid4()
    shelf.sql.execute(
        "INSERT INTO work.task (tenant_id, task_id, type, lane, parameters, created_by, request_id, traceparent) "
        "VALUES (%s, %s, 'files', 'normal', jsonb_build_object('loads', jsonb_build_array(jsonb_build_object("
        "'file_id', %s::text))), 'x', '', '')", [shelf.tenant, task, str(file_id)],
    )  # fmt: skip
    with pytest.raises(Refusal) as error:
        store.delete(shelf.tenant, file_id)
    assert refusal(error) == "FILE_IN_USE"
    shelf.sql.execute("UPDATE work.task SET status = 'cancelled' WHERE task_id = %s", [task])
    store.delete(shelf.tenant, file_id)


def test_a_tenant_has_as_many_files_as_it_may(shelf: Shelf) -> None:
    store = shelf.store(tenant_max_files=2)
    first = store.begin(shelf.new())
    store.begin(shelf.new())
    with pytest.raises(Refusal) as error:
        store.begin(shelf.new())
    assert refusal(error) == "TENANT_FILES"
    assert int(error.value.headers["Retry-After"]) > 3_600
    store.begin(shelf.new(tenant=uuid.uuid4()))  # another has its own
    store.delete(shelf.tenant, first.file.file_id)
    store.begin(shelf.new())


def test_those_who_come_at_once_share_what_a_tenant_may_have(shelf: Shelf) -> None:
    store = shelf.store(tenant_max_files=3)
    together = Barrier(4)

    def begun(_: int) -> bool:
        together.wait(10)
        with suppress(Refusal):
            store.begin(shelf.new())
            return True
        return False

    for _ in range(3):
        shelf.sql.execute("DELETE FROM work.file")
        with ThreadPoolExecutor(4) as threads:
            assert sum(threads.map(begun, range(4))) == 3


def test_a_tenant_has_as_many_bytes_as_it_may(shelf: Shelf) -> None:
    store = shelf.store(tenant_files_max_bytes=5_000)
    announced = store.begin(shelf.new(3_000))
    with pytest.raises(Refusal) as error:
        store.begin(shelf.new(2_001))
    assert refusal(error) == "TENANT_FILE_BYTES"
    unannounced = store.begin(shelf.new())
    unannounced.add(DATA[:2_000])
    with pytest.raises(Refusal) as error:
        unannounced.add(DATA[:1_000])
    assert refusal(error) == "TENANT_FILE_BYTES"
    with pytest.raises(Refusal) as error:
        store.go_on(shelf.tenant, unannounced.file.file_id, size=2_001)
    assert refusal(error) == "TENANT_FILE_BYTES"
    received(announced, DATA[:3_000])  # what was announced is kept free


def test_a_length_that_contradicts_is_refused(shelf: Shelf) -> None:
    store = shelf.store()
    file_id = store.begin(shelf.new()).file.file_id
    store.go_on(shelf.tenant, file_id, offset=0, size=10)
    store.go_on(shelf.tenant, file_id, offset=0, size=10)
    with pytest.raises(Refusal) as error:
        store.go_on(shelf.tenant, file_id, offset=0, size=11)
    assert refusal(error) == "UPLOAD_LENGTH"


def test_a_file_has_a_limit_whether_it_was_announced_or_not(shelf: Shelf) -> None:
    store = shelf.store(max_file_bytes=1_500)
    for attempt in (
        lambda: store.begin(shelf.new(1_501)),
        lambda: store.begin(shelf.new()).add(DATA[:1_501]),
        lambda: store.go_on(shelf.tenant, uuid.uuid4(), size=1_501),
    ):
        with pytest.raises(Refusal) as error:
            attempt()
        assert refusal(error) == "FILE_TOO_LARGE"


def test_a_file_of_too_many_pieces_is_refused(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_PARTS", 3)
    uploading = shelf.store().begin(shelf.new())
    for _ in range(3):
        uploading.add(b"x")
        uploading.save()
    again = shelf.store().go_on(shelf.tenant, uploading.file.file_id)
    again.add(b"x")
    with pytest.raises(Refusal) as error:
        again.save()
    assert refusal(error) == "UPLOAD_PARTS"


def test_an_analysis_is_shown_with_its_file(shelf: Shelf) -> None:
    file_id = received(shelf.store().begin(shelf.new()), DATA)
    shelf.store("sluice_processor").note_analysis(shelf.tenant, file_id, {"rows": 3})
    found = shelf.store().file(shelf.tenant, file_id)
    assert found is not None
    assert found.analysis == {"rows": 3}

"""A record that kills its writer is set aside after a bounded number of deaths, and no other record is."""

import math
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from psycopg import errors

from libs.contracts.binary import uuid as uuid_field
from libs.contracts.chunks import ChunkRef
from libs.jobs.reading import Lease, parse_job
from services.writer.chunks.bisect import write_isolating
from services.writer.chunks.quarantine import is_careful, write_carefully
from services.writer.chunks.retry_policy import CAREFUL_AFTER_CRASHES, MOST_CRASHES
from services.writer.inventory.rows import Row
from services.writer.inventory.target import Applied

JOB = parse_job(
    {
        "job_id": b"018f0000-0000-7000-8000-000000000001", "tenant_id": b"018f0000-0000-7000-8000-000000000002",
        "entity": b"recipients", "status": b"processing", "mode": b"insert", "on_error": b"continue", "lane": b"normal",
        "dry_run": b"0", "created_by": b"tester", "request_id": b"request-1", "created_at": b"1", "updated_at": b"1",
        "total": b"1", "chunks_total": b"1", "generation": b"0", "version": b"1",
    }
)  # fmt: skip


class WriterDiesError(BaseException):
    """In place of the process's end."""


class LeaseIsGoneError(Exception):
    """What the note raises when another writer has the chunk."""


class Memory(Struct):
    """What Redis keeps of a chunk over the deaths of its writers."""

    crashes: int = 0
    suspect: tuple[int, int] | None = None
    quarantined: tuple[int, ...] = ()

    def note(self, low: int, high: int, aside: Sequence[int]) -> None:
        self.suspect, self.quarantined = (low, high), tuple(aside)

    def lease(self) -> Lease:
        return Lease(
            ref=ChunkRef(JOB.tenant_id, JOB.id, 0, "normal"), token="t", job=JOB, taken_at=JOB.created_at,
            taken=0.0, traceparent="", generation=0, attempts=self.crashes + 1, crashes=self.crashes,
            lost=self.crashes > 0, records=1, payload=b"", rejects=b"", suspect=self.suspect,
            quarantined=self.quarantined,
        )  # fmt: skip


def rows_at(positions: Sequence[int]) -> list[Row]:
    return [Row(position, position, False, uuid_field(uuid.uuid4().bytes), ()) for position in positions]


def attempt(memory: Memory, rows: list[Row], deadly: set[int], refused: set[int]) -> tuple[Applied, list[int]]:
    """One writer's try: it dies at a deadly record, and what it wrote is lost with its transaction."""
    written: list[int] = []

    def write(part: Sequence[Row]) -> Applied:
        positions = [row.position for row in part]
        if deadly.intersection(positions):
            raise WriterDiesError
        if refused.intersection(positions):
            raise errors.CheckViolation
        written.extend(positions)
        return Applied(created=len(part))

    lease = memory.lease()
    if is_careful(lease):
        return write_carefully(lease, write, memory.note, rows), written
    return write_isolating(write, rows), written


def survive(memory: Memory, rows: list[Row], deadly: set[int], refused: set[int]) -> tuple[Applied, list[int]]:
    """Try until a writer lives to the end."""
    while True:
        try:
            return attempt(memory, rows, deadly, refused)
        except WriterDiesError:
            memory.crashes += 1
            assert memory.crashes < MOST_CRASHES


def most_deaths(size: int, deadly: int) -> int:
    return CAREFUL_AFTER_CRASHES + deadly * (math.ceil(math.log2(max(size, 2))) + 1)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), size=st.integers(1, 90))
def test_exactly_the_deadly_records_are_set_aside(data: st.DataObject, size: int) -> None:
    places = st.integers(0, size - 1)
    gaps = data.draw(st.sets(places, max_size=size // 2))  # records that were rejected before
    positions = [position for position in range(size) if position not in gaps]
    deadly = data.draw(st.sets(places, max_size=4)) - gaps
    refused = data.draw(st.sets(places, max_size=4)) - gaps - deadly
    memory = Memory()
    applied, written = survive(memory, rows_at(positions), deadly, refused)

    codes = {(position, fault.code) for position, faults in applied.faulty.items() for fault in faults}
    assert codes == {(place, "WRITER_CRASHED") for place in deadly} | {(place, "WRITE_REFUSED") for place in refused}
    assert sorted(written) == [position for position in positions if position not in deadly | refused]
    assert applied.created == len(written)
    assert memory.crashes <= most_deaths(size, len(deadly))


def test_several_deadly_records_of_a_full_chunk_are_found_in_time() -> None:
    memory = Memory()
    applied, written = survive(memory, rows_at(range(1000)), {0, 499, 500, 999}, set())
    assert sorted(applied.faulty) == [0, 499, 500, 999]
    assert len(written) == 996
    assert memory.crashes < MOST_CRASHES


@given(size=st.integers(1, 9), deaths=st.lists(st.booleans(), max_size=12))
def test_innocent_records_are_written_whatever_killed_the_writers(size: int, deaths: list[bool]) -> None:
    """Writers that die at their COMMIT, or before they note anything; no record is deadly."""
    memory = Memory()
    rows = rows_at(range(size))
    for at_commit in deaths:
        if at_commit:
            attempt(memory, rows, set(), set())
        memory.crashes += 1
    applied, written = attempt(memory, rows, set(), set())
    assert (applied.faulty, sorted(written)) == ({}, list(range(size)))


def test_nothing_is_noted_before_the_chunk_is_suspected() -> None:
    memory = Memory()
    for _ in range(CAREFUL_AFTER_CRASHES):
        with pytest.raises(WriterDiesError):
            attempt(memory, rows_at(range(8)), {3}, set())
        assert memory.suspect is None
        memory.crashes += 1
    with pytest.raises(WriterDiesError):
        attempt(memory, rows_at(range(8)), {3}, set())
    assert memory.suspect == (0, 4)


def test_a_lost_lease_stops_the_writer() -> None:
    def refuse(*_: object) -> None:
        raise LeaseIsGoneError

    written: list[Row] = []

    def write(part: Sequence[Row]) -> Applied:
        written.extend(part)
        return Applied()

    with pytest.raises(LeaseIsGoneError):
        write_carefully(Memory(crashes=CAREFUL_AFTER_CRASHES).lease(), write, refuse, rows_at(range(8)))
    assert written == []

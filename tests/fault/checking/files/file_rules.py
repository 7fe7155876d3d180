"""The outside checker's rules for files: compares what couriers were told with what PostgreSQL holds.

- an offset that was acknowledged is never taken back, and what it counts is there;
- a file is what was brought, by its digest and byte for byte;
- a load that was acknowledged is one task, which has ended, and counts what its batches count;
- each row of a loaded file is a record or a reject, once, and its rejects come back as they came.
"""

import hashlib
import uuid
from collections.abc import Iterator
from itertools import accumulate

from tests.fault.checking.files.file_case import FileCase, Place
from tests.fault.checking.stored import COUNTERS, Row
from tests.fault.running.couriers.files import File
from tests.system.samples import Json

Violations = Iterator[str]
REFUSALS = frozenset(
    {
        *("", "QUEUE_UNAVAILABLE", "DATABASE_UNAVAILABLE", "DRAINING", "JOB_STATE"),
        *("UPLOAD_OFFSET", "UPLOAD_TAKEN_OVER", "UPLOAD_ENDED", "TOO_MANY_UPLOADS"),
        *("STORAGE_UNAVAILABLE", "STORAGE_FULL"),
    }
)
"""Codes that a courier may meet who does nothing wrong."""


def check_files(case: FileCase) -> list[str]:
    """All violations; none if the run was good."""
    rules = (
        answers_about_files_are_expected,
        offsets_are_never_taken_back,
        files_are_what_was_brought,
        loads_are_as_many_as_promised,
        loads_add_up,
        batches_are_accepted_as_often_as_asked,
        each_row_is_a_record_or_a_reject,
        rejects_come_back_as_they_came,
    )
    return [f"{rule.__name__}: {violation}" for rule in rules for violation in rule(case)]


def answers_about_files_are_expected(case: FileCase) -> Violations:
    """Whatever happens, nothing is answered 500, and nobody is refused who does as the contract says."""
    for name, told in case.history.told.items():
        for each in told:
            if each.status == 500 or each.code not in REFUSALS:
                yield f"{name}: {each.call} was answered {each.status} {each.code}"


def offsets_are_never_taken_back(case: FileCase) -> Violations:
    """What was said to be durable of a file stays so, from one answer to the next and in the end."""
    for name, told in case.history.told.items():
        reached: dict[str, int] = {}
        for each in told:
            if each.offset is not None:
                if each.offset < reached.get(each.file_id, 0):
                    yield f"{name} was at {reached[each.file_id]}, and is said to be at {each.offset}"
                reached[each.file_id] = max(each.offset, reached.get(each.file_id, 0))
        for file_id, offset in reached.items():
            file = case.kept.files.get(uuid.UUID(file_id)) if file_id else None
            if file_id and (file is None or file["received"] < offset):
                yield f"{name} was acknowledged to {offset}, and is {file and file['received']}"


def files_are_what_was_brought(case: FileCase) -> Violations:
    """A complete file has the bytes that its courier has, in parts that follow one another, and they come back."""
    for file in case.brought():
        ids = {told.file_id for told in case.history.of(file.name, "whole", "load") if told.file_id}
        for file_id in map(uuid.UUID, ids):
            kept, parts = case.kept.files.get(file_id), case.kept.parts[file_id]
            state = (kept["state"], kept["size"], kept["sha256"] and bytes(kept["sha256"]).hex()) if kept else None
            if state != ("complete", len(file.content), file.sha256):
                yield f"{file.name} is {state}"
            elif b"".join(_piece(file, part) for part in parts) != file.content:
                yield f"{file.name} has the parts {[(part['start'], part['size']) for part in parts]}"
            elif any(hashlib.sha256(_piece(file, part)).digest() != bytes(part["sha256"]) for part in parts):
                yield f"{file.name} has other parts than were brought"
        for told in case.history.of(file.name, "whole", "content"):
            if told.sha256 not in ("", file.sha256):
                yield f"{file.name} came back as {told.sha256} by {told.call}"


def _piece(file: File, part: Json) -> bytes:
    return file.content[part["start"] : part["start"] + part["size"]]


def loads_are_as_many_as_promised(case: FileCase) -> Violations:
    """A load that was acknowledged is one task, the one that was named; and nobody else has asked for one."""
    keys = {case.files.key(name) for name in case.history.told}
    for file in case.brought():
        tasks, named = [str(task["task_id"]) for task in case.loads(file)], case.history.loads(file.name)
        asked = any(told.call == "load" for told in case.history.told[file.name])
        if len(tasks) > 1 or not set(tasks) >= named or (tasks and not asked):
            yield f"{file.name} was acknowledged as {named or 'nothing'} and is {tasks or 'nothing'}"
    for task in case.kept.tasks:
        if task["idempotency_key"] not in keys:
            yield f"nobody asked for the {task['type']} {task['task_id']}"


def loads_add_up(case: FileCase) -> Violations:
    """Every load has ended as it may; its counters are its segments', those are its batches', and none is left out."""
    for file in case.brought():
        for load in case.loads(file):
            name, counts = f"{file.name} (load {load['task_id']})", _counts(load["counters"])
            ends = ["completed", *(["cancelled"] if file.cancel_after is not None and not file.retry else [])]
            if load["status"] not in ends or load["error"] or load["finished_at"] is None:
                yield f"{name} is {load['status']} ({load['error']})"
            segments = case.kept.segments[load["task_id"]]
            if counts != (sums := _sums([segment["records"] or {} for segment in segments])):
                yield f"{name} counts {counts}, its segments {sums}"
            if not file.dry_run and counts != (sums := _sums(case.jobs(load))):
                yield f"{name} counts {counts}, its batches {sums}"
            rows, first = sum(segment["rows"] for segment in segments), [each["first_row"] for each in segments]
            if sum(counts.values()) != rows or first != [0, *accumulate(each["rows"] for each in segments)][:-1]:
                yield f"{name} counts {counts} of {rows} rows, in segments from {first}"
            if load["status"] == "completed" and rows != len(file.rows):
                yield f"{name} has {len(file.rows)} rows and has read {rows}"


def batches_are_accepted_as_often_as_asked(case: FileCase) -> Violations:
    """The audit trail accepts a batch of a load once, and once more for each retry of the load at most."""
    for load in case.kept.tasks:
        for job in case.jobs(load):
            accepted = case.stored.accepted.get(job["job_id"], 0)
            if not 1 <= accepted <= 1 + load["retries"]:
                yield f"the audit trail accepts job {job['job_id']} of a load {accepted} times"


def _counts(counters: Json) -> dict[str, int]:
    return {name: counters.get(name, 0) for name in COUNTERS}


def _sums(each: list[Json]) -> dict[str, int]:
    return {name: sum(counters.get(name, 0) for counters in each) for name in COUNTERS}


def each_row_is_a_record_or_a_reject(case: FileCase) -> Violations:
    """A good row is one record, a bad one a reject with its error; of a load that was cancelled, or nothing yet."""
    for file in case.brought():
        for load in case.loads(file):
            places = case.places(load)
            for index, row in enumerate(file.rows):
                records = case.stored.by_record.get((file.name, index), [])
                found, wanted = (len(records), case.codes(places.get(index))), (int(not row.error), _listed(row.error))
                possible = [wanted, (0, [])] if load["status"] == "cancelled" else [wanted]
                if found not in ([(0, [])] if file.dry_run else possible):
                    yield f"row {index} of {file.name} is {found}, not {wanted}"
                for record in records:
                    for column in _differences(file, record, places.get(index)):
                        yield f"row {index} of {file.name} has another {column}"
    for record in case.stored.rows:
        if record.of_file and not (record.batch in case.history.told and case.loads(case.files.find(record.batch))):
            yield f"nobody brought {record.batch}/{record.index}"


def _listed(code: str) -> list[str]:
    return [code] if code else []


def _differences(file: File, record: Row, place: Place | None) -> Iterator[str]:
    wanted = {
        "tenant_id": file.tenant, "name_vi": file.rows[record.index].name, "recipient_type": "processor",
        "job_id": place.job if place else None,
    }  # fmt: skip
    yield from (column for column, value in wanted.items() if record.columns[column] != value)


def rejects_come_back_as_they_came(case: FileCase) -> Violations:
    """The rejects of a load are the header and its bad rows, byte for byte, in the order of the file."""
    for file in case.brought():
        for told in case.history.of(file.name, "rejects"):
            if told.sha256 != hashlib.sha256(file.rejects).hexdigest():
                yield f"the rejects of {file.name} came back as other bytes than were brought"

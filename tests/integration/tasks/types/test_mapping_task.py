"""A mapping is proposed for a file that lies in the storage."""

import uuid
from typing import Any

import pytest

from libs.contracts.tasks.kinds import Task, TaskRef
from tests.integration.tasks.workplace.workshop import Workshop
from tests.root import ROOT

REGISTER = (ROOT / "tests" / "samples" / "files" / "made" / "vi-20-columns.csv").read_bytes()
CSV = b"ma;ten;loai\nr1;A;processor\n"


def targets(task: Task) -> list[Any]:
    assert task.status == "completed", task.error
    assert task.result
    return [column["target"] for column in task.result["mapping"]["columns"]]


def test_a_register_is_understood_and_kept_as_a_proposal(workshop: Workshop) -> None:
    task = workshop.run("mapping", file_id=workshop.file(REGISTER), entity="processing-activities")
    assert [target for target in targets(task) if target] == [
        "external_id", "activity_name_vi", "purpose_vi", "legal_basis", "data_category_external_ids",
        "subject_group", "data_subject_count", "recipient_external_ids", "retention_period_months", "system_location",
        "security_measures_vi",
    ]  # fmt: skip
    stored = workshop.mappings.mapping(task.tenant_id, task.task_id)
    assert stored
    assert task.result
    assert (stored.status, stored.version, str(stored.file_id)) == ("proposed", 1, task.parameters["file_id"])
    assert stored.created_by == task.created_by
    assert task.result["mapping"]["source"]["delimiter"] == ","
    assert task.result["certain"] is True
    assert task.result["mapping"]["unmapped"] == []


def test_what_was_approved_before_is_proposed_first(workshop: Workshop) -> None:
    first = workshop.run("mapping", file_id=workshop.file(CSV), entity="recipients")
    assert targets(first) == ["external_id", "name_vi", "recipient_type"]
    workshop.approved(first)
    same = workshop.run("mapping", file_id=workshop.file(b"MA;TEN;LOAI\nx;y;internal\n"), entity="recipients")
    assert same.result
    assert {column["by"] for column in same.result["mapping"]["columns"]} == {"history"}
    other = workshop.run("mapping", file_id=workshop.file(b"zzz;ten\n1;2\n"), entity="recipients")
    assert other.result
    assert [column["by"] for column in other.result["mapping"]["columns"]] == ["exact", "history"]


def test_a_run_that_is_repeated_finds_the_mapping_of_the_one_before(workshop: Workshop) -> None:
    task = workshop.run("mapping", file_id=workshop.file(CSV), entity="recipients")
    workshop.bench.sql.execute("UPDATE work.task SET status = 'pending', progress = 0, result = NULL")
    again = workshop.handled(TaskRef(task.tenant_id, task.task_id, task.lane), "mapping")
    assert again.result == task.result
    assert len(workshop.mappings.page(task.tenant_id, before=None, entity=None, status=None, limit=9)) == 1


def test_columns_of_another_file(workshop: Workshop) -> None:
    reference = workshop.file("Mã bên nhận,Tên bên nhận,Ghi chú\n1,2,3\n".encode())
    task = workshop.run("mapping", file_id=workshop.file(CSV), reference_file_id=reference)
    assert task.result
    assert task.result["mapping"]["targets"] == ["Mã bên nhận", "Tên bên nhận", "Ghi chú"]
    assert task.result["mapping"]["reference_file_id"] == reference
    assert targets(task)[:2] == ["Mã bên nhận", "Tên bên nhận"]


def test_an_encoding_that_a_person_has_to_agree_to_is_not_certain(workshop: Workshop) -> None:
    legacy = (ROOT / "tests" / "samples" / "files" / "made" / "enc_tcvn3.csv").read_bytes()
    task = workshop.run("mapping", file_id=workshop.file(legacy), entity="processing-activities")
    assert targets(task) == ["external_id", "activity_name_vi", "purpose_vi", "legal_basis"]
    assert task.result
    assert (task.result["certain"], task.result["mapping"]["source"]["encoding"]) == (False, "tcvn3")


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "FILE_EMPTY"), (b"a,b\n", "FILE_HEADER_ONLY"), (b"PK\x03\x04" + bytes(99), "FILE_DAMAGED")],
)
def test_a_file_that_cannot_be_read_ends_the_task(workshop: Workshop, data: bytes, code: str) -> None:
    name = "a.xlsx" if data.startswith(b"PK") else "a.csv"
    task = workshop.run("mapping", file_id=workshop.file(data, name), entity="recipients")
    assert (task.status, task.error) == ("failed", code)


def test_a_file_that_is_not_there_ends_the_task(workshop: Workshop) -> None:
    gone = workshop.run("mapping", file_id=str(uuid.uuid4()), entity="recipients")
    assert (gone.status, gone.error) == ("failed", "FILE_NOT_FOUND")
    file_id = workshop.file(CSV)
    other = workshop.bench.open("mapping", tenant=uuid.uuid4(), file_id=file_id, entity="recipients")
    assert workshop.handled(other, "mapping").error == "FILE_NOT_FOUND"

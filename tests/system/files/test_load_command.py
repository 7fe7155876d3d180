"""`sluice load` as a person at a terminal and a shell script use it, against the running system."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.root import ROOT
from tests.system.api import Tenant
from tests.system.http.test_command import sluice
from tests.system.samples import ACTIVITY, CATEGORY, RECIPIENT
from tests.system.terminal import COLUMNS, Terminal

SAMPLE = ROOT / "samples" / "hoat-dong-xu-ly.csv"
FILES = ROOT / "tests" / "samples" / "files" / "made"
FIDES = FILES.parent / "fides" / "sample_systems.yml"
LOAD = ("load", str(SAMPLE), "--entity", "processing-activities")
BAD = ("HĐ-005", "HĐ-006", "HĐ-011")


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def mended(rejects: Path) -> Path:
    """The rejects with what was wrong put right."""
    text = rejects.read_text().replace("Lợi ích hợp pháp", "Sự đồng ý").replace("30 ngày", "1 tháng")
    path = rejects.with_name("mended.csv")
    path.write_text(text.replace("vĩnh viễn", "1200 tháng"))
    return path


def only(tenant: Tenant, path: str) -> dict[str, Any]:
    """The one thing that a list has."""
    (found,) = tenant.pages(path)[0]
    return dict(found)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_file_with_headers_of_its_own_is_loaded_and_its_rejects_are_mended(
    tenant: Tenant, tmp_path: Path, language: str
) -> None:
    rejects = tmp_path / "bad.csv"
    with Terminal(tenant, *LOAD, "--rejects", str(rejects), language=language) as terminal:
        terminal.sees("Quyết định của máy”")
        terminal.sees("[0]:")
        terminal.types("1")
        terminal.sees("HĐ-001")
        terminal.sees("Đúng chưa?" if language == "vi" else "Is this right?")
        terminal.types("")
        terminal.sees("LEGAL_BASIS")
        assert terminal.ends() == 1
        shown = terminal.text
    prompts = ("--mapping", "/bad.csv")
    assert (
        max(len(line.rpartition("\r")[2]) for line in shown.split("\n") if not any(p in line for p in prompts))
        < COLUMNS
    )
    assert "Cơ sở pháp lý" in shown
    assert ("dòng 6" if language == "vi" else "row 6") in shown
    header = SAMPLE.read_bytes().split(b"\n")[0]
    assert rejects.read_bytes().startswith(header)
    assert [row["Mã số"] for row in rows_of(rejects.read_bytes())] == list(BAD)
    assert tenant.count(ACTIVITY) == 9

    mapping = only(tenant, "/api/v1/mappings")["mapping_id"]
    again = sluice(tenant, "load", str(mended(rejects)), "--entity", "processing-activities", "--mapping", mapping)
    assert again.returncode == 0, again.stderr.decode()
    assert {row["external_id"] for row in tenant.rows("processing_activity")} == {f"HĐ-{n:03}" for n in range(1, 13)}
    assert [row["has_automated_decision_making"] for row in tenant.rows("processing_activity")].count(True) == 3


def test_what_was_agreed_to_once_is_sure_the_next_time(tenant: Tenant) -> None:
    with Terminal(tenant, *LOAD) as terminal:
        terminal.sees("[0]:")
        terminal.types("0")
        terminal.sees("Is this right?")
        terminal.types("y")
        assert terminal.ends() == 1
    again = sluice(tenant, *LOAD, "--yes", "--mode", "upsert")
    assert again.returncode == 1, again.stderr.decode()
    assert "HĐ" not in again.stdout.decode()
    assert tenant.count(ACTIVITY) == 9


def test_a_script_loads_nothing_where_something_is_not_sure(tenant: Tenant) -> None:
    done = sluice(tenant, *LOAD, "--yes")
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "Quyết định của máy" in said
    assert "has_automated_decision_making" in said
    assert only(tenant, "/api/v1/files")["id"] in said
    assert tenant.count(ACTIVITY) == 0


def test_without_a_terminal_nobody_is_asked(tenant: Tenant) -> None:
    done = sluice(tenant, *LOAD, given=b"")
    assert done.returncode == 2
    assert "--yes" in done.stderr.decode()
    assert tenant.get("/api/v1/files").json()["files"] == []


def test_a_required_field_without_a_column_takes_a_value_for_all_rows(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Mã;Tên tổ chức\n1;Công ty Một\n2;Công ty Hai\n")
    with Terminal(tenant, "load", str(tmp_path / "a.csv"), "--entity", "recipients") as terminal:
        terminal.sees("Every record needs recipient_type, and")
        terminal.types("4")
        terminal.sees("In all rows: recipient_type = processor")
        terminal.sees("Is this right?")
        terminal.types("")
        assert terminal.ends() == 0, terminal.text
    assert [row["recipient_type"] for row in tenant.rows("recipient")] == ["processor"] * 2


def test_a_scanners_own_file_is_loaded_kind_by_kind_without_questions(tenant: Tenant) -> None:
    for kind, *more in (
        ("data-categories",), ("recipients",), ("processing-activities", "--constant", "legal_basis=consent"),
    ):  # fmt: skip
        done = sluice(tenant, "load", str(FIDES), "--entity", kind, "--yes", *more)
        assert done.returncode == 0, done.stderr.decode()
    assert [tenant.count(kind) for kind in (CATEGORY, RECIPIENT, ACTIVITY)] == [3, 1, 2]
    unfit = sluice(tenant, "load", str(FIDES), "--entity", "recipients", "--yes", "--constant", "legal_basis=x")
    assert unfit.returncode == 2
    assert "--constant legal_basis" in unfit.stderr.decode()


def test_a_mapping_that_somebody_declines_loads_nothing_and_the_file_is_not_sent_again(tenant: Tenant) -> None:
    with Terminal(tenant, *LOAD) as terminal:
        terminal.sees("[0]:")
        terminal.types("0")
        terminal.sees("Is this right?")
        terminal.types("n")
        terminal.sees("Nothing was loaded")
        assert terminal.ends() == 2
    file_id = only(tenant, "/api/v1/files")["id"]
    with Terminal(tenant, "load", file_id, "--entity", "processing-activities") as terminal:
        terminal.sees("[0]:")
        terminal.interrupts()
        terminal.sees(f"load {file_id}")
        assert terminal.ends() == 130
    only(tenant, "/api/v1/files")
    assert tenant.count(ACTIVITY) == 0


def test_an_encoding_that_is_not_certain_is_agreed_to_or_named(tenant: Tenant) -> None:
    file = ("load", str(FILES / "enc_tcvn3.csv"), "--entity", "processing-activities")
    refused = sluice(tenant, *file, "--yes")
    assert refused.returncode == 2
    assert "--encoding" in refused.stderr.decode()
    with Terminal(tenant, *file) as terminal:
        terminal.sees("The encoding of the file is not certain")
        terminal.types("")
        terminal.sees("#")
        terminal.interrupts()
        assert terminal.ends() == 130


def test_a_load_that_is_left_goes_on_and_can_be_followed(tenant: Tenant) -> None:
    with tenant.stack.writers_stopped(), Terminal(tenant, *LOAD) as terminal:
        terminal.sees("[0]:")
        terminal.types("0")
        terminal.sees("Is this right?")
        terminal.types("")
        terminal.sees("Loading")
        terminal.interrupts()
        terminal.sees("The job goes on without you")
        terminal.sees("--watch")
        assert terminal.ends() == 130
    job = only(tenant, "/api/v1/jobs?type=load")["id"]
    with Terminal(tenant, "job", job, "--watch", "--errors") as terminal:
        terminal.sees("100.0%")
        terminal.sees("row 6")
        assert terminal.ends() == 1
    assert tenant.count(ACTIVITY) == 9


def test_a_dry_run_reports_and_writes_nothing(tenant: Tenant) -> None:
    done = sluice(tenant, *LOAD, "--mapping", approved(tenant), "--dry-run")
    assert done.returncode == 1
    assert "nothing was written" in done.stdout.decode()
    assert tenant.count(ACTIVITY) == 0


def approved(tenant: Tenant) -> str:
    """An approved mapping for the sample."""
    with Terminal(tenant, *LOAD, "--dry-run") as terminal:
        terminal.sees("[0]:")
        terminal.types("0")
        terminal.sees("Is this right?")
        terminal.types("")
        terminal.ends()
    return str(only(tenant, "/api/v1/mappings")["mapping_id"])


def test_files_and_mappings_are_listed_shown_fetched_and_deleted(tenant: Tenant, tmp_path: Path) -> None:
    mapping_id = approved(tenant)
    (file,) = json.loads(sluice(tenant, "files", "--json").stdout)
    assert file["name"] == SAMPLE.name
    assert file["id"] in sluice(tenant, "files").stdout.decode()
    shown = sluice(tenant, "file", file["id"], "--save", str(tmp_path / "copy.csv")).stdout.decode()
    assert file["sha256"] in shown
    assert (tmp_path / "copy.csv").read_bytes() == SAMPLE.read_bytes()

    assert mapping_id in sluice(tenant, "mappings", "--status", "approved").stdout.decode()
    shown = sluice(tenant, "mapping", mapping_id, "--preview", "5").stdout.decode()
    assert "retention_period_months" in shown
    assert "row 6" in shown
    assert json.loads(sluice(tenant, "mapping", mapping_id, "--json").stdout)["status"] == "approved"

    assert sluice(tenant, "file", file["id"], "--delete").returncode == 0
    assert sluice(tenant, "file", file["id"]).returncode == 2


def test_csv_with_the_fields_own_headers_is_pushed(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("external_id;name_vi;recipient_type\nr1;Một;processor\nr2;Hai;friend\n")
    done = sluice(tenant, "push", str(tmp_path / "a.csv"), "--entity", "recipients")
    assert done.returncode == 1
    assert "/recipient_type" in done.stdout.decode()
    assert tenant.count(RECIPIENT) == 1
    assert "sluice load" in sluice(tenant, "push", str(SAMPLE), "--entity", "recipients").stderr.decode()

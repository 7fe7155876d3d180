"""A report as a person asks for it: by the API, and by the command that waits and fetches."""

from pathlib import Path
from typing import Any

import pytest

from tests.system.api import Tenant
from tests.system.http.test_command import sluice
from tests.system.samples import RECIPIENT
from tests.system.tasks.test_tasks import asked


def test_a_command_makes_a_report_and_fetches_it(tenant: Tenant, tmp_path: Path) -> None:
    tenant.post(RECIPIENT, [RECIPIENT.full(name_vi="Ngân hàng Sông Hồng")])
    done = sluice(tenant, "report", "--from", "2026-01-01", "--to", "2026-01-31", "-o", str(tmp_path / "báo cáo"))
    assert done.returncode == 0, done.stderr.decode()
    made = sorted((tmp_path / "báo cáo").iterdir())
    assert [each.name for each in made] == [f"report-2026-01-01-2026-01-31-vi.{kind}" for kind in ("html", "pdf")]
    assert made[1].read_bytes().startswith(b"%PDF")
    assert "Không nhận bản ghi nào" in made[0].read_text()
    assert "0 records came in" in done.stdout.decode()
    assert sluice(tenant, "report", "--from", "2026-01-01").returncode == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"from": "2026-01-01"}, ""), ({"from": "1/1", "to": "2026-01-02"}, "/from"), ({"formats": ["docx"]}, "/formats")],
)
def test_what_nobody_can_report_on_is_refused(tenant: Tenant, body: dict[str, Any], pointer: str) -> None:
    answer = asked(tenant, "report", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "TASK_PARAMETERS")
    assert answer.json()["pointer"].startswith(pointer)

"""Packages as a person asks for them: by the API, and by the command that waits and fetches."""

from pathlib import Path
from typing import Any

import pytest

from tests.reading_back import texts_of_word
from tests.system.api import Tenant
from tests.system.http.test_command import sluice
from tests.system.samples import ACTIVITY, RECIPIENT
from tests.system.tasks.test_tasks import asked


def test_a_command_makes_a_dossier_and_fetches_it(tenant: Tenant, tmp_path: Path) -> None:
    links = {
        "recipient_ids": tenant.post(RECIPIENT, [RECIPIENT.full(name_vi="Ngân hàng Sông Hồng")]).json()["recipient_ids"]
    }
    tenant.post(ACTIVITY, [ACTIVITY.full(activity_name_vi="Tính lương", **links)])
    done = sluice(tenant, "dossier", "mau-10", "--format", "docx", "-o", str(tmp_path / "hồ sơ"))
    assert done.returncode == 0, done.stderr.decode()
    (made,) = (tmp_path / "hồ sơ").iterdir()
    assert made.suffix == ".docx"
    said = done.stdout.decode()
    assert "ORG-04" in said
    assert made.name in said
    text = texts_of_word(made.read_bytes())
    assert "Tính lương" in text
    assert "Ngân hàng Sông Hồng" in text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/package"),
        ({"package": "mau-11"}, "/package"),
        ({"package": "register", "formats": []}, "/formats"),
        ({"package": "register", "formats": ["xlsx", "xlsx"]}, ""),
        ({"package": "register", "columns": {"recipients": ["no_such_field"]}}, ""),
        ({"package": "mau-10", "columns": {"recipients": ["name_vi"]}}, ""),
        ({"package": "register", "columns": {"nobody": ["name_vi"]}}, ""),
    ],
)
def test_what_nobody_can_make_is_refused(tenant: Tenant, body: dict[str, Any], pointer: str) -> None:
    answer = asked(tenant, "package", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "TASK_PARAMETERS")
    assert answer.json()["pointer"] == pointer

"""Rules in the running system: run by a processor, read by HTTP and by the commands."""

from pathlib import Path

from tests.system.api import Tenant
from tests.system.samples import RECIPIENT
from tests.system.terminal import Terminal


def test_what_rules_find_is_on_the_record_until_it_is_mended(tenant: Tenant, tmp_path: Path) -> None:
    record = {"external_id": "r-1", "name_vi": "Ngân hàng", "recipient_type": "processor"}
    (recipient,) = tenant.post(RECIPIENT, [record]).json()["recipient_ids"]
    result = tenant.ended(tenant.act("/api/v1/jobs/rules").json()["id"])["result"]
    assert (result["found"], result["new"], result["failed"]) == (4, 4, 0)
    shown = tenant.get(f"/api/v1/inventory/recipients/{recipient}").json()["findings"]
    assert [each["code"] for each in shown] == ["REC-04", "REC-01", "REC-02"]

    tenant.post(RECIPIENT, [{**record, "contact": "Phòng IT"}], mode="upsert")
    with Terminal(tenant, "rules", "run") as terminal:
        terminal.sees("3 findings: 0 new, 3 as before, 1 resolved; 0 rules failed")
    with Terminal(tenant, "findings", "--code", "REC-02") as terminal:
        terminal.sees("REC-02  warning")
    target = tmp_path / "findings.csv"
    with Terminal(tenant, "findings", "--state", "resolved", "--csv", str(target)) as terminal:
        assert terminal.ends() == 0
    assert "REC-01,warning,recipients" in target.read_text(encoding="utf-8-sig")

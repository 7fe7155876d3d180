"""Warming in the running system: asked for over HTTP, by the command, and by a schedule before a nightly re-scan."""

from tests.system.api import Tenant
from tests.system.samples import RECIPIENT
from tests.system.tasks.test_schedules import asked
from tests.system.terminal import Terminal


def test_a_tenants_records_are_warmed_whoever_asks(tenant: Tenant) -> None:
    record = {"external_id": "r-1", "name_vi": "Ngân hàng", "recipient_type": "processor"}
    tenant.post(RECIPIENT, [record])
    body = {"type": "warm", "when": "daily 01:30"}
    assert asked(tenant, "PUT", "/before-the-scan", body=body).status_code == 201
    run = asked(tenant, "POST", "/before-the-scan/run", body={"reason": "to see it"}).json()
    result = tenant.ended(run["id"])["result"]
    assert (result["whole"], result["after"], result["pages"] > 0) == (True, 1.0, True)
    with Terminal(tenant, "warm") as terminal:
        terminal.sees("100% are now")
        assert terminal.ends() == 0

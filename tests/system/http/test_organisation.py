"""The tenant's organisation over HTTP and from the command line: said, changed, and never undone unseen."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.answers import check_record_error
from tests.system.api import Tenant
from tests.system.http.test_command import sluice

PATH = "/api/v1/organisation"
SCOPES = "ingest:write inventory:read"
SAID: dict[str, Any] = {
    "name_vi": "Công ty Cổ phần Ví dụ", "name_foreign": "Example JSC", "tax_code": "0101234567", "branches": 3,
    "dpo_kind": "unit", "dpo_name": "Ban Bảo vệ dữ liệu", "exempt_claimed": False, "sells_processing": True,
    "processing_services": ["Mã hóa dữ liệu", "Chấm điểm tín nhiệm"], "impact_filed_on": "2026-02-28",
}  # fmt: skip


def asked(tenant: Tenant, method: str, body: Any = None, scope: str = SCOPES, **headers: str) -> httpx.Response:
    """A request of the tenant's, with these scopes."""
    bearer = tenant.stack.bearer(tenant.stack.claims(tenant.id, scope=scope))
    return tenant.stack.http.request(method, PATH, headers={**bearer, **headers}, json=body)


def test_it_is_said_seen_and_changed_by_who_has_seen_the_newest(tenant: Tenant, other_tenant: Tenant) -> None:
    assert asked(tenant, "GET").status_code == 404
    assert asked(tenant, "PUT", SAID, **{"If-Match": '"1"'}).status_code == 412
    made = asked(tenant, "PUT", SAID)
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, PATH, '"1"')
    seen = asked(tenant, "GET")
    assert seen.headers["etag"] == '"1"'
    assert {name: seen.json()[name] for name in SAID} == SAID
    assert (seen.json()["address"], seen.json()["updated_by"]) == (None, "scanner-1")

    changed = asked(tenant, "PUT", {"name_vi": "  Tên khác "}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["name_vi"]) == (200, '"2"', "Tên khác")
    assert (changed.json()["tax_code"], changed.json()["processing_services"]) == (None, [])
    stale = asked(tenant, "PUT", SAID, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "ORGANISATION_CHANGED")
    assert asked(tenant, "GET").json()["name_vi"] == "Tên khác"
    assert asked(other_tenant, "GET").status_code == 404
    entries = tenant.stack.database.execute(
        "SELECT actor, action, entity FROM ingest.audit WHERE tenant_id = %s", [tenant.id]
    ).fetchall()
    assert entries == [{"actor": "scanner-1", "action": "organisation.put", "entity": "organisation"}] * 2


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"name_vi": " "}, "REQUIRED", "/name_vi"), ({"name_vi": 7}, "EXPECTED_TEXT", "/name_vi"),
        ({"tax_code": "?"}, "TAX_CODE_MALFORMED", "/tax_code"), ({"branches": -1}, "OUT_OF_RANGE", "/branches"),
        ({"dpo_kind": "robot"}, "UNKNOWN_VALUE", "/dpo_kind"), ({"email": "a\0"}, "NUL_CHARACTER", "/email"),
        ({"exempt_claimed": "yes"}, "EXPECTED_BOOLEAN", "/exempt_claimed"),
        ({"processing_services": "a"}, "EXPECTED_LIST", "/processing_services"),
        ({"processing_services": ["a", ""]}, "REQUIRED", "/processing_services/1"),
        ({"impact_filed_on": "2026-02-30"}, "EXPECTED_DATE", "/impact_filed_on"),
        ({"address": "x" * 4_001}, "TOO_LONG", "/address"), ({"a/b": 1}, "UNKNOWN_MEMBER", "/a~1b"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_as_of_a_record(tenant: Tenant, changes: Any, code: str, pointer: str) -> None:
    refused = asked(tenant, "PUT", {**SAID, **changes})
    assert (refused.status_code, refused.json()["code"]) == (422, "ORGANISATION_INVALID")
    (error,) = refused.json()["errors"]
    check_record_error(error)
    assert (error["code"], error["pointer"]) == (code, pointer)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"a"', b'{"name_vi": "\xff"}'])
def test_what_is_no_object_is_refused(tenant: Tenant, body: bytes) -> None:
    bearer = tenant.stack.bearer(tenant.stack.claims(tenant.id, scope=SCOPES))
    headers = {**bearer, "Content-Type": "application/json"}
    assert tenant.stack.http.put(PATH, headers=headers, content=body).status_code in (400, 422)


def test_who_may_look_and_who_may_say(tenant: Tenant) -> None:
    for scope, method, status in (
        ("jobs:read", "GET", 403), ("inventory:read", "PUT", 403), ("jobs:write", "PUT", 403),
        ("ingest:write", "GET", 403), ("ingest:write", "PUT", 201), ("inventory:read", "GET", 200),
    ):  # fmt: skip
        assert asked(tenant, method, SAID if method == "PUT" else None, scope).status_code == status, scope


def test_the_command_shows_it_and_changes_what_is_named(tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "organisation.json"
    file.write_text(json.dumps(SAID))
    assert sluice(tenant, "organisation", "--from", str(file)).returncode == 0
    changes = ("branches=4", "sells_processing=false", "processing_services=a; b", "impact_filed_on=", "phone=024 1")
    changed = sluice(tenant, "organisation", *changes, "--json")
    assert changed.returncode == 0, changed.stderr
    expected = {**SAID, "branches": 4, "sells_processing": False, "processing_services": ["a", "b"], "phone": "024 1"}
    found = json.loads(changed.stdout)
    assert {name: found[name] for name in expected} == {**expected, "impact_filed_on": None}
    assert "Công ty Cổ phần Ví dụ" in sluice(tenant, "organisation").stdout.decode()
    assert sluice(tenant, "organisation", "nobody=1").returncode == 2

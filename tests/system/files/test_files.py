"""Files through the running system: they come, they are shown, they come back, and they go, bytes and all."""

import base64
import random
from pathlib import Path

from tests.system.api import Json, Stack, Tenant
from tests.waiting import wait_until

DATA = random.Random(1).randbytes(9 * 1024 * 1024)
TUS = {"Tus-Resumable": "1.0.0"}


def parts(stack: Stack, tenant: Tenant) -> list[Path]:
    """What the storage has of a tenant."""
    return [path for path in (Path(stack.described()["files_dir"]) / tenant.id).rglob("*") if path.is_file()]


def test_a_file_comes_and_goes(stack: Stack, tenant: Tenant) -> None:
    answer = stack.http.post("/api/v1/files", files={"file": ("sổ.csv", DATA)}, headers=tenant.bearer)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    assert tenant.get("/api/v1/files").json()["files"] == [made]
    assert tenant.get(made["links"]["content"]).content == DATA
    assert len(parts(stack, tenant)) == 2
    assert stack.http.delete(made["links"]["self"], headers=tenant.bearer).status_code == 204
    assert tenant.get(made["links"]["self"]).status_code == 404
    wait_until(lambda: parts(stack, tenant) == [], 60, "its bytes are gone")


def test_the_formats_that_are_read_are_listed_in_both_languages(tenant: Tenant) -> None:
    listed = tenant.get("/api/v1/formats").json()
    formats = {each["name"]: each for each in listed["formats"]}
    assert {"csv", "xlsx", "xls", "ods", "ndjson", "json", "parquet", "fides", "presidio"} <= formats.keys()
    assert all(each["title"] and each["title_vi"] for each in formats.values())
    assert formats["fides"]["entities"]
    assert formats["csv"]["entities"] == []
    assert listed["compressions"] == ["gzip", "zstd"]


def test_a_file_comes_in_two_requests(stack: Stack, tenant: Tenant, other_tenant: Tenant) -> None:
    name = base64.b64encode("sổ.csv".encode()).decode()
    headers = {**tenant.bearer, **TUS, "Upload-Length": str(len(DATA)), "Upload-Metadata": f"filename {name}"}
    path = stack.http.post("/api/v1/files", headers=headers).headers["Location"]
    body = {**tenant.bearer, **TUS, "Content-Type": "application/offset+octet-stream"}
    for start, end in ((0, 1_000_000), (1_000_000, len(DATA))):
        answer = stack.http.patch(path, headers={**body, "Upload-Offset": str(start)}, content=DATA[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    assert tenant.get(path).json()["state"] == "complete"
    assert tenant.get(f"{path}/content", headers={"Range": "bytes=999990-1000009"}).content == DATA[999_990:1_000_010]
    assert other_tenant.get(path).status_code == 404
